//! A struct whose objects are pooled: its limits, and how each field is made and reset.

use proc_macro2::{Ident, Span, TokenStream};
use syn::spanned::Spanned;
use syn::{
    Attribute, Data, DeriveInput, Error, Field, GenericParam, Generics, Meta, Result, Type,
    Visibility,
};

use crate::args::{PoolArgs, PoolFieldArgs};
use crate::validate::errors::Errors;

/// A struct whose objects are pooled.
pub(crate) struct Pooled {
    pub(crate) vis: Visibility,
    pub(crate) name: Ident,
    pub(crate) generics: Generics,
    pub(crate) limits: PoolArgs,
    pub(crate) fields: Vec<FieldPlan>,
}

/// How one field is made and reset.
pub(crate) struct FieldPlan {
    /// Its name or number.
    pub(crate) member: syn::Member,
    pub(crate) ty: Type,
    /// How a new one is made, where it is said.
    pub(crate) new: Option<TokenStream>,
    pub(crate) reset: Reset,
}

pub(crate) enum Reset {
    /// By `Recycle`.
    Recycle,
    /// Back to its default.
    Default,
    To(TokenStream),
    Keep,
}

/// Reads a struct; `outer` are the arguments of the attribute, if it is one and no derive.
pub(crate) fn pooled(input: DeriveInput, outer: Option<PoolArgs>) -> Result<Pooled> {
    let owner = if outer.is_some() { "#[memopt::pooled]" } else { "#[derive(Pooled)]" };
    let name = input.ident;
    let data = match input.data {
        Data::Struct(data) => data,
        Data::Enum(data) => {
            let message = format!(
                "`{owner}` cannot pool an enum: a change of variant drops the buffers of the old \
                variant; put the buffers into a struct and the enum beside them"
            );
            return Err(Error::new(data.enum_token.span, message));
        }
        Data::Union(data) => {
            let message = format!(
                "`{owner}` cannot pool a union, where any field may hold the value; use a struct"
            );
            return Err(Error::new(data.union_token.span, message));
        }
    };
    if let Some(lifetime) = input.generics.lifetimes().next() {
        let message = format!(
            "`{owner}` cannot pool a type with the lifetime `{}`: pooled objects outlive every \
            borrow; let the type own its data, or hold indices",
            lifetime.lifetime
        );
        return Err(Error::new(lifetime.span(), message));
    }
    let mut errors = Errors::default();
    let mut limits = outer.unwrap_or_default();
    for (span, args) in pool_attrs(&input.attrs) {
        let args = if args.is_empty() {
            let message =
                "`#[pool]` on a struct sets limits; write `#[pool(max_idle = 64)]` or remove it";
            Err(Error::new(span, message))
        } else {
            PoolArgs::parse("pool", args)
        };
        match args {
            Ok(inner) => limits = inner.or(&limits),
            Err(error) => errors.add(error),
        }
    }
    let mut fields = Vec::new();
    for (index, field) in data.fields.into_iter().enumerate() {
        match plan(field, index) {
            Ok(field) => fields.push(field),
            Err(error) => errors.add(error),
        }
    }
    errors.finish()?;
    Ok(Pooled { vis: input.vis, name, generics: input.generics, limits, fields })
}

fn plan(field: Field, index: usize) -> Result<FieldPlan> {
    let member = match field.ident {
        Some(name) => syn::Member::Named(name),
        None => syn::Member::Unnamed(syn::Index { index: index as u32, span: field.ty.span() }),
    };
    let mut attrs = pool_attrs(&field.attrs).into_iter();
    let args = match attrs.next() {
        Some((span, args)) => PoolFieldArgs::parse(span, args)?,
        None => PoolFieldArgs::default(),
    };
    if let Some((span, _)) = attrs.next() {
        let message = "`#[pool]` is given twice; keep one and put all arguments into it";
        return Err(Error::new(span, message));
    }
    let reset = match (args.keep, args.skip, args.reset) {
        (None, None, None) => Reset::Recycle,
        (Some(_), None, None) => Reset::Keep,
        (None, Some(_), None) => Reset::Default,
        (None, None, Some((_, value))) => Reset::To(value),
        (keep, skip, reset) => {
            let span =
                reset.map(|(span, _)| span).or(skip).or(keep).unwrap_or_else(Span::call_site);
            let message =
                "`keep`, `skip` and `reset` each say how the field is reset; use one of them";
            return Err(Error::new(span, message));
        }
    };
    let new = match (args.new, &reset) {
        (Some((span, _)), Reset::Default | Reset::To(_)) => {
            let message =
                "`new` says how the field begins, and so do `skip` and `reset`; remove `new`";
            return Err(Error::new(span, message));
        }
        (Some((_, new)), _) => Some(new),
        (None, Reset::To(value)) => Some(value.clone()),
        (None, _) => None,
    };
    Ok(FieldPlan { member, ty: field.ty, new, reset })
}

/// The `#[pool(..)]` among attributes: where, and what stands in the parentheses.
fn pool_attrs(attrs: &[Attribute]) -> Vec<(Span, TokenStream)> {
    attrs
        .iter()
        .filter(|attr| attr.path().is_ident("pool"))
        .map(|attr| {
            let args = match &attr.meta {
                Meta::List(list) => list.tokens.clone(),
                Meta::Path(_) | Meta::NameValue(_) => TokenStream::new(),
            };
            (attr.path().span(), args)
        })
        .collect()
}

/// A type parameter of the struct, or a const one.
pub(crate) fn parameters(generics: &Generics) -> Vec<&Ident> {
    generics
        .params
        .iter()
        .filter_map(|param| match param {
            GenericParam::Type(param) => Some(&param.ident),
            GenericParam::Const(param) => Some(&param.ident),
            GenericParam::Lifetime(_) => None,
        })
        .collect()
}
