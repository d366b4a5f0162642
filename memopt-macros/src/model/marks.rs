//! `#[pool]` before a `let`, at any depth of a body, and in a struct.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

use super::binding::Binding;
use crate::tokens::{is_punct, outer_attrs, refilled, trees};

/// One marked statement, taken apart. Validation refuses those with missing parts.
pub(crate) struct Mark {
    /// Where the mark is.
    pub(crate) span: Span,
    /// What stands in its parentheses.
    pub(crate) args: TokenStream,
    /// Other attributes between the mark and the statement.
    pub(crate) attrs: Vec<TokenTree>,
    /// `let`, if it is one.
    pub(crate) keyword: Option<Ident>,
    /// What stands before the `:` or `=`.
    pub(crate) pattern: Vec<TokenTree>,
    /// The type behind `:`.
    pub(crate) ascribed: Option<TokenStream>,
    /// What stands behind `=`.
    pub(crate) init: Option<Vec<TokenTree>>,
}

/// The tokens with every marked `let` replaced by what `rewrite` makes of it, its `;` included.
pub(crate) fn marked(
    tokens: TokenStream,
    rewrite: &mut dyn FnMut(Mark) -> TokenStream,
) -> TokenStream {
    each(tokens, &mut |tokens, at| {
        let (mark, next) = Mark::read(tokens, at)?;
        // The initial value may contain marked lets of its own.
        let init = mark.init.map(|init| trees(marked(init.into_iter().collect(), rewrite)));
        Some((rewrite(Mark { init, ..mark }), next))
    })
}

/// The tokens without the marks.
pub(crate) fn unmarked(tokens: TokenStream) -> TokenStream {
    each(tokens, &mut |tokens, at| mark(tokens, at).map(|_| (TokenStream::new(), at + 2)))
}

/// What takes the place of a mark that begins at a place among tokens, and where the rest begins.
type Replace<'a> = dyn FnMut(&[TokenTree], usize) -> Option<(TokenStream, usize)> + 'a;

/// The tokens, at any depth, with every mark replaced.
fn each(tokens: TokenStream, replace: &mut Replace<'_>) -> TokenStream {
    let tokens = trees(tokens);
    let mut out = TokenStream::new();
    let mut at = 0;
    while at < tokens.len() {
        if let Some((new, next)) = replace(&tokens, at) {
            out.extend(new);
            at = next;
            continue;
        }
        out.extend([match &tokens[at] {
            TokenTree::Group(group) => {
                TokenTree::Group(refilled(group, each(group.stream(), replace)))
            }
            token => token.clone(),
        }]);
        at += 1;
    }
    out
}

/// The mark that begins at `at`: its brackets and what stands in its parentheses.
fn mark(tokens: &[TokenTree], at: usize) -> Option<(&Group, TokenStream)> {
    let [pound, TokenTree::Group(brackets), ..] = &tokens[at..] else { return None };
    if !is_punct(pound, '#') || brackets.delimiter() != Delimiter::Bracket {
        return None;
    }
    match trees(brackets.stream()).as_slice() {
        [TokenTree::Ident(name)] if name == "pool" => Some((brackets, TokenStream::new())),
        [TokenTree::Ident(name), TokenTree::Group(args)]
            if name == "pool" && args.delimiter() == Delimiter::Parenthesis =>
        {
            Some((brackets, args.stream()))
        }
        _ => None,
    }
}

impl Mark {
    /// The marked statement that begins at `at`, and where the next one does.
    fn read(tokens: &[TokenTree], at: usize) -> Option<(Self, usize)> {
        let (brackets, args) = mark(tokens, at)?;
        let attrs_start = at + 2;
        let at = attrs_start + outer_attrs(&tokens[attrs_start..]);
        let mut mark = Self {
            span: brackets.span(),
            args,
            attrs: tokens[attrs_start..at].to_vec(),
            keyword: None,
            pattern: Vec::new(),
            ascribed: None,
            init: None,
        };
        let rest = &tokens[at..];
        let end = rest.iter().position(|token| is_punct(token, ';')).unwrap_or(rest.len());
        let Some(binding) = Binding::read(&rest[..end]) else { return Some((mark, at)) };
        mark.keyword = Some(binding.keyword.clone());
        mark.pattern = binding.pattern.to_vec();
        mark.ascribed = binding.ascribed.map(|ty| ty.iter().cloned().collect());
        mark.init = binding.value.map(<[TokenTree]>::to_vec);
        Some((mark, (at + end + 1).min(tokens.len())))
    }
}
