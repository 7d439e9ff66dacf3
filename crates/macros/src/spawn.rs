//! `spawn!`: the list of what a task takes along becomes the tuple it is given and the pattern it is taken apart with.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Error, Expr, ExprClosure, Ident, Result, Token, bracketed, token};

/// One entry of the list: `a`, `mut a`, or `k = c * 2`.
struct Capture {
    mutability: Option<Token![mut]>,
    name: Ident,
    value: Option<Expr>,
}

impl Parse for Capture {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if input.peek(Token![&]) {
            return Err(input.error(
                "a plain reference cannot leave the node: lend it by `name = Ref::new(&value)`, \
                 or give the value away by its name",
            ));
        }
        let mutability = input.parse()?;
        let name = input.parse()?;
        let value = match input.parse::<Option<Token![=]>>()? {
            Some(_) => Some(input.parse()?),
            None => None,
        };
        Ok(Capture { mutability, name, value })
    }
}

/// Where the task is to run: `on node;` or `near &object;`.
struct Place {
    method: Ident,
    argument: Expr,
}

/// `[scope;] [place;] [captures] || body`.
struct Spawn {
    scope: Option<Expr>,
    place: Option<Place>,
    captures: Punctuated<Capture, Token![,]>,
    task: ExprClosure,
}

impl Parse for Spawn {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let scope = if input.peek(token::Bracket) || names_a_place(input) { None } else { Some(scope(input)?) };
        let place = if names_a_place(input) { Some(place(input)?) } else { None };
        let list;
        bracketed!(list in input);
        let captures = Punctuated::parse_terminated(&list)?;
        let task = match input.parse()? {
            Expr::Closure(task) => task,
            other => return Err(Error::new(other.span(), USAGE)),
        };
        check(&task)?;
        Ok(Spawn { scope, place, captures, task })
    }
}

const USAGE: &str = "expected `spawn!([a, mut b, k = c * 2] || body)`, `spawn!(scope; [..] || body)`, \
                     or either with `on node;` or `near &object;` before the list";

fn scope(input: ParseStream<'_>) -> Result<Expr> {
    if input.is_empty() || input.peek(Token![||]) || input.peek(Token![move]) {
        return Err(Error::new(input.span(), format!("{USAGE}: the list is missing; it may be empty")));
    }
    let scope = input.parse()?;
    input.parse::<Token![;]>()?;
    if !input.peek(token::Bracket) && !names_a_place(input) {
        return Err(Error::new(input.span(), USAGE));
    }
    Ok(scope)
}

/// Whether `on` or `near` comes next and begins a place: a name by itself, called or looked into is a scope's.
fn names_a_place(input: ParseStream<'_>) -> bool {
    let word = input.fork().parse::<Ident>().map(|word| word.to_string());
    matches!(word.as_deref(), Ok("on" | "near"))
        && (input.peek2(Ident) || input.peek2(Token![self]) || input.peek2(Token![&]) || input.peek2(Token![*]))
}

fn place(input: ParseStream<'_>) -> Result<Place> {
    let word = input.parse::<Ident>()?;
    let method = if word == "on" { "spawn_on" } else { "spawn_to" };
    let method = Ident::new(method, word.span());
    let argument = input.parse()?;
    input.parse::<Token![;]>()?;
    if !input.peek(token::Bracket) {
        return Err(Error::new(input.span(), USAGE));
    }
    Ok(Place { method, argument })
}

fn check(task: &ExprClosure) -> Result<()> {
    if let Some(argument) = task.inputs.first() {
        return Err(Error::new(
            argument.span(),
            "the closure of `spawn!` takes no arguments: \
             name what it uses in the list: `[name]` or `[name = value]`",
        ));
    }
    if let Some(keyword) = &task.asyncness {
        return Err(Error::new(keyword.span(), "a task is a plain function, not an `async` one"));
    }
    Ok(())
}

/// The call. `move` on the closure is let pass and dropped: there is nothing it could move.
pub fn expand(input: TokenStream) -> Result<TokenStream> {
    let Spawn { scope, place, captures, task } = syn::parse2(input)?;
    let values = captures.iter().map(|capture| match &capture.value {
        Some(value) => quote!(#value),
        None => {
            let name = &capture.name;
            quote!(#name)
        }
    });
    let names = captures.iter().map(|Capture { mutability, name, .. }| quote!(#mutability #name));
    let (output, body) = (&task.output, &task.body);
    let (method, argument) = match place {
        Some(Place { method, argument }) => (quote!(#method), quote!(#argument,)),
        None => (quote!(spawn), TokenStream::new()),
    };
    let call = match scope {
        Some(scope) => quote!(#scope.#method),
        None => quote!(::drust::thread::#method),
    };
    Ok(quote!(#call(#argument (#(#values,)*), |(#(#names,)*)| #output #body)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(input: &str, output: &str) {
        let expanded = expand(input.parse().unwrap()).expect("it expands").to_string();
        let expected: TokenStream = output.parse().unwrap();
        assert_eq!(expanded, expected.to_string(), "{input}");
    }

    fn refusal(input: &str) -> String {
        expand(input.parse().unwrap()).expect_err("it is refused").to_string()
    }

    #[test]
    fn the_list_becomes_tuple_and_pattern() {
        same("[] || work()", "::drust::thread::spawn((), |()| work())");
        same("[a] || a + 1", "::drust::thread::spawn((a,), |(a,)| a + 1)");
        same("[mut n = Box::new(1)] move || *n", "::drust::thread::spawn((Box::new(1),), |(mut n,)| *n)");
        same("[] || -> u8 { 1 }", "::drust::thread::spawn((), |()| -> u8 { 1 })");
        same(
            "[a, mut b, k = c * 2,] || { b += k; a + b }",
            "::drust::thread::spawn((a, b, c * 2,), |(a, mut b, k,)| { b += k; a + b })",
        );
    }

    #[test]
    fn a_scope_spawns_its_own() {
        same("s; [a] || a", "s.spawn((a,), |(a,)| a)");
        same("self.scope(); [] || ()", "self.scope().spawn((), |()| ())");
    }

    #[test]
    fn a_place_is_named_before_the_list() {
        same("on node; [a] || a", "::drust::thread::spawn_on(node, (a,), |(a,)| a)");
        same("near &a; [] || ()", "::drust::thread::spawn_to(&a, (), |()| ())");
        same("s; on nodes.next().unwrap(); [] || ()", "s.spawn_on(nodes.next().unwrap(), (), |()| ())");
        same("s; near self.data(); [] || ()", "s.spawn_to(self.data(), (), |()| ())");
        same("on; [] || ()", "on.spawn((), |()| ())");
        same("near.scope(); [] || ()", "near.scope().spawn((), |()| ())");
        assert!(refusal("on node; || 1").contains("before the list"));
        assert!(refusal("on node [] || 1").contains("expected"));
    }

    #[test]
    fn mistakes_are_told_with_the_cure() {
        assert!(refusal("|| 1").contains("the list is missing"));
        assert!(refusal("").contains("the list is missing"));
        assert!(refusal("[a] 1").contains("expected `spawn!("));
        assert!(refusal("[a] |b| b").contains("takes no arguments"));
        assert!(refusal("[&a] || a").contains("Ref::new"));
        assert!(refusal("[a] async || a").contains("not an `async`"));
        assert!(refusal("s; || 1").contains("expected `spawn!("));
    }
}
