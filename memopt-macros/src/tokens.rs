//! Small questions about token trees, which every other room asks.
//!
//! Braces, brackets and parentheses are matched already. Angle brackets are not: [`Angles`] counts
//! them.

use proc_macro2::{Delimiter, Group, Punct, Spacing, TokenStream, TokenTree};

pub(crate) fn trees(tokens: TokenStream) -> Vec<TokenTree> {
    tokens.into_iter().collect()
}

/// The tokens, without the invisible group that `macro_rules!` puts around a `$item` or `$path`.
pub(crate) fn flatten(tokens: TokenStream) -> Vec<TokenTree> {
    let mut flat = Vec::new();
    for (at, token) in tokens.into_iter().enumerate() {
        match invisible(&token) {
            Some(group) if at == 0 && !is_visibility(group) => flat.extend(flatten(group.stream())),
            _ => flat.push(token),
        }
    }
    flat
}

/// The same brackets, at the same place, around other contents.
pub(crate) fn refilled(group: &Group, contents: TokenStream) -> Group {
    let mut refilled = Group::new(group.delimiter(), contents);
    refilled.set_span(group.span());
    refilled
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

pub(crate) fn is_punct(token: &TokenTree, wanted: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if Punct::as_char(punct) == wanted)
}

pub(crate) fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == word)
}

pub(crate) fn is_brace(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}

/// Whether the punctuation at a place is the wanted one.
pub(crate) fn is(tokens: &[TokenTree], at: usize, wanted: char) -> bool {
    tokens.get(at).is_some_and(|token| is_punct(token, wanted))
}

/// Whether brackets of the wanted kind are at a place.
pub(crate) fn is_group(tokens: &[TokenTree], at: usize, wanted: Delimiter) -> bool {
    matches!(tokens.get(at), Some(TokenTree::Group(group)) if group.delimiter() == wanted)
}

/// Whether `=>` begins at a place.
pub(crate) fn is_arrow(tokens: &[TokenTree], at: usize) -> bool {
    let joint = |punct: &Punct| punct.as_char() == '=' && punct.spacing() == Spacing::Joint;
    matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if joint(punct))
        && is(tokens, at + 1, '>')
}

/// The identifier at a place, or "".
pub(crate) fn word(tokens: &[TokenTree], at: usize) -> String {
    match tokens.get(at) {
        Some(TokenTree::Ident(ident)) => ident.to_string(),
        // `$name:ident` and `$name:expr` of a `macro_rules!`.
        Some(token) => match invisible(token).map(|group| trees(group.stream())).as_deref() {
            Some([TokenTree::Ident(ident)]) => ident.to_string(),
            _ => String::new(),
        },
        None => String::new(),
    }
}

/// Whether a token, at any depth, is wanted.
pub(crate) fn holds(tokens: &[TokenTree], wanted: &dyn Fn(&TokenTree) -> bool) -> bool {
    tokens.iter().any(|token| match token {
        TokenTree::Group(group) => holds(&trees(group.stream()), wanted),
        token => wanted(token),
    })
}

/// The name of the macro that is called with the group behind `before`.
pub(crate) fn called_macro(before: &[TokenTree]) -> Option<String> {
    match before {
        [.., TokenTree::Ident(name), bang] if is_punct(bang, '!') => Some(name.to_string()),
        _ => None,
    }
}

/// A brace group, also one that came through `$body:block` of a `macro_rules!`.
pub(crate) fn braces(token: &TokenTree) -> Option<Group> {
    match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(group.clone()),
        token => match trees(invisible(token)?.stream()).as_slice() {
            [only] => braces(only),
            _ => None,
        },
    }
}

pub(crate) fn invisible(token: &TokenTree) -> Option<&Group> {
    match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => Some(group),
        _ => None,
    }
}

/// What `$vis` of a `macro_rules!` leaves behind; it may be empty.
pub(crate) fn is_visibility(group: &Group) -> bool {
    match group.stream().into_iter().next() {
        None => true,
        Some(TokenTree::Ident(ident)) => {
            let behind = group.stream().into_iter().nth(1);
            ident == "pub" && behind.is_none_or(|next| matches!(next, TokenTree::Group(_)))
        }
        Some(_) => false,
    }
}

/// Whether a token can be what stands behind `extern`.
pub(crate) fn is_abi(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Literal(_)) || invisible(token).is_some()
}

/// How many of the tokens belong to leading `#[..]` attributes.
pub(crate) fn outer_attrs(tokens: &[TokenTree]) -> usize {
    let mut end = 0;
    while is(tokens, end, '#') && is_group(tokens, end + 1, Delimiter::Bracket) {
        end += 2;
    }
    end
}
