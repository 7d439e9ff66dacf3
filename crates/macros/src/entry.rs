//! `#[drust::main]` and `#[drust::test]`: a function's body becomes what rank 0 of a cluster runs.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{AttrStyle, Attribute, Error, Expr, Ident, ItemFn, LitStr, Result, Safety, Token};

/// The arguments of both attributes: `nodes = N`, and for tests `seed = N` or `carrier = "tcp"`, each at most once.
#[derive(Default)]
struct Arguments {
    nodes: Option<Expr>,
    seed: Option<(Ident, Expr)>,
    carrier: Option<(Ident, Carrier)>,
}

/// What connects a test's nodes, where it says so.
enum Carrier {
    Shm,
    Tcp,
}

impl Parse for Carrier {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let name: LitStr = input.parse()?;
        match name.value().as_str() {
            "shm" => Ok(Carrier::Shm),
            "tcp" => Ok(Carrier::Tcp),
            _ => Err(Error::new(name.span(), "the carriers are \"shm\" and \"tcp\"; `seed = N` simulates")),
        }
    }
}

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut arguments = Arguments::default();
        while !input.is_empty() {
            let name: Ident = input.parse()?;
            let given = match name.to_string().as_str() {
                "nodes" => arguments.nodes.is_some(),
                "seed" => arguments.seed.is_some(),
                "carrier" => arguments.carrier.is_some(),
                _ => {
                    return Err(Error::new(
                        name.span(),
                        "unknown argument: there is `nodes = N`, and for tests `seed = N` or `carrier = \"tcp\"`",
                    ));
                }
            };
            if given {
                return Err(Error::new(name.span(), format!("`{name}` is given twice")));
            }
            input.parse::<Token![=]>()?;
            match name.to_string().as_str() {
                "nodes" => arguments.nodes = Some(at_least_one(input.parse()?)?),
                "seed" => arguments.seed = Some((name, input.parse()?)),
                _ => arguments.carrier = Some((name, input.parse()?)),
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(arguments)
    }
}

fn at_least_one(nodes: Expr) -> Result<Expr> {
    if let Expr::Lit(literal) = &nodes
        && let syn::Lit::Int(number) = &literal.lit
        && !number.base10_parse::<u16>().is_ok_and(|n| n > 0)
    {
        return Err(Error::new(number.span(), "a cluster has 1 to 65535 nodes"));
    }
    Ok(nodes)
}

/// `#[drust::main]`.
pub fn expand_main(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let Arguments { nodes, seed, carrier } = syn::parse2(arguments)?;
    let function: ItemFn = syn::parse2(item)?;
    check("#[drust::main]", &function)?;
    if let Some((carrier, _)) = carrier {
        return Err(Error::new(carrier.span(), "tests have a carrier; a program is told its own by DRUST_CARRIER"));
    }
    if let Some((seed, _)) = seed {
        let why = "tests have a seed; a program is simulated by DRUST_CARRIER=sim DRUST_SEED=N";
        return Err(Error::new(seed.span(), why));
    }
    if function.sig.ident != "main" {
        return Err(Error::new(
            function.sig.ident.span(),
            "`#[drust::main]` goes on `fn main`; elsewhere use `drust::Builder`",
        ));
    }
    let nodes = nodes.map(|nodes| quote!(.nodes(#nodes)));
    let (attributes, body) = (outer(&function.attrs), body(&function));
    let (visibility, output) = (&function.vis, &function.sig.output);
    Ok(quote! {
        #(#attributes)*
        #visibility fn main() #output {
            #body
            ::drust::Builder::from_env() #nodes .run(__drust_body)
        }
    })
}

/// `#[drust::test]`.
pub fn expand_test(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let Arguments { nodes, seed, carrier } = syn::parse2(arguments)?;
    let function: ItemFn = syn::parse2(item)?;
    check("#[drust::test]", &function)?;
    if let Some(refused) = function.attrs.iter().find(|a| a.path().is_ident("should_panic")) {
        return Err(Error::new(
            refused.span(),
            "`#[should_panic]` cannot see a panic in another process: \
             run the part that panics as a task and assert on the error that `join` returns",
        ));
    }
    let nodes = nodes.map_or_else(|| quote!(1), |nodes| quote!(#nodes));
    let on = match (seed, carrier) {
        (None, None) => quote!(Processes),
        (None, Some((_, Carrier::Shm))) => quote!(Shm),
        (None, Some((_, Carrier::Tcp))) => quote!(Tcp),
        (Some((_, seed)), None) => quote!(Simulated(#seed)),
        (Some(_), Some((carrier, _))) => {
            return Err(Error::new(carrier.span(), "a test with a seed is simulated, and has no other carrier"));
        }
    };
    let (attributes, body) = (outer(&function.attrs), body(&function));
    let (visibility, name) = (&function.vis, &function.sig.ident);
    Ok(quote! {
        #[::core::prelude::v1::test]
        #(#attributes)*
        #visibility fn #name() {
            #body
            ::drust::testing::run(
                ::core::concat!(::core::module_path!(), "::", ::core::stringify!(#name)),
                #nodes,
                ::drust::testing::On::#on,
                __drust_body,
            )
        }
    })
}

/// The user's body as a function of its own, under a name that nothing else has.
fn body(function: &ItemFn) -> TokenStream {
    let (output, block) = (&function.sig.output, &function.block);
    quote!(fn __drust_body() #output #block)
}

/// Inner attributes of the body (`#![allow(..)]`) move out to the function: they govern what is nested in it as well.
fn outer(attributes: &[Attribute]) -> impl Iterator<Item = Attribute> + '_ {
    attributes.iter().cloned().map(|mut attribute| {
        attribute.style = AttrStyle::Outer;
        attribute
    })
}

/// Refuses the functions that neither attribute can run.
fn check(attribute: &str, function: &ItemFn) -> Result<()> {
    let signature = &function.sig;
    let (place, why) = if let Some(keyword) = &signature.asyncness {
        let why = "does not take an `async fn`: drust owns no async runtime; drop `async`, and where the \
                   body needs one start it inside (for tokio: `Runtime::new()?.block_on(..)`)";
        (keyword.span(), why)
    } else if let Some(keyword) = &signature.constness {
        (keyword.span(), "does not take a `const fn`")
    } else if !matches!(signature.safety, Safety::Default) {
        (signature.safety.span(), "does not take an `unsafe fn`")
    } else if let Some(abi) = &signature.abi {
        (abi.span(), "does not take an `extern` function")
    } else if !signature.inputs.is_empty() {
        (signature.inputs.span(), "goes on a function without arguments; read the program's with `std::env::args`")
    } else if !signature.generics.params.is_empty() {
        (signature.generics.span(), "goes on a function without generic parameters")
    } else {
        return Ok(());
    };
    Err(Error::new(place, format!("`{attribute}` {why}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Expand = fn(TokenStream, TokenStream) -> Result<TokenStream>;

    fn expanded(expand: Expand, arguments: &str, item: &str) -> String {
        expand(arguments.parse().unwrap(), item.parse().unwrap()).expect("it expands").to_string()
    }

    fn refusal(expand: Expand, arguments: &str, item: &str) -> String {
        expand(arguments.parse().unwrap(), item.parse().unwrap()).expect_err("it is refused").to_string()
    }

    #[test]
    fn main_runs_its_body_through_the_builder() {
        let plain = expanded(expand_main, "", "#[cold] fn main() -> Result<(), E> { work() }");
        assert_eq!(
            plain,
            quote! {
                #[cold]
                fn main() -> Result<(), E> {
                    fn __drust_body() -> Result<(), E> { work() }
                    ::drust::Builder::from_env().run(__drust_body)
                }
            }
            .to_string()
        );
        let four = expanded(expand_main, "nodes = 4", "fn main() {}");
        assert!(four.contains("from_env () . nodes (4) . run (__drust_body)"));
    }

    #[test]
    fn a_test_names_itself_and_keeps_its_attributes() {
        let three = expanded(expand_test, "nodes = 3", "#[ignore] fn crossing() -> Result<(), E> { Ok(()) }");
        assert_eq!(
            three,
            quote! {
                #[::core::prelude::v1::test]
                #[ignore]
                fn crossing() {
                    fn __drust_body() -> Result<(), E> { Ok(()) }
                    ::drust::testing::run(
                        ::core::concat!(::core::module_path!(), "::", ::core::stringify!(crossing)),
                        3,
                        ::drust::testing::On::Processes,
                        __drust_body,
                    )
                }
            }
            .to_string()
        );
        let alone = expanded(expand_test, "", "fn alone() {}");
        assert!(alone.contains(", 1 , :: drust :: testing :: On :: Processes , __drust_body ,"));
        let simulated = expanded(expand_test, "nodes = 2, seed = 7", "fn on_a_seed() {}");
        assert!(simulated.contains(", 2 , :: drust :: testing :: On :: Simulated (7) , __drust_body ,"));
        let networked = expanded(expand_test, "carrier = \"tcp\", nodes = 2", "fn far() {}");
        assert!(networked.contains(", 2 , :: drust :: testing :: On :: Tcp , __drust_body ,"));
    }

    #[test]
    fn inner_attributes_move_out() {
        let main = expanded(expand_main, "", "fn main() { #![allow(unused)] let a = 1; }");
        assert!(main.starts_with("# [allow (unused)] fn main"));
    }

    #[test]
    fn what_cannot_run_is_refused_with_the_cure() {
        assert!(refusal(expand_main, "", "async fn main() {}").contains("drop `async`"));
        assert!(refusal(expand_main, "", "fn main(a: u8) {}").contains("std::env::args"));
        assert!(refusal(expand_main, "", "fn main<T>() {}").contains("generic"));
        assert!(refusal(expand_main, "", "unsafe fn main() {}").contains("unsafe"));
        assert!(refusal(expand_main, "", "extern \"C\" fn main() {}").contains("extern"));
        assert!(refusal(expand_main, "", "fn start() {}").contains("drust::Builder"));
        assert!(refusal(expand_test, "", "#[should_panic] fn t() {}").contains("assert on the error"));
        assert!(refusal(expand_test, "", "const fn t() {}").contains("const"));
    }

    #[test]
    fn bad_arguments_are_refused() {
        assert!(refusal(expand_main, "node = 4", "fn main() {}").contains("unknown argument"));
        assert!(refusal(expand_main, "nodes = 0", "fn main() {}").contains("1 to 65535"));
        assert!(refusal(expand_main, "nodes = 70000", "fn main() {}").contains("1 to 65535"));
        assert!(refusal(expand_test, "nodes = 2, nodes = 3", "fn t() {}").contains("twice"));
        assert!(refusal(expand_test, "seed = 2, seed = 3", "fn t() {}").contains("twice"));
        assert!(refusal(expand_main, "seed = 2", "fn main() {}").contains("DRUST_SEED"));
        assert!(refusal(expand_main, "carrier = \"tcp\"", "fn main() {}").contains("DRUST_CARRIER"));
        assert!(refusal(expand_test, "carrier = \"ib\"", "fn t() {}").contains("\"shm\" and \"tcp\""));
        assert!(refusal(expand_test, "carrier = \"tcp\", seed = 2", "fn t() {}").contains("simulated"));
    }
}
