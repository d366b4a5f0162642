//! Small questions about token trees: what is a brace group, an invisible one, a `->`.

use proc_macro2::{Delimiter, Group, Punct, Spacing, TokenStream, TokenTree};

pub(crate) fn trees(tokens: TokenStream) -> Vec<TokenTree> {
    tokens.into_iter().collect()
}

/// The tokens, without the invisible group that `macro_rules!` puts around a `$item` or `$path`.
pub(super) fn flatten(tokens: TokenStream) -> Vec<TokenTree> {
    let mut flat = Vec::new();
    for (at, token) in tokens.into_iter().enumerate() {
        match invisible(&token) {
            Some(group) if at == 0 && !is_visibility(group) => flat.extend(flatten(group.stream())),
            _ => flat.push(token),
        }
    }
    flat
}

/// Counts open angle brackets; the one in `->` closes nothing.
#[derive(Default)]
pub(crate) struct Angles {
    depth: usize,
    dash: bool,
}

impl Angles {
    pub(crate) fn closed(&self) -> bool {
        self.depth == 0
    }

    /// Whether `token` is the second half of `->`.
    pub(crate) fn after_arrow(&self, token: &TokenTree) -> bool {
        self.dash && is_punct(token, '>')
    }

    pub(crate) fn feed(&mut self, token: &TokenTree) {
        let TokenTree::Punct(punct) = token else {
            self.dash = false;
            return;
        };
        match punct.as_char() {
            '<' => self.depth += 1,
            '>' if !self.dash => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        self.dash = punct.as_char() == '-' && punct.spacing() == Spacing::Joint;
    }
}

/// A brace group, also one that came through `$body:block` of a `macro_rules!`.
pub(super) fn braces(token: &TokenTree) -> Option<Group> {
    match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(group.clone()),
        token => match trees(invisible(token)?.stream()).as_slice() {
            [only] => braces(only),
            _ => None,
        },
    }
}

pub(super) fn invisible(token: &TokenTree) -> Option<&Group> {
    match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => Some(group),
        _ => None,
    }
}

/// What `$vis` of a `macro_rules!` leaves behind; it may be empty.
pub(super) fn is_visibility(group: &Group) -> bool {
    match group.stream().into_iter().next() {
        None => true,
        Some(TokenTree::Ident(ident)) => {
            ident == "pub"
                && group.stream().into_iter().nth(1).is_none_or(|next| matches!(next, TokenTree::Group(_)))
        }
        Some(_) => false,
    }
}

pub(super) fn is_abi(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Literal(_)) || invisible(token).is_some()
}

pub(crate) fn is_punct(token: &TokenTree, wanted: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if Punct::as_char(punct) == wanted)
}
