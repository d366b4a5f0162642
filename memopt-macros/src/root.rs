//! Where the expansion finds memopt: the argument `crate = path` that every attribute takes, else
//! what the package calls it.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::quote;
use syn::{Error, Result};

use crate::fallback;
use crate::manifest::{self, Called};
use crate::tokens::{is, is_punct, is_word, refilled, trees};

/// Expands with the arguments that are left, and names memopt as asked for.
pub(crate) fn rooted(
    args: TokenStream,
    item: &TokenStream,
    expand: impl FnOnce(TokenStream) -> TokenStream,
) -> TokenStream {
    match take(args) {
        Ok((args, Some(root))) => moved(expand(args), &root),
        Ok((args, None)) => match manifest::called() {
            Called::Memopt => expand(args),
            Called::Renamed(name) => {
                let name = proc_macro2::Ident::new(&name, Span::call_site());
                moved(expand(args), &quote!(::#name))
            }
            Called::Missing => fallback::item(&missing(), item),
        },
        Err(error) => fallback::item(&error, item),
    }
}

/// What a derive writes.
pub(crate) fn derived(tokens: TokenStream) -> TokenStream {
    rooted(TokenStream::new(), &TokenStream::new(), |_| tokens)
}

fn missing() -> Error {
    let message = "this package has no dependency called `memopt`; add one, or say which crate \
        re-exports it: `crate = facade::memopt`";
    Error::new(Span::call_site(), message)
}

/// Takes `crate = path` out of the arguments.
fn take(args: TokenStream) -> Result<(TokenStream, Option<TokenStream>)> {
    let tokens = trees(args);
    let Some(key) = (0..tokens.len())
        .find(|&at| is_word(&tokens[at], "crate") && (at == 0 || is(&tokens, at - 1, ',')))
    else {
        return Ok((tokens.into_iter().collect(), None));
    };
    let end = (key..tokens.len()).find(|&at| is(&tokens, at, ',')).unwrap_or(tokens.len());
    let path = tokens.get(key + 2..end).unwrap_or_default();
    let in_path = |token: &TokenTree| match token {
        TokenTree::Ident(_) => true,
        token => is_punct(token, ':'),
    };
    if !is(&tokens, key + 1, '=') || path.is_empty() || !path.iter().all(in_path) {
        let message = "`crate` takes the path of memopt; write `crate = facade::memopt`";
        return Err(Error::new(tokens[key].span(), message));
    }
    let rest = tokens[..key].iter().chain(tokens[end..].iter().skip(1)).cloned().collect();
    Ok((rest, Some(path.iter().cloned().collect())))
}

/// The tokens with `::memopt::__private` found at `root`.
fn moved(tokens: TokenStream, root: &TokenStream) -> TokenStream {
    let tokens = trees(tokens);
    let mut out = TokenStream::new();
    let mut at = 0;
    while at < tokens.len() {
        let ours = tokens[at..].len() >= 6
            && is(&tokens, at, ':')
            && is(&tokens, at + 1, ':')
            && is_word(&tokens[at + 2], "memopt")
            && is_word(&tokens[at + 5], "__private");
        if ours {
            // The path is where the name was that it stands for: places are read from it.
            let place = tokens[at + 2].span();
            out.extend(root.clone().into_iter().map(|mut token| {
                token.set_span(token.span().located_at(place));
                token
            }));
            at += 3;
        }
        out.extend([match &tokens[at] {
            TokenTree::Group(group) => TokenTree::Group(inside(group, root)),
            token => token.clone(),
        }]);
        at += 1;
    }
    out
}

fn inside(group: &Group, root: &TokenStream) -> Group {
    refilled(group, moved(group.stream(), root))
}

#[cfg(test)]
mod tests {
    use super::{moved, take};

    fn taken(args: &str) -> Option<(String, String)> {
        let (rest, root) = take(args.parse().unwrap()).ok()?;
        let plain = |tokens: proc_macro2::TokenStream| tokens.to_string().replace(' ', "");
        Some((plain(rest), root.map(plain).unwrap_or_default()))
    }

    #[test]
    fn the_path_is_taken_out_of_the_list() {
        let found = |args, rest: &str, root: &str| {
            assert_eq!(taken(args), Some((rest.to_owned(), root.to_owned())), "{args}");
        };
        found("crate = a::b", "", "a::b");
        found("name = \"x\", crate = ::a, skip", "name=\"x\",skip", "::a");
        found("name = \"crate = b\"", "name=\"crate=b\"", "");
        for args in ["crate", "crate = ", "crate = \"a\"", "crate = a < b"] {
            assert_eq!(taken(args), None, "{args}");
        }
    }

    #[test]
    fn what_is_ours_moves_and_nothing_else() {
        let tokens = "f ( :: memopt :: __private :: enter ( a :: memopt :: x ) )".parse().unwrap();
        assert_eq!(
            moved(tokens, &"b :: c".parse().unwrap()).to_string().replace(' ', ""),
            "f(b::c::__private::enter(a::memopt::x))"
        );
    }
}
