//! The annotated item, as far as it must be understood, and no further.
//!
//! Bodies stay raw tokens and heads are copied as they are: an attribute is met on every save in an editor, half of the time on code
//! that does not parse yet, and a thousand times in one build. So nothing here builds a syntax tree. [`scan`] finds where an item's
//! parts begin and end; [`Func`] and [`Container`] name them and can write themselves back, token for token. Derives are met on
//! types only, which are short: `syn` reads them, and [`Shape`] is what is left of one.

mod attr;
pub(crate) mod block;
mod container;
mod func;
pub(crate) mod lets;
mod marks;
mod rows;
mod scan;
mod shape;
pub(crate) mod statements;
mod streaming;
mod tokens;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};

pub(crate) use attr::Attr;
pub(crate) use container::{Container, Member};
pub(crate) use func::{Body, Func, Plan, Route, Spec};
pub(crate) use marks::{Mark, marked, unmarked};
pub(crate) use rows::Rows;
pub(crate) use shape::{Field, Shape, Variant, Walked};
pub(crate) use streaming::{Piece, Streaming};
pub(crate) use tokens::{Angles, is_punct, trees};

/// What an attribute was put on.
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
        let tokens = tokens::flatten(tokens);
        let mut items = scan::Items::new(&tokens);
        match items.next_item() {
            Some(Member::Func(func)) => Self::Func(*func),
            Some(Member::Container(container)) => Self::Container(container),
            Some(Member::Verbatim { keyword, .. }) => Self::other(keyword.as_ref(), &tokens),
            None => Self::other(None, &tokens),
        }
    }

    fn other(keyword: Option<&Ident>, tokens: &[TokenTree]) -> Self {
        let span =
            keyword.map_or_else(|| tokens.first().map_or_else(Span::call_site, TokenTree::span), Ident::span);
        let name = keyword.map(ToString::to_string);
        let what = match name.as_deref() {
            Some(name @ "enum") => format!("an {name}"),
            Some("use") => "an import".to_owned(),
            Some("type") => "a type alias".to_owned(),
            Some("const") => "a constant".to_owned(),
            Some("extern") => "an extern block".to_owned(),
            Some(name @ ("struct" | "union" | "static")) => format!("a {name}"),
            _ => "this".to_owned(),
        };
        Self::Other { what, span }
    }
}
