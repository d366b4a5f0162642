//! The item an attribute was put on.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};

use super::container::{Container, Member};
use super::func::Func;
use super::scan::Items;
use crate::tokens::flatten;

/// A function, something with functions inside, or neither.
pub(crate) enum Item {
    Func(Func),
    Container(Container),
    /// Anything else: `what` names it in a message ("a struct").
    Other {
        what: String,
        span: Span,
    },
}

impl Item {
    pub(crate) fn parse(tokens: TokenStream) -> Self {
        let tokens = flatten(tokens);
        let mut items = Items::new(&tokens);
        match items.next_item() {
            Some(Member::Func(func)) => Self::Func(*func),
            Some(Member::Container(container)) => Self::Container(container),
            Some(Member::Verbatim { keyword, .. }) => Self::other(keyword.as_ref(), &tokens),
            None => Self::other(None, &tokens),
        }
    }

    /// Its name in messages, and where it is.
    pub(crate) fn described(&self) -> (String, Span) {
        match self {
            Self::Func(func) => ("a function".to_owned(), func.name.span()),
            Self::Container(container) => (container.described(), container.keyword.span()),
            Self::Other { what, span } => (what.clone(), *span),
        }
    }

    fn other(keyword: Option<&Ident>, tokens: &[TokenTree]) -> Self {
        let first = || tokens.first().map_or_else(Span::call_site, TokenTree::span);
        let span = keyword.map_or_else(first, Ident::span);
        let name = keyword.map(ToString::to_string);
        let what = match name.as_deref() {
            Some("enum") => "an enum",
            Some("struct") => "a struct",
            Some("union") => "a union",
            Some("static") => "a static",
            Some("use") => "an import",
            Some("type") => "a type alias",
            Some("const") => "a constant",
            Some("extern") => "an extern block",
            _ => "this",
        };
        Self::Other { what: what.to_owned(), span }
    }
}
