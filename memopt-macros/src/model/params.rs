//! The parameters of a function.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{TokenStreamExt, format_ident, quote};

use super::func::Func;
use crate::tokens::{Angles, flatten, is_punct, is_word, outer_attrs, refilled, trees};

/// The head of a function in which every parameter has a name, and the statements that bind what
/// the user wrote, in the order in which the compiler does.
pub(crate) struct Named {
    pub(crate) head: Vec<TokenTree>,
    pub(crate) lets: TokenStream,
}

/// Names the parameters of a function, so that another body can take them.
pub(crate) fn named(func: &Func) -> Named {
    let mut named = Named { head: func.head.clone(), lets: TokenStream::new() };
    let Some((at, group)) = parentheses(&func.head) else { return named };
    let mut inside = TokenStream::new();
    for (number, parameter) in split(&trees(group.stream())).into_iter().enumerate() {
        name(func, parameter, number, &mut inside, &mut named.lets);
    }
    named.head[at] = TokenTree::Group(refilled(group, inside));
    named
}

/// The parameters' parentheses: the first behind the name and its generics.
fn parentheses(head: &[TokenTree]) -> Option<(usize, &Group)> {
    let mut angles = Angles::default();
    let name = head.iter().position(|token| is_word(token, "fn"))?;
    for (at, token) in head.iter().enumerate().skip(name) {
        match token {
            TokenTree::Group(group)
                if angles.closed() && group.delimiter() == Delimiter::Parenthesis =>
            {
                return Some((at, group));
            }
            token => angles.feed(token),
        }
    }
    None
}

/// The tokens between top-level commas.
fn split(tokens: &[TokenTree]) -> Vec<&[TokenTree]> {
    let mut angles = Angles::default();
    tokens
        .split(|token| {
            let ends = angles.closed() && is_punct(token, ',');
            angles.feed(token);
            ends
        })
        .filter(|parameter| !parameter.is_empty())
        .collect()
}

fn name(
    func: &Func,
    parameter: &[TokenTree],
    number: usize,
    inside: &mut TokenStream,
    lets: &mut TokenStream,
) {
    let (attrs, bound) = parameter.split_at(outer_attrs(parameter));
    let single = |at: usize| {
        let beside = |at: Option<usize>| at.is_some_and(|at| bound.get(at).is_some_and(colon));
        colon(&bound[at]) && !beside(at.checked_sub(1)) && !beside(Some(at + 1))
    };
    let pattern_ends = (0..bound.len()).find(|&at| single(at)).unwrap_or(bound.len());
    let (pattern, rest) = bound.split_at(pattern_ends);
    let binding = flatten(pattern.iter().cloned().collect());
    let plain = match binding.as_slice() {
        [TokenTree::Ident(name)] => Some(name),
        [mutable, TokenTree::Ident(name)] if is_word(mutable, "mut") => Some(name),
        _ => None,
    };
    // `self` cannot be bound anew; an async block takes it along.
    let is_self = binding.iter().any(|token| is_word(token, "self"));
    if is_self {
        inside.append_all(parameter);
        inside.extend(quote!(,));
        return;
    }
    // Clippy minds names that begin with `_`, where they are used and where they are not.
    let unused = plain.is_some_and(|name| name.to_string().starts_with('_'));
    let name = match plain {
        Some(name) if !unused => name.clone(),
        _ => format_ident!("__memopt_argument_{number}", span = Span::mixed_site()),
    };
    inside.append_all(attrs);
    inside.extend(quote!(#name #(#rest)*,));
    if plain.is_none() || unused {
        // A part that the pattern leaves is dropped behind what it binds.
        lets.extend(quote!(let #name = #name;));
    }
    if plain.is_none_or(|plain| !unused || func.body_mentions(plain)) {
        lets.extend(quote!(let #(#pattern)* = #name;));
    }
}

fn colon(token: &TokenTree) -> bool {
    is_punct(token, ':')
}
