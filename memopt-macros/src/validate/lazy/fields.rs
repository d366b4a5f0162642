//! A struct with `#[lazy(..)]` fields.

use proc_macro2::{Span, TokenStream};
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Error, Fields, Result};

use crate::args::{LazyArgs, LazyFieldArgs};

/// The attribute's name on a field.
const HELPER: &str = "lazy";

/// A struct with lazily loaded fields, without their attributes.
pub(crate) struct LazyStruct {
    pub(crate) input: DeriveInput,
    /// By the place of the field.
    pub(crate) fields: Vec<(usize, LazyField)>,
}

pub(crate) struct LazyField {
    pub(crate) load: TokenStream,
    pub(crate) error: Option<TokenStream>,
    pub(crate) is_async: bool,
    pub(crate) weigh: Option<TokenStream>,
    /// When the value may be evicted while nothing uses it: after so many milliseconds without use,
    /// or with 0 only under memory pressure.
    pub(crate) evict: Option<u64>,
}

/// Plans a struct; the attributes of its fields are gone from `input` whether or not there is an
/// error.
pub(crate) fn lazy_struct(
    input: &mut DeriveInput,
    args: Result<LazyArgs>,
) -> Result<Vec<(usize, LazyField)>> {
    let name = input.ident.span();
    let Data::Struct(data) = &mut input.data else {
        return Err(Error::new(
            name,
            "`#[memopt::lazy_load]` goes on a struct or a function, not on an enum or union; put \
            the \
            lazily loaded value into a struct",
        ));
    };
    let mut taken: Vec<(usize, Span, Result<LazyFieldArgs>)> = Vec::new();
    let mut twice = None;
    for (at, field) in data.fields.iter_mut().enumerate() {
        for attr in field.attrs.extract_if(.., |attr| attr.path().is_ident(HELPER)) {
            let tokens = match &attr.meta {
                syn::Meta::List(list) => list.tokens.clone(),
                _ => TokenStream::new(),
            };
            if taken.last().is_some_and(|(last, ..)| *last == at) {
                twice.get_or_insert(attr.span());
            }
            taken.push((at, attr.span(), LazyFieldArgs::parse(tokens)));
        }
    }
    if let Some((span, key)) = args?.first() {
        let message = format!(
            "`{key}` is for functions; say for each field when it may be evicted: `#[lazy(load = \
            .., \
            evict)]` under memory pressure, `#[lazy(load = .., idle = \"5 min\")]` after a time too"
        );
        return Err(Error::new(span, message));
    }
    if let Some(span) = twice {
        return Err(Error::new(
            span,
            "`#[lazy]` is given twice; keep one and put all arguments into it",
        ));
    }
    if taken.is_empty() {
        return Err(Error::new(
            name,
            "no field is lazily loaded; mark one with `#[lazy(load = Self::read)]`",
        ));
    }
    if !matches!(data.fields, Fields::Named(_)) {
        let message = "`#[lazy]` makes a method of the field's name, and this field has none; use \
            a \
            struct with named fields";
        return Err(Error::new(taken[0].1, message));
    }
    taken.into_iter().map(|(at, span, args)| Ok((at, field(span, args?)?))).collect()
}

fn field(span: Span, args: LazyFieldArgs) -> Result<LazyField> {
    let Some(load) = args.load else {
        return Err(Error::new(
            span,
            "`#[lazy]` needs a loader; write `#[lazy(load = Self::read)]` with a function of \
            `&Self`",
        ));
    };
    let evict = args.idle.or_else(|| args.evict.then_some(0));
    Ok(LazyField { load, error: args.error, is_async: args.is_async, weigh: args.weigh, evict })
}
