//! A pooled variable that is returned as its value. The variable is a guard, and rustc's error
//! would not say how to get the value out.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::Error;

use crate::model::Func;
use crate::tokens::{is_punct, is_word, trees};

/// Types of the standard library, and `BytesMut`, that a buffer may have and no guard has.
const VALUES: [&str; 13] = [
    "Vec",
    "VecDeque",
    "BinaryHeap",
    "HashMap",
    "HashSet",
    "BTreeMap",
    "BTreeSet",
    "LinkedList",
    "String",
    "PathBuf",
    "OsString",
    "Box",
    "BytesMut",
];

/// The errors where the function returns one of the pooled variables itself. The name of the return
/// type decides whether a guard can be meant. A name that is bound twice is left to rustc.
pub(crate) fn returned(func: &Func, pooled: &[Ident]) -> Vec<Error> {
    let Some(body) = &func.body else { return Vec::new() };
    if !type_name(&func.output).is_some_and(|name| VALUES.contains(&name.as_str())) {
        return Vec::new();
    }
    let mut places = Vec::new();
    if let Some(value) = alone_at_the_end(&body.statements) {
        places.push(value);
    }
    let mut bound = Vec::new();
    walk(&body.statements, true, &mut places, &mut bound);
    let wrong = |place: &(String, Span)| {
        let (name, span) = place;
        let is_pooled = pooled.iter().any(|of| of == name)
            && bound.iter().filter(|of| *of == name).count() == 1;
        let message = format!(
            "`{name}` goes back to its pool when the function ends; return `{name}.detach()` to \
            take \
            it out for good, or a `memopt::remedy::PoolGuard` to give it back later"
        );
        is_pooled.then(|| Error::new(*span, message))
    };
    places.iter().filter_map(wrong).collect()
}

/// `Name` of `a::b::Name<..>`.
fn type_name(output: &TokenStream) -> Option<String> {
    let is_path = |token: &TokenTree| matches!(token, TokenTree::Ident(_)) || is_punct(token, ':');
    let path = output.clone().into_iter().take_while(is_path);
    match path.last()? {
        TokenTree::Ident(name) => Some(name.to_string()),
        _ => None,
    }
}

/// The variable that is the value of a block.
fn alone_at_the_end(statements: &[TokenTree]) -> Option<(String, Span)> {
    let (last, before) = statements.split_last()?;
    let begins = before
        .last()
        .is_none_or(|token| is_punct(token, ';') || matches!(token, TokenTree::Group(_)));
    match last {
        TokenTree::Ident(name) if begins => Some((name.to_string(), name.span())),
        _ => None,
    }
}

/// Adds what `return name;` returns, outside of closures and async blocks, and every name that a
/// `let` binds.
fn walk(
    tokens: &[TokenTree],
    leaves: bool,
    places: &mut Vec<(String, Span)>,
    bound: &mut Vec<String>,
) {
    let leaves =
        leaves && !tokens.iter().any(|token| is_punct(token, '|') || is_word(token, "async"));
    for (at, token) in tokens.iter().enumerate() {
        match (token, &tokens[at + 1..]) {
            (word, [TokenTree::Ident(name), end, ..])
                if leaves && is_word(word, "return") && is_punct(end, ';') =>
            {
                places.push((name.to_string(), name.span()));
            }
            (word, [mutable, TokenTree::Ident(name), ..])
                if is_word(word, "let") && is_word(mutable, "mut") =>
            {
                bound.push(name.to_string());
            }
            (word, [TokenTree::Ident(name), ..]) if is_word(word, "let") => {
                bound.push(name.to_string());
            }
            (TokenTree::Group(group), rest) => {
                let inside = trees(group.stream());
                // `Some(name) =>`, `if let Some(name) = ..`
                if rest.first().is_some_and(|next| is_punct(next, '=')) {
                    bound.extend(inside.iter().filter_map(|token| match token {
                        TokenTree::Ident(name) => Some(name.to_string()),
                        _ => None,
                    }));
                }
                walk(&inside, leaves, places, bound);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::returned;
    use crate::model::Item;
    use proc_macro2::{Ident, Span};

    /// Places where `buffer` is returned and should not be.
    fn wrong(source: &str) -> usize {
        let Item::Func(func) = Item::parse(source.parse().unwrap()) else { panic!("{source}") };
        returned(&func, &[Ident::new("buffer", Span::call_site())]).len()
    }

    #[test]
    fn a_guard_where_a_value_is_asked_for_is_found() {
        assert_eq!(
            wrong("fn f() -> Vec<u8> { let mut buffer = Vec::new(); buffer.push(1); buffer }"),
            1
        );
        assert_eq!(
            wrong("fn f() -> String { let buffer = x(); if y { return buffer; } buffer }"),
            2
        );
        assert_eq!(
            wrong("fn f() -> std::vec::Vec<u8> { let buffer = x(); for _ in y {} buffer }"),
            1
        );
    }

    #[test]
    fn what_may_be_meant_is_left_to_the_compiler() {
        for source in [
            "fn f() -> PoolGuard<Vec<u8>> { let buffer = x(); buffer }",
            "fn f() -> impl Deref<Target = [u8]> { let buffer = x(); buffer }",
            "fn f() -> Vec<u8> { let buffer = x(); buffer.detach() }",
            "fn f() -> Vec<u8> { let buffer = x(); let buffer = buffer.detach(); buffer }",
            "fn f() -> Vec<u8> { let buffer = x(); let other = y; other }",
            "fn f() -> Vec<u8> { let buffer = x(); g(|| { return buffer; }) }",
            "fn f() -> Vec<u8> { let buffer = x(); if let Some(buffer) = y { return buffer; } z }",
            "fn f() -> Vec<u8> { let buffer = x(); match y { Some(buffer) => { return buffer; } \
            None => z } }",
            "fn f() -> usize { let buffer = x(); buffer }",
            "fn f() { let buffer = x(); }",
        ] {
            assert_eq!(wrong(source), 0, "{source}");
        }
    }
}
