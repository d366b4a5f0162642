//! One attribute of the user's.

use proc_macro2::{Delimiter, Group, Punct, Span, TokenStream, TokenTree};
use quote::{ToTokens, TokenStreamExt};

use crate::tokens::flatten;

/// `#[path::to::name ..]`, kept whole.
pub(crate) struct Attr {
    pound: Punct,
    brackets: Group,
    /// The segments of its path.
    path: Vec<String>,
}

impl Attr {
    pub(super) fn new(pound: Punct, brackets: Group) -> Self {
        let path = path(brackets.stream());
        Self { pound, brackets, path }
    }

    /// The last segment of its path: `test` for `#[tokio::test]`.
    pub(crate) fn name(&self) -> &str {
        self.path.last().map_or("", String::as_str)
    }

    /// The first segment of its path: `rustfmt` for `#[rustfmt::skip]`.
    pub(crate) fn root(&self) -> &str {
        self.path.first().map_or("", String::as_str)
    }

    pub(crate) fn span(&self) -> Span {
        self.brackets.span()
    }

    /// What stands in the parentheses: `skip` for `#[track_alloc(skip)]`, nothing for
    /// `#[track_alloc]`.
    pub(crate) fn arguments(&self) -> TokenStream {
        match flatten(self.brackets.stream()).pop() {
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
                group.stream()
            }
            _ => TokenStream::new(),
        }
    }
}

/// The leading `a::b::c`; a `#[..]` built by `macro_rules!` may wrap it in an invisible group, one
/// inserted by rustc in `unsafe(..)`.
fn path(tokens: TokenStream) -> Vec<String> {
    let mut segments = Vec::new();
    for token in flatten(tokens) {
        match token {
            TokenTree::Ident(ident) => segments.push(ident.to_string()),
            TokenTree::Punct(punct) if punct.as_char() == ':' => {}
            _ => break,
        }
    }
    segments
}

impl ToTokens for Attr {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.append(self.pound.clone());
        tokens.append(self.brackets.clone());
    }
}
