//! A function with lets marked `#[pool]`.

use proc_macro2::{Ident, TokenTree};
use syn::{Error, Result};

use crate::args::PoolArgs;
use crate::model::{Func, Item, Mark, binding};
use crate::tokens::{called_macro, is_word};

/// The function whose marked lets are pooled.
pub(crate) fn lets(item: Item) -> Result<Func> {
    match item {
        Item::Func(Func { constness: Some(span), .. }) => {
            let message = "`#[memopt::pooled]` cannot pool in a `const fn`, which may run in the \
                compiler; \
                remove `const` or the attribute";
            Err(Error::new(span, message))
        }
        Item::Func(func) if func.body.is_none() => {
            let message = format!(
                "`{}` has no body with a `let` to pool; put `#[memopt::pooled]` on the \
                implementation",
                func.plain_name()
            );
            Err(Error::new(func.name.span(), message))
        }
        Item::Func(func) => Ok(func),
        item => {
            let (what, span) = item.described();
            let message = format!(
                "`#[memopt::pooled]` goes on a struct, or on a function with a `let` marked \
                `#[pool]`, and not on {what}; move it there"
            );
            Err(Error::new(span, message))
        }
    }
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
            let message = "`#[pool]` takes the value of a `let` from a pool; put it before a `let`";
            return Err(Error::new(mark.span, message));
        };
        let limits = PoolArgs::parse("pool", mark.args.clone())?.or(outer);
        let Some((mutable, name)) = binding::variable(&mark.pattern) else {
            let span = mark.pattern.first().map_or(keyword.span(), TokenTree::span);
            let message = "`#[pool]` takes one value from a pool and cannot take it apart; bind it \
                to \
                one name: `let mut buffer = ..`";
            return Err(Error::new(span, message));
        };
        let Some(init) = mark.init.as_ref().filter(|init| !init.is_empty()) else {
            let message = format!(
                "`{name}` has no initial value for new objects of the pool; write `let mut {name} \
                = \
                Vec::new();` or the like"
            );
            return Err(Error::new(name.span(), message));
        };
        if let [vec, _, TokenTree::Group(contents), ..] = init.as_slice()
            && called_macro(&init[..2]).is_some_and(|name| name == "vec")
            && !contents.stream().is_empty()
        {
            let message = format!(
                "a buffer from a pool is empty, so these elements would be lost; make `{name}` \
                with \
                `Vec::with_capacity(..)` and fill it with `resize` or `extend`"
            );
            return Err(Error::new(vec.span(), message));
        }
        if let Some(word) = init.iter().find(|token| is_word(token, "else"))
            && !init.iter().any(|token| is_word(token, "if"))
        {
            let message =
                format!("a pooled `let` always matches; remove the `else` behind `{name}`");
            return Err(Error::new(word.span(), message));
        }
        Ok(Self { mutable: mutable.cloned(), name: name.clone(), init: init.clone(), limits })
    }
}
