//! An impl, trait or inline mod: functions to annotate, between things to leave alone.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};

use super::{Attr, Func, scan};

/// `impl`, `trait` or `mod`.
pub(crate) struct Container {
    pub(crate) attrs: Vec<Attr>,
    /// Everything before the braces, as written.
    pub(crate) head: Vec<TokenTree>,
    /// `impl`, `trait` or `mod`.
    pub(crate) keyword: Ident,
    /// `None` for `mod name;`.
    pub(crate) body: Option<Contents>,
}

/// What stands between the braces.
pub(crate) struct Contents {
    braces: Group,
    pub(crate) inner_attrs: TokenStream,
    pub(crate) members: Vec<Member>,
}

/// One item inside.
pub(crate) enum Member {
    Func(Box<Func>),
    Container(Container),
    /// Not ours: written back as it is. `keyword` says what it is, for messages.
    Verbatim {
        tokens: Vec<TokenTree>,
        keyword: Option<Ident>,
    },
}

impl Contents {
    pub(super) fn new(braces: Group) -> Self {
        let mut trees = super::tokens::trees(braces.stream());
        let inner = scan::inner_attrs(&trees);
        let inner_attrs = trees.drain(..inner).collect();
        let mut items = scan::Items::new(&trees);
        let mut members = Vec::new();
        while let Some(member) = items.next_item() {
            members.push(member);
        }
        Self { braces, inner_attrs, members }
    }

    /// The same braces around other contents.
    pub(crate) fn braces_around(&self, contents: TokenStream) -> Group {
        let mut group = Group::new(self.braces.delimiter(), contents);
        group.set_span(self.braces.span());
        group
    }
}
