//! Which types `#[derive(MemSize)]` can look into, and where `#[mem_size(..)]` may stand.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, Data, DeriveInput, Error, Fields, Index, Member, Result, Type};

use super::errors::Errors;
use crate::args::MemSizeArgs;
use crate::model::{Field, Shape, Variant, Walked};

const HELPER: &str = "mem_size";

/// Reads a type, or says all that is wrong with it.
pub(crate) fn mem_size(input: DeriveInput) -> Result<Shape> {
    let mut errors = Errors::default();
    errors.note(only_fields(&input.attrs));
    errors.note(packed(&input));
    let name = input.ident;
    let mut is_enum = false;
    let variants = match input.data {
        Data::Struct(data) => {
            vec![Variant { name: name.clone(), fields: fields(data.fields, &mut errors) }]
        }
        Data::Enum(data) => {
            is_enum = true;
            let variants = data.variants.into_iter().map(|variant| {
                errors.note(only_fields(&variant.attrs));
                Variant { name: variant.ident, fields: fields(variant.fields, &mut errors) }
            });
            variants.collect()
        }
        Data::Union(data) => {
            let message = format!(
                "`MemSize` cannot look into a union, where any field may hold the value; write \
                `impl \
                memopt::remedy::MemSize for {}` by hand",
                name.unraw()
            );
            errors.add(Error::new(data.union_token.span, message));
            Vec::new()
        }
    };
    errors.finish().map(|()| Shape { name, generics: input.generics, is_enum, variants })
}

fn helpers(attrs: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attrs.iter().filter(|attr| attr.path().is_ident(HELPER))
}

/// The helper says something about one field.
fn only_fields(attrs: &[Attribute]) -> Result<()> {
    helpers(attrs).next().map_or(Ok(()), |attr| {
        let message = "`#[mem_size(..)]` says how one field is counted; put it on the field";
        Err(Error::new_spanned(attr, message))
    })
}

/// Fields of packed types may lie where no reference can point.
fn packed(input: &DeriveInput) -> Result<()> {
    for attr in input.attrs.iter().filter(|attr| attr.path().is_ident("repr")) {
        let mut packed: Option<Span> = None;
        // rustc reports a `repr` that does not parse.
        let _ = attr.parse_nested_meta(|meta| {
            if meta.path.is_ident("packed") {
                packed = Some(meta.path.span());
            }
            if meta.input.peek(syn::token::Paren) {
                let inside;
                syn::parenthesized!(inside in meta.input);
                inside.parse::<proc_macro2::TokenStream>()?;
            }
            Ok(())
        });
        if let Some(span) = packed {
            let name = input.ident.unraw();
            let message = format!(
                "`MemSize` borrows every field, and fields of a packed type cannot be borrowed; \
                write \
                `impl memopt::remedy::MemSize for {name}` by hand"
            );
            return Err(Error::new(span, message));
        }
    }
    Ok(())
}

fn fields(fields: Fields, errors: &mut Errors) -> Vec<Field> {
    let mut read = Vec::new();
    for (at, field) in fields.into_iter().enumerate() {
        errors.note(sized(&field.ty));
        let walked = walked(&field.attrs).unwrap_or_else(|error| {
            errors.add(error);
            Walked::Not
        });
        let span = field.ident.as_ref().map_or_else(|| field.ty.span(), syn::Ident::span);
        let member = field.ident.map_or_else(|| Member::Unnamed(Index::from(at)), Member::Named);
        read.push(Field { member, ty: field.ty, span, walked });
    }
    read
}

fn walked(attrs: &[Attribute]) -> Result<Walked> {
    let mut helpers = helpers(attrs);
    let Some(attr) = helpers.next() else { return Ok(Walked::ByType) };
    if let Some(second) = helpers.next() {
        let message = "`#[mem_size]` is given twice; keep one";
        return Err(Error::new_spanned(second, message));
    }
    match MemSizeArgs::parse(attr)? {
        MemSizeArgs { skip: Some(_), with: Some((span, _)) } => {
            let message = "`skip` leaves the field out, so `with` has no effect; keep one of them";
            Err(Error::new(span, message))
        }
        MemSizeArgs { with: Some((_, path)), .. } => Ok(Walked::By(path)),
        MemSizeArgs { .. } => Ok(Walked::Not),
    }
}

/// A type that ends in a slice has no size the compiler knows.
fn sized(ty: &Type) -> Result<()> {
    let boxed = match ty {
        Type::Slice(_) => "Box<[T]>",
        Type::Path(path) if path.path.is_ident("str") => "Box<str>",
        Type::TraitObject(_) => "Box<dyn Trait>",
        _ => return Ok(()),
    };
    let message = format!(
        "`MemSize` needs fields whose size the compiler knows, and this one has none; use a \
        `{boxed}`"
    );
    Err(Error::new_spanned(ty, message))
}
