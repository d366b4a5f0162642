//! The return type of a function whose rows can be given out one by one.

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;

use crate::tokens::{Angles, flatten, is_punct};

/// `Vec<T>`, or `Result<Vec<T>, E>` and aliases of it such as `io::Result<Vec<T>>`.
pub(crate) struct Rows {
    /// `T`
    pub(crate) item: TokenStream,
    /// What is left to return: `()`, or `Result<(), E>`.
    pub(crate) end: TokenStream,
    /// Whether it is a `Result`.
    pub(crate) fallible: bool,
}

impl Rows {
    pub(crate) fn parse(output: &TokenStream) -> Option<Self> {
        let tokens = flatten(output.clone());
        let (name, open, arguments) = applied(&tokens)?;
        if name == "Vec" {
            return Some(Self { item: sole(arguments)?, end: quote!(()), fallible: false });
        }
        if !name.ends_with("Result") {
            return None;
        }
        let comma = first_comma(arguments).unwrap_or(arguments.len());
        let (first, rest) = arguments.split_at(comma);
        let first: Vec<TokenTree> = flatten(first.iter().cloned().collect());
        let (inner, _, item) = applied(&first)?;
        if inner != "Vec" {
            return None;
        }
        let (path, close) = (&tokens[..=open], tokens.last());
        Some(Self { item: sole(item)?, end: quote!(#(#path)* () #(#rest)* #close), fallible: true })
    }
}

/// `a::b::Name<arguments>`: the name, the place of the `<`, and what stands between the brackets.
fn applied(tokens: &[TokenTree]) -> Option<(String, usize, &[TokenTree])> {
    let open = tokens.iter().position(|token| is_punct(token, '<'))?;
    let plain = |token: &TokenTree| matches!(token, TokenTree::Ident(_)) || is_punct(token, ':');
    // `Vec::<T>` is a type too.
    let name = tokens[..open].iter().rfind(|token| !is_punct(token, ':'))?;
    let ends = tokens.last().is_some_and(|last| is_punct(last, '>'));
    if !ends || !tokens[..open].iter().all(plain) {
        return None;
    }
    let arguments = &tokens[open + 1..tokens.len() - 1];
    // `A<B>::C<D>` is not an application of `A`.
    let mut angles = Angles::default();
    for token in arguments {
        if angles.closed() && is_punct(token, '>') && !angles.after_arrow(token) {
            return None;
        }
        angles.feed(token);
    }
    Some((name.to_string(), open, arguments))
}

/// The one argument; an allocator as a second has no place in an iterator.
fn sole(arguments: &[TokenTree]) -> Option<TokenStream> {
    match first_comma(arguments) {
        None if !arguments.is_empty() => Some(arguments.iter().cloned().collect()),
        Some(comma) if comma + 1 == arguments.len() => {
            Some(arguments[..comma].iter().cloned().collect())
        }
        _ => None,
    }
}

fn first_comma(arguments: &[TokenTree]) -> Option<usize> {
    let mut angles = Angles::default();
    arguments.iter().position(|token| {
        let found = angles.closed() && is_punct(token, ',');
        angles.feed(token);
        found
    })
}

#[cfg(test)]
mod tests {
    use super::Rows;

    fn rows(source: &str) -> Option<(String, String, bool)> {
        let rows = Rows::parse(&source.parse().unwrap())?;
        let plain = |tokens: proc_macro2::TokenStream| tokens.to_string().replace(' ', "");
        Some((plain(rows.item), plain(rows.end), rows.fallible))
    }

    #[test]
    fn vectors_alone_and_in_results_are_known() {
        let known = |source, item: &str, end: &str, fallible| {
            assert_eq!(rows(source), Some((item.to_owned(), end.to_owned(), fallible)), "{source}");
        };
        known("Vec<u8>", "u8", "()", false);
        known("::std::vec::Vec<Box<dyn Fn(u8) -> (A, B)>>", "Box<dynFn(u8)->(A,B)>", "()", false);
        known("Result<Vec<(A, B<C, D>)>, E<F>>", "(A,B<C,D>)", "Result<(),E<F>>", true);
        known("std::io::Result<Vec<T>>", "T", "std::io::Result<()>", true);
        known(
            "Result<Vec<&'a str>, Box<dyn Error + 'a>,>",
            "&'astr",
            "Result<(),Box<dynError+'a>,>",
            true,
        );
    }

    #[test]
    fn other_types_are_not() {
        for source in [
            "",
            "u8",
            "Rows",
            "Option<Vec<u8>>",
            "Result<u8, Vec<u8>>",
            "Vec<u8, A>",
            "Vec<A>::B<C>",
        ] {
            assert_eq!(rows(source), None, "{source}");
        }
        for source in ["&Vec<u8>", "Vec<>", "[Vec<u8>; 2]", "(Vec<u8>, u8)", "HashMap<u8, Vec<u8>>"]
        {
            assert_eq!(rows(source), None, "{source}");
        }
    }
}
