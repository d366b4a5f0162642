//! An impl, trait or inline mod: functions to annotate, between things to leave alone.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};

use super::attr::Attr;
use super::func::Func;
use crate::tokens::refilled;

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
    pub(super) braces: Group,
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

impl Container {
    /// Its name in messages.
    pub(crate) fn described(&self) -> String {
        let article = if self.keyword == "impl" { "an" } else { "a" };
        format!("{article} {}", self.keyword)
    }
}

impl Contents {
    /// The same braces around other contents.
    pub(crate) fn braces_around(&self, contents: TokenStream) -> Group {
        refilled(&self.braces, contents)
    }
}
