//! A body that ends in a future: `Box::pin(async move { .. })`, `async move { .. }` or
//! `async move { .. }.boxed()`.
//!
//! This is what async methods look like after `#[async_trait]`. Such a function only builds the
//! future; what it is measured for happens when the future is polled. Only the last expression is
//! looked at: a future built in a branch or kept in a variable is not found.

use crate::tokens::{is_punct, trees};
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// What takes the place of the future, which is given from `async` on.
pub(super) type Rewrite<'a> = dyn FnMut(Vec<TokenTree>) -> TokenStream + 'a;

/// The statements with the future at their end rewritten, or `None` if they do not end in one.
pub(super) fn track(statements: &[TokenTree], rewrite: &mut Rewrite<'_>) -> Option<TokenStream> {
    let (before, last) = statements.split_at(statements.len().checked_sub(1)?);
    match &last[0] {
        TokenTree::Group(braces) if braces.delimiter() == Delimiter::Brace => {
            bare(before, braces, rewrite)
        }
        TokenTree::Group(parens) if parens.delimiter() == Delimiter::Parenthesis => {
            boxed_inside(before, parens, rewrite).or_else(|| boxed_behind(before, parens, rewrite))
        }
        _ => None,
    }
}

/// `async move { .. }`
fn bare(before: &[TokenTree], braces: &Group, rewrite: &mut Rewrite<'_>) -> Option<TokenStream> {
    let start = keywords(before)?;
    let (front, keywords) = before.split_at(start);
    let future = keywords.iter().cloned().chain([TokenTree::Group(braces.clone())]);
    let tracked = rewrite(future.collect());
    Some(front.iter().cloned().chain(tracked).collect())
}

/// `Box::pin(async move { .. })`
fn boxed_inside(
    before: &[TokenTree],
    parens: &Group,
    rewrite: &mut Rewrite<'_>,
) -> Option<TokenStream> {
    let [.., TokenTree::Ident(owner), colon, second, TokenTree::Ident(pin)] = before else {
        return None;
    };
    if owner != "Box" || pin != "pin" || !is_punct(colon, ':') || !is_punct(second, ':') {
        return None;
    }
    let mut inside = trees(parens.stream());
    inside.pop_if(|last| is_punct(last, ','));
    let (TokenTree::Group(braces), keywords_before) = inside.split_last()? else { return None };
    if braces.delimiter() != Delimiter::Brace || keywords(keywords_before)? != 0 {
        return None;
    }
    let mut group = Group::new(Delimiter::Parenthesis, rewrite(inside));
    group.set_span(parens.span());
    Some(before.iter().cloned().chain([TokenTree::Group(group)]).collect())
}

/// `async move { .. }.boxed()`, of the futures crates
fn boxed_behind(
    before: &[TokenTree],
    parens: &Group,
    rewrite: &mut Rewrite<'_>,
) -> Option<TokenStream> {
    let [front @ .., TokenTree::Group(braces), dot, TokenTree::Ident(method)] = before else {
        return None;
    };
    let boxes = method == "boxed" || method == "boxed_local";
    if !boxes
        || !is_punct(dot, '.')
        || !parens.stream().is_empty()
        || braces.delimiter() != Delimiter::Brace
    {
        return None;
    }
    let mut tokens = bare(front, braces, rewrite)?;
    tokens.extend([
        dot.clone(),
        TokenTree::Ident(method.clone()),
        TokenTree::Group(parens.clone()),
    ]);
    Some(tokens)
}

/// Where the `async` or `async move` at the end begins. One that belongs to a closure
/// (`|x| async { .. }`) is part of another value.
fn keywords(tokens: &[TokenTree]) -> Option<usize> {
    let is =
        |at: usize, word: &str| matches!(&tokens[at], TokenTree::Ident(ident) if ident == word);
    let end = tokens.len();
    let start = if end >= 1 && is(end - 1, "async") {
        end - 1
    } else if end >= 2 && is(end - 1, "move") && is(end - 2, "async") {
        end - 2
    } else {
        return None;
    };
    match start.checked_sub(1).map(|at| &tokens[at]) {
        Some(TokenTree::Punct(before)) if before.as_char() != ';' => None,
        _ => Some(start),
    }
}

#[cfg(test)]
mod tests {
    use proc_macro2::TokenStream;
    use quote::quote;

    use super::track;
    use crate::tokens::trees;

    fn tail(source: &str) -> Option<String> {
        track(&trees(source.parse::<TokenStream>().unwrap()), &mut |future| quote!(T(#(#future)*)))
            .map(|tokens| tokens.to_string().replace(' ', ""))
    }

    #[test]
    fn finds_the_future_at_the_end() {
        let found = |source: &str, expected: &str| {
            assert_eq!(tail(source).as_deref(), Some(expected), "{source}");
        };
        found("async { 1 }", "T(async{1})");
        found("f(); async move { 1 }", "f();T(asyncmove{1})");
        found("return async { 1 }", "returnT(async{1})");
        found(
            "::std::boxed::Box::pin(async move { 1 },)",
            "::std::boxed::Box::pin(T(asyncmove{1}))",
        );
        found("async {}.boxed()", "T(async{}).boxed()");
    }

    #[test]
    fn leaves_everything_else() {
        for source in [
            "",
            "f()",
            "spawn(async {})",
            "async { 1 };",
            "|x| async { x }",
            "Box::pin(f(async {}))",
            "Box::new(async {})",
            "loop {}",
            "async {}.boxed(1)",
            "unsafe { x }",
            "x = async {}",
        ] {
            assert_eq!(tail(source), None, "{source}");
        }
    }
}
