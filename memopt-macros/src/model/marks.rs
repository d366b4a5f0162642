//! `#[pool]` before a `let`, wherever in a body it stands, and in a struct.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

use super::tokens::{Angles, is_punct, trees};

/// One marked statement, taken apart. What is missing is for the rules to refuse.
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
pub(crate) fn marked(tokens: TokenStream, rewrite: &mut dyn FnMut(Mark) -> TokenStream) -> TokenStream {
    let tokens = trees(tokens);
    let mut out = TokenStream::new();
    let mut at = 0;
    while at < tokens.len() {
        if let Some((mark, next)) = Mark::read(&tokens, at) {
            // A buffer may be made out of another.
            let init = mark.init.map(|init| trees(marked(init.into_iter().collect(), rewrite)));
            out.extend(rewrite(Mark { init, ..mark }));
            at = next;
            continue;
        }
        match &tokens[at] {
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), marked(group.stream(), rewrite));
                inner.set_span(group.span());
                out.extend([TokenTree::Group(inner)]);
            }
            token => out.extend([token.clone()]),
        }
        at += 1;
    }
    out
}

/// The tokens without the marks.
pub(crate) fn unmarked(tokens: TokenStream) -> TokenStream {
    let tokens = trees(tokens);
    let mut out = TokenStream::new();
    let mut at = 0;
    while at < tokens.len() {
        if mark(&tokens, at).is_some() {
            at += 2;
            continue;
        }
        match &tokens[at] {
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), unmarked(group.stream()));
                inner.set_span(group.span());
                out.extend([TokenTree::Group(inner)]);
            }
            token => out.extend([token.clone()]),
        }
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
        let mut at = at + 2;
        let attrs_start = at;
        while matches!(&tokens[at..], [pound, TokenTree::Group(group), ..]
            if is_punct(pound, '#') && group.delimiter() == Delimiter::Bracket)
        {
            at += 2;
        }
        let attrs = tokens[attrs_start..at].to_vec();
        let mut mark = Self {
            span: brackets.span(),
            args,
            attrs,
            keyword: None,
            pattern: Vec::new(),
            ascribed: None,
            init: None,
        };
        let Some(TokenTree::Ident(keyword)) =
            tokens.get(at).filter(|t| matches!(t, TokenTree::Ident(w) if w == "let"))
        else {
            return Some((mark, at));
        };
        mark.keyword = Some(keyword.clone());
        at += 1;
        let end = tokens[at..].iter().position(|t| is_punct(t, ';')).map_or(tokens.len(), |end| at + end);
        let statement = &tokens[at..end];
        // `=` outside of the angle brackets of the type; `==` and `=>` cannot come before it.
        let mut angles = Angles::default();
        let mut colon = None;
        let mut equals = None;
        for (index, token) in statement.iter().enumerate() {
            if angles.closed() && is_punct(token, '=') {
                equals = Some(index);
                break;
            }
            if colon.is_none() && is_punct(token, ':') {
                colon = Some(index);
            }
            angles.feed(token);
        }
        let until = equals.unwrap_or(statement.len());
        mark.pattern = statement[..colon.unwrap_or(until)].to_vec();
        mark.ascribed = colon.map(|colon| statement[colon + 1..until].iter().cloned().collect());
        mark.init = equals.map(|equals| statement[equals + 1..].to_vec());
        Some((mark, (end + 1).min(tokens.len())))
    }
}
