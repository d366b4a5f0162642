//! The rules of `#[derive(Pooled)]` and `#[memopt::pooled]`.

mod returned;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::{
    Attribute, Data, DeriveInput, Error, Field, GenericParam, Generics, Meta, Result, Type, Visibility,
};

pub(crate) use returned::returned;

use super::Errors;
use crate::args::{FieldArgs, PoolArgs};
use crate::model::{Func, Item, Mark, is_punct};

/// A struct whose objects are pooled.
pub(crate) struct Pooled {
    pub(crate) vis: Visibility,
    pub(crate) name: Ident,
    pub(crate) generics: Generics,
    pub(crate) limits: PoolArgs,
    pub(crate) fields: Vec<FieldPlan>,
}

/// What becomes of one field.
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
                "`{owner}` cannot pool an enum: a change of variant drops what the other one held, so there is no capacity to keep; put the buffers into a struct and the enum beside them"
            );
            return Err(Error::new(data.enum_token.span, message));
        }
        Data::Union(data) => {
            let message = format!(
                "`{owner}` cannot pool a union: nothing says which of its fields holds something to keep; use a struct"
            );
            return Err(Error::new(data.union_token.span, message));
        }
    };
    if let Some(lifetime) = input.generics.lifetimes().next() {
        let message = format!(
            "`{owner}` cannot pool a type with the lifetime `{}`: its objects outlive every borrow; let it own its data, or hold indices",
            lifetime.lifetime
        );
        return Err(Error::new(lifetime.span(), message));
    }
    let mut errors = Errors::default();
    let mut limits = outer.unwrap_or_default();
    for (span, args) in pool_attrs(&input.attrs) {
        let args = if args.is_empty() {
            let message =
                "`#[pool]` on a struct holds its limits; write `#[pool(max_idle = 64)]` or leave it out";
            Err(Error::new(span, message))
        } else {
            PoolArgs::parse("pool", args)
        };
        match args {
            Ok(inner) => limits = inner.or(&limits),
            Err(error) => errors.note(Err(error)),
        }
    }
    let mut fields = Vec::new();
    for (index, field) in data.fields.into_iter().enumerate() {
        match plan(field, index) {
            Ok(field) => fields.push(field),
            Err(error) => errors.note(Err(error)),
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
        Some((span, args)) => FieldArgs::parse(span, args)?,
        None => FieldArgs::default(),
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
            let span = reset.map(|(span, _)| span).or(skip).or(keep).unwrap_or_else(Span::call_site);
            let message = "`keep`, `skip` and `reset` each say what becomes of the field; keep one of them";
            return Err(Error::new(span, message));
        }
    };
    let new = match (args.new, &reset) {
        (Some((span, _)), Reset::Default | Reset::To(_)) => {
            let message =
                "`new` is how the field starts, and `skip` or `reset` say that already; remove `new`";
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

/// The function whose marked lets are pooled.
pub(crate) fn lets(item: Item) -> Result<Func> {
    match item {
        Item::Func(Func { constness: Some(span), .. }) => {
            let message = "`#[memopt::pooled]` cannot pool in a `const fn`: it may run in the compiler, where nothing is kept; remove `const` or the attribute";
            Err(Error::new(span, message))
        }
        Item::Func(func) if func.body.is_none() => {
            let message = format!(
                "`{}` has no body with lets to pool; put `#[memopt::pooled]` on the implementation",
                func.plain_name()
            );
            Err(Error::new(func.name.span(), message))
        }
        Item::Func(func) => Ok(func),
        Item::Container(container) => {
            let article = if container.keyword == "impl" { "an" } else { "a" };
            Err(elsewhere(&format!("{article} {}", container.keyword), container.keyword.span()))
        }
        Item::Other { what, span } => Err(elsewhere(&what, span)),
    }
}

fn elsewhere(what: &str, span: Span) -> Error {
    let message = format!(
        "`#[memopt::pooled]` goes on a struct, or on a function with lets marked `#[pool]`, and not on {what}; move it there"
    );
    Error::new(span, message)
}

/// A marked `let` that can be pooled: `mut` and the name, and its first value.
pub(crate) struct Let {
    pub(crate) mutable: Option<TokenTree>,
    pub(crate) name: Ident,
    pub(crate) init: Vec<TokenTree>,
    pub(crate) limits: PoolArgs,
}

impl Let {
    pub(crate) fn check(mark: &Mark, outer: &PoolArgs) -> Result<Self> {
        let Some(keyword) = &mark.keyword else {
            let message = "`#[pool]` marks a `let`, whose value then comes from a pool; put it before one";
            return Err(Error::new(mark.span, message));
        };
        let limits = PoolArgs::parse("pool", mark.args.clone())?.or(outer);
        let (mutable, name) = match mark.pattern.as_slice() {
            [TokenTree::Ident(name)] if name != "_" => (None, name),
            [word @ TokenTree::Ident(mutable), TokenTree::Ident(name)] if mutable == "mut" => {
                (Some(word.clone()), name)
            }
            pattern => {
                let span = pattern.first().map_or(keyword.span(), TokenTree::span);
                let message = "`#[pool]` takes one value from a pool and cannot take it apart; bind it to one name: `let mut buffer = ..`";
                return Err(Error::new(span, message));
            }
        };
        let Some(init) = mark.init.as_ref().filter(|init| !init.is_empty()) else {
            let message = format!(
                "`{name}` has no first value for the pool to begin with; write `let mut {name} = Vec::new();` or the like"
            );
            return Err(Error::new(name.span(), message));
        };
        if let [TokenTree::Ident(vec), bang, TokenTree::Group(contents), ..] = init.as_slice()
            && vec == "vec"
            && is_punct(bang, '!')
            && !contents.stream().is_empty()
        {
            let message = format!(
                "what comes from a pool is empty, so these elements would be lost; make `{name}` with `Vec::with_capacity(..)` and fill it with `resize` or `extend`"
            );
            return Err(Error::new(vec.span(), message));
        }
        if let Some(word) =
            init.iter().find(|token| matches!(token, TokenTree::Ident(word) if word == "else"))
            && !init.iter().any(|token| matches!(token, TokenTree::Ident(word) if word == "if"))
        {
            let message = format!(
                "a pooled `let` binds one name, which always fits; remove the `else` behind `{name}`"
            );
            return Err(Error::new(word.span(), message));
        }
        Ok(Self { mutable, name: name.clone(), init: init.clone(), limits })
    }
}
