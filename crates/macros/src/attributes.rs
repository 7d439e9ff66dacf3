//! What the attributes on a type say to the derive, and which of them it refuses.

use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Data, DeriveInput, Error, Fields, Meta, Result, Token};

/// What `#[portable(..)]` on the type asked for.
#[derive(Default)]
pub struct Options {
    /// `#[portable(drop)]`: the type has a `Drop` of its own and knows it.
    pub user_drop: bool,
}

/// Reads the type's attributes and refuses what the derive cannot be right for.
pub fn read(input: &DeriveInput) -> Result<Options> {
    if let Data::Union(data) = &input.data {
        return Err(Error::new(
            data.union_token.span,
            "a union is not portable: nothing says which of its fields holds a handle; use an enum",
        ));
    }
    let mut options = Options::default();
    for attribute in &input.attrs {
        if attribute.path().is_ident("repr") {
            refuse_packed(attribute)?;
        }
        if attribute.path().is_ident("portable") {
            read_portable(attribute, &mut options)?;
        }
    }
    inner_attributes(&input.data).try_for_each(refuse_inner)?;
    Ok(options)
}

fn refuse_packed(attribute: &Attribute) -> Result<()> {
    let hints = attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)?;
    match hints.iter().find(|hint| hint.path().is_ident("packed")) {
        None => Ok(()),
        Some(packed) => Err(Error::new(
            packed.span(),
            "a packed type is not portable: its handles would not be aligned, and they are read atomically; \
             drop `packed` or order the fields by size",
        )),
    }
}

fn read_portable(attribute: &Attribute, options: &mut Options) -> Result<()> {
    attribute.parse_nested_meta(|meta| {
        if meta.path.is_ident("drop") && (meta.input.is_empty() || meta.input.peek(Token![,])) {
            options.user_drop = true;
            return Ok(());
        }
        Err(meta.error("unknown attribute: the only one is `#[portable(drop)]`, for a type with a `Drop` of its own"))
    })
}

fn refuse_inner(attribute: &Attribute) -> Result<()> {
    if attribute.path().is_ident("portable") {
        return Err(Error::new(attribute.span(), "`#[portable(..)]` goes on the type, not on a field or a variant"));
    }
    Ok(())
}

fn inner_attributes(data: &Data) -> Box<dyn Iterator<Item = &Attribute> + '_> {
    fn of(fields: &Fields) -> impl Iterator<Item = &Attribute> {
        fields.iter().flat_map(|field| &field.attrs)
    }
    match data {
        Data::Struct(data) => Box::new(of(&data.fields)),
        Data::Enum(data) => Box::new(data.variants.iter().flat_map(|v| v.attrs.iter().chain(of(&v.fields)))),
        Data::Union(_) => Box::new(std::iter::empty()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(source: &str) -> String {
        let input = syn::parse_str(source).expect("the test's source parses");
        read(&input).err().expect("it is refused").to_string()
    }

    #[test]
    fn the_drop_attribute_is_read() {
        let marked = syn::parse_str("#[portable(drop)] struct S { a: u8 }").unwrap();
        let plain = syn::parse_str("#[repr(C, align(64))] #[derive(Debug)] struct S { a: u8 }").unwrap();
        assert!(read(&marked).unwrap().user_drop);
        assert!(!read(&plain).unwrap().user_drop);
    }

    #[test]
    fn unions_and_packed_types_are_refused() {
        assert!(refusal("union U { a: u8, b: i8 }").starts_with("a union is not portable"));
        assert!(refusal("#[repr(packed)] struct S { a: u8 }").starts_with("a packed type is not portable"));
        assert!(refusal("#[repr(C, packed(2))] struct S { a: u8 }").starts_with("a packed type is not portable"));
    }

    #[test]
    fn unknown_and_misplaced_attributes_are_refused() {
        assert!(refusal("#[portable(skip)] struct S;").starts_with("unknown attribute"));
        assert!(refusal("#[portable(drop = true)] struct S;").starts_with("unknown attribute"));
        assert!(refusal("#[portable(drop(now))] struct S;").starts_with("unknown attribute"));
        assert!(refusal("#[portable] struct S;").contains("expected"));
        let misplaced = "`#[portable(..)]` goes on the type";
        assert!(refusal("struct S { #[portable(drop)] a: u8 }").starts_with(misplaced));
        assert!(refusal("enum E { #[portable(drop)] A }").starts_with(misplaced));
        assert!(refusal("enum E { A(#[portable(drop)] u8) }").starts_with(misplaced));
    }
}
