//! `derive(Portable)` and `derive(Carry)`: the impls, and the checks that make them sound.
//!
//! The generated `trace` destructures without `..`, so a field that another macro adds after this one ran is a compile
//! error rather than a handle nobody visits. Field types get no where-clauses, which is what lets types be recursive;
//! that they are portable is asserted by the calls in the bodies, whose spans are the fields' types.

use crate::attributes::{self, Options};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use std::collections::HashSet;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Error, Fields, Generics, Result, Type, parse_quote};

/// Which derive is being expanded.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Trait {
    /// `derive(Portable)`: both impls.
    Portable,
    /// `derive(Carry)`: lifetimes allowed, the marker left out.
    Carry,
}

impl Trait {
    fn path(self) -> TokenStream {
        match self {
            Trait::Portable => quote!(::drust::__private::Portable),
            Trait::Carry => quote!(::drust::__private::Carry),
        }
    }
}

/// The whole expansion: one anonymous constant with the checks and the impls in it.
pub fn expand(input: TokenStream, derived: Trait) -> Result<TokenStream> {
    let input: DeriveInput = syn::parse2(input)?;
    let options = attributes::read(&input)?;
    let generics = bounded(&input.generics, derived)?;
    let drop_check = drop_check(&input, &generics, &options);
    let carry = carry_impl(&input, &generics, &options, derived);
    let portable = (derived == Trait::Portable).then(|| portable_impl(&input, &generics));
    let argument = argument_impl(&input, &generics, derived);
    Ok(quote! {
        #[doc(hidden)]
        #[allow(deprecated, non_local_definitions, clippy::all, clippy::pedantic, clippy::nursery)]
        const _: () = {
            #drop_check
            #carry
            #portable
            #argument
        };
    })
}

/// The type's generics with the derived trait as a bound of each type parameter.
fn bounded(generics: &Generics, derived: Trait) -> Result<Generics> {
    let mut generics = generics.clone();
    if derived == Trait::Portable
        && let Some(lifetime) = generics.lifetimes().next()
    {
        return Err(Error::new(
            lifetime.span(),
            "a portable type outlives every borrow and so has no lifetime parameters; \
             a struct of `Ref`s for a scoped task derives `Carry` instead",
        ));
    }
    let bound = derived.path();
    for parameter in generics.type_params_mut() {
        parameter.bounds.push(parse_quote!(#bound));
    }
    Ok(generics)
}

/// Refuses a `Drop` nobody owned up to, and `#[portable(drop)]` without one.
///
/// The first by coherence: were the type `Drop`, the two impls would overlap, and the error names the trait.
fn drop_check(input: &DeriveInput, generics: &Generics, options: &Options) -> TokenStream {
    let name = &input.ident;
    let (parameters, arguments, clause) = generics.split_for_impl();
    if options.user_drop {
        let needs = quote_spanned! {derived_at(name.span())=> __has_a_drop::<#name #arguments>() };
        return quote! {
            fn __has_a_drop<T: ?::core::marker::Sized + ::core::ops::Drop>() {}
            #[allow(dead_code, drop_bounds)]
            fn __portable_drop_is_for_types_with_a_drop #parameters () #clause { #needs }
        };
    }
    let overlap = quote_spanned! {derived_at(name.span())=>
        impl #parameters DropOfYourOwnNeedsTheAttributePortableDrop for #name #arguments #clause {}
    };
    quote! {
        trait DropOfYourOwnNeedsTheAttributePortableDrop {}
        #[allow(drop_bounds)]
        impl<T: ?::core::marker::Sized + ::core::ops::Drop> DropOfYourOwnNeedsTheAttributePortableDrop for T {}
        #overlap
    }
}

/// The marker; that the fields have it too is asserted in the `targets` beside it.
fn portable_impl(input: &DeriveInput, generics: &Generics) -> TokenStream {
    let name = &input.ident;
    let (parameters, arguments, clause) = generics.split_for_impl();
    // SAFETY: a marker; the `targets` beside it asserts that every field has it, so nothing in the type borrows.
    quote! {
        #[automatically_derived]
        unsafe impl #parameters ::drust::__private::Portable for #name #arguments #clause {}
    }
}

/// A struct of borrows as an argument of scoped tasks: all its borrows have the scope's lifetime, as the fields assert.
/// With several lifetimes of its own there is no telling which is the scope's, and it is none.
fn argument_impl(input: &DeriveInput, generics: &Generics, derived: Trait) -> TokenStream {
    if generics.lifetimes().count() > 1 {
        return TokenStream::new();
    }
    let name = &input.ident;
    let arguments = generics.split_for_impl().1.to_token_stream();
    let mut generics = generics.clone();
    let scope = generics.lifetimes().next().map(|parameter| parameter.lifetime.clone());
    let scope = scope.unwrap_or_else(|| {
        generics.params.insert(0, parse_quote!('__scope));
        parse_quote!('__scope)
    });
    if derived == Trait::Carry {
        for parameter in generics.type_params_mut() {
            parameter.bounds.push(parse_quote!(::drust::__private::Argument<#scope>));
        }
    }
    let (parameters, _, clause) = generics.split_for_impl();
    // SAFETY: Portable types hold no borrow; of others, what follows asserts that every field is an argument of this
    // scope.
    let argument = quote! {
        #[automatically_derived]
        unsafe impl #parameters ::drust::__private::Argument<#scope> for #name #arguments #clause {}
    };
    if derived == Trait::Portable {
        return argument;
    }
    let fields = distinct_types(&input.data);
    let fields = fields.iter().map(|ty| quote_spanned!(derived_at(ty.span())=> __argument::<#scope, #ty>();));
    quote! {
        fn __argument<'__scope, T: ?::core::marker::Sized + ::drust::__private::Argument<'__scope>>() {}
        #[allow(dead_code)]
        trait __FieldsAreArguments<'__scope> {
            fn __fields();
        }
        impl #parameters __FieldsAreArguments<#scope> for #name #arguments #clause {
            fn __fields() { #(#fields)* }
        }
        #argument
    }
}

fn carry_impl(input: &DeriveInput, generics: &Generics, options: &Options, derived: Trait) -> TokenStream {
    let name = &input.ident;
    let (parameters, arguments, clause) = generics.split_for_impl();
    let types = distinct_types(&input.data);
    let asserted = derived.path();
    let facts =
        types.iter().map(|ty| quote_spanned!(derived_at(ty.span())=> .and(<#ty as ::drust::__private::Carry>::FACTS)));
    let user_drop = options.user_drop.then(|| quote!(.and(::drust::__private::Facts::USER_DROP)));
    let targets = types.iter().map(|ty| {
        quote_spanned! {derived_at(ty.span())=>
            __field_is::<#ty>();
            <#ty as ::drust::__private::Carry>::targets(__list);
        }
    });
    let trace = trace_body(&input.data);
    // SAFETY: the trace visits every field of every variant, by an exhaustive match, and FACTS is the sum over all
    // fields; what a field may be is asserted by `__field_is`.
    quote! {
        fn __field_is<T: ?::core::marker::Sized + #asserted>() {}
        #[automatically_derived]
        unsafe impl #parameters ::drust::__private::Carry for #name #arguments #clause {
            const FACTS: ::drust::__private::Facts = ::drust::__private::Facts::NONE #(#facts)* #user_drop;

            #[inline]
            #[allow(unused_variables)]
            unsafe fn trace(__this: *const Self, __found: &mut ::drust::__private::Found) {
                #trace
            }

            #[allow(unused_variables)]
            fn targets(__list: &mut ::drust::__private::Targets) {
                #(#targets)*
            }
        }
    }
}

/// Visits the handles of every field; nothing at all where no field can hold one.
fn trace_body(data: &Data) -> TokenStream {
    let arms: Vec<TokenStream> = match data {
        Data::Struct(data) if data.fields.is_empty() => return TokenStream::new(),
        Data::Struct(data) => vec![arm(&quote!(Self), &data.fields)],
        Data::Enum(data) if data.variants.iter().all(|v| v.fields.is_empty()) => {
            return TokenStream::new();
        }
        Data::Enum(data) => data
            .variants
            .iter()
            .map(|variant| {
                let name = &variant.ident;
                arm(&quote!(Self::#name), &variant.fields)
            })
            .collect(),
        Data::Union(_) => return TokenStream::new(),
    };
    // SAFETY: the caller of `trace` vouches for a readable value.
    quote! {
        if <Self as ::drust::__private::Carry>::FACTS.handles {
            match unsafe { &*__this } { #(#arms)* }
        }
    }
}

/// One arm of the match. A field is handed on with the provenance of the whole, not of the shared borrow that found it,
/// because landing writes through it.
fn arm(path: &TokenStream, fields: &Fields) -> TokenStream {
    let mut bindings = Vec::new();
    let mut visits = Vec::new();
    for ((member, index), field) in fields.members().zip(0..).zip(fields) {
        let bound = format_ident!("__field_{}", index as usize, span = Span::mixed_site());
        let ty = &field.ty;
        let trace = quote_spanned!(derived_at(ty.span())=> <#ty as ::drust::__private::Carry>::trace);
        bindings.push(quote!(#member: #bound));
        // SAFETY: the field lies inside the value that the caller of `trace` vouches for.
        visits.push(quote! {
            unsafe { #trace(__this.cast::<#ty>().with_addr(::core::ptr::from_ref(#bound).addr()), __found) };
        });
    }
    quote!(#path { #(#bindings),* } => { #(#visits)* })
}

/// The field types, each once: facts and targets of a type are the same wherever it stands.
fn distinct_types(data: &Data) -> Vec<&Type> {
    let fields: Box<dyn Iterator<Item = &Type>> = match data {
        Data::Struct(data) => Box::new(data.fields.iter().map(|field| &field.ty)),
        Data::Enum(data) => Box::new(data.variants.iter().flat_map(|v| v.fields.iter().map(|field| &field.ty))),
        Data::Union(_) => Box::new(std::iter::empty()),
    };
    let mut seen = HashSet::new();
    fields.filter(|ty| seen.insert(quote!(#ty).to_string())).collect()
}

/// A span that points at the user's code but counts as the macro's own, so that `forbid(unsafe_code)` and lints of the
/// user's crate leave it alone.
fn derived_at(place: Span) -> Span {
    Span::call_site().located_at(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(source: &str, derived: Trait) -> String {
        expand(source.parse().unwrap(), derived).expect("it expands").to_string()
    }

    #[test]
    fn portable_emits_both_impls_and_carry_one() {
        let source = "struct S<T> { a: T }";
        let both = expanded(source, Trait::Portable);
        assert!(both.contains("unsafe impl < T : :: drust :: __private :: Portable > :: drust :: __private :: Carry"));
        assert!(
            both.contains("unsafe impl < T : :: drust :: __private :: Portable > :: drust :: __private :: Portable")
        );
        let one = expanded(source, Trait::Carry);
        assert!(one.contains("unsafe impl < T : :: drust :: __private :: Carry > :: drust :: __private :: Carry"));
        assert!(!one.contains(":: drust :: __private :: Portable"));
    }

    #[test]
    fn field_types_are_in_no_where_clause() {
        assert!(!expanded("struct L { next: Option<Box<L>> }", Trait::Portable).contains("where"));
    }

    #[test]
    fn types_without_fields_trace_nothing() {
        for source in ["struct S;", "struct S {}", "struct S();", "enum E {}", "enum E { A, B }"] {
            assert!(!expanded(source, Trait::Portable).contains("__this }"), "{source}");
            assert!(!expanded(source, Trait::Portable).contains("FACTS . handles"), "{source}");
        }
    }

    #[test]
    fn a_type_seen_twice_is_asked_once() {
        let twice = expanded("struct S { a: u64, b: u64 }", Trait::Portable);
        assert_eq!(twice.matches("< u64 as :: drust :: __private :: Carry > :: FACTS").count(), 1);
        assert_eq!(twice.matches("< u64 as :: drust :: __private :: Carry > :: trace").count(), 2);
    }

    #[test]
    fn lifetimes_are_for_carry() {
        let source = "struct S<'a> { a: Ref<'a, u8> }";
        let refused = expand(source.parse().unwrap(), Trait::Portable).unwrap_err();
        assert!(refused.to_string().contains("derives `Carry` instead"));
        assert!(expanded(source, Trait::Carry).contains("for S < 'a >"));
    }

    #[test]
    fn a_user_drop_is_checked_either_way() {
        assert!(expanded("struct S;", Trait::Portable).contains("DropOfYourOwnNeedsTheAttributePortableDrop"));
        let marked = expanded("#[portable(drop)] struct S;", Trait::Portable);
        assert!(!marked.contains("DropOfYourOwnNeedsTheAttributePortableDrop"));
        assert!(marked.contains("Facts :: USER_DROP"));
        assert!(marked.contains("__has_a_drop :: < S >"));
    }
}
