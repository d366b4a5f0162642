//! What `#[presize]` may stand on: a `let` of one variable that begins as an empty collection.

use proc_macro2::{Delimiter, Group, Span, TokenTree};
use syn::{Error, Result};

use crate::args::PresizeArgs;
use crate::model::lets::{Let, Marked, NotALet};
use crate::model::{is_punct, trees};

/// A `let` whose collection can be started with room.
pub(crate) struct Presize {
    pub(crate) parts: Let,
    pub(crate) args: PresizeArgs,
    pub(crate) begin: Begin,
    pub(crate) span: Span,
}

/// How the collection begins.
pub(crate) enum Begin {
    /// `X::new()` or `X::default()`
    Empty,
    /// `X::with_capacity(..)`; the arguments.
    Given(Group),
}

/// Plans one marked statement.
pub(crate) fn presize(marked: &Marked) -> Result<Presize> {
    let span = marked.attr.span();
    let args = PresizeArgs::parse(marked.attr.arguments())?;
    let parts = marked.parts().map_err(|why| {
        Error::new(
            span,
            match why {
                NotALet::Other => {
                    "`#[presize]` goes on a `let` that makes a collection; write `#[presize] let mut rows = Vec::new();`"
                }
                NotALet::Pattern => {
                    "`#[presize]` watches one variable and cannot look into a pattern; give the collection a `let` of its own"
                }
                NotALet::NoValue => {
                    "`#[presize]` gives the first value its room, and this `let` has none; write `= Vec::new()` here"
                }
            },
        )
    })?;
    let begin = begin(&parts).ok_or_else(|| {
        let at = parts.value.first().map_or(span, TokenTree::span);
        Error::new(
            at,
            "`#[presize]` does not know how to give this room; begin with `Vec::new()`, `Vec::default()`, `Vec::with_capacity(n)` or those of another collection",
        )
    })?;
    Ok(Presize { parts, args, begin, span })
}

fn begin(parts: &Let) -> Option<Begin> {
    let [path @ .., colon, second, TokenTree::Ident(function), TokenTree::Group(arguments)] =
        parts.value.as_slice()
    else {
        return None;
    };
    let is_path = path.iter().all(|token| match token {
        TokenTree::Ident(_) | TokenTree::Literal(_) => true,
        TokenTree::Punct(punct) => matches!(punct.as_char(), ':' | '<' | '>' | ',' | '\'' | '&' | '-' | '='),
        // A tuple or array among the type's arguments.
        TokenTree::Group(group) => group.delimiter() != Delimiter::Brace,
    });
    let parenthesised = arguments.delimiter() == Delimiter::Parenthesis;
    if path.is_empty() || !is_path || !parenthesised || !is_punct(colon, ':') || !is_punct(second, ':') {
        return None;
    }
    let empty = trees(arguments.stream()).is_empty();
    match function.to_string().as_str() {
        "new" | "default" if empty => Some(Begin::Empty),
        "with_capacity" if !empty => Some(Begin::Given(arguments.clone())),
        _ => None,
    }
}
