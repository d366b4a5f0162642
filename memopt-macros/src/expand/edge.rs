//! A return edge that is never taken.
//!
//! An `async` block has no place to write its type. Without it, rustc checks `?`, `.into()` and the
//! last line without the return type of the function, and its errors point into generated code. A
//! `return` of the right type as the first statement of the block tells rustc the type.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::quote_spanned;

use crate::model::Func;
use crate::tokens::{Angles, is_punct, refilled, trees};

/// `if let Some(value) = None::<Output> { return value; }`, or nothing where the type cannot be
/// written in a body.
pub(super) fn never_taken(func: &Func) -> TokenStream {
    returning(&func.output, func.name.span())
}

/// The same for a body whose type is not that of its function. `fallback` is the place in messages
/// where `output` is empty.
pub(super) fn returning(output: &TokenStream, fallback: Span) -> TokenStream {
    let written = erase(output.clone());
    // Written by us, located at the user's return type.
    let first = output.clone().into_iter().next().map_or(fallback, |first| first.span());
    let here = Span::mixed_site().located_at(first);
    match written.to_string().as_str() {
        "" | "()" => quote_spanned!(here=> if false { return; }),
        // `None::<!>` is not stable, and `impl Trait` alone erases to nothing known.
        "!" | "_" => TokenStream::new(),
        _ => quote_spanned! {here=>
            if let ::memopt::__private::core::option::Option::Some(__memopt_return) =
                ::memopt::__private::core::option::Option::None::<#written>
            {
                return __memopt_return;
            }
        },
    }
}

/// The type with every `impl Bounds` in it replaced by `_`.
pub(super) fn erase(tokens: TokenStream) -> TokenStream {
    let mut erased = TokenStream::new();
    let mut rest = trees(tokens).into_iter().peekable();
    while let Some(token) = rest.next() {
        match token {
            TokenTree::Ident(word) if word == "impl" => {
                let mut angles = Angles::default();
                while let Some(next) = rest.peek() {
                    let ends =
                        is_punct(next, ',') || is_punct(next, '>') && !angles.after_arrow(next);
                    if ends && angles.closed() {
                        break;
                    }
                    angles.feed(next);
                    rest.next();
                }
                erased.extend([TokenTree::Ident(Ident::new("_", word.span()))]);
            }
            TokenTree::Group(group) => {
                erased.extend([TokenTree::Group(refilled(&group, erase(group.stream())))]);
            }
            token => erased.extend([token]),
        }
    }
    erased
}

#[cfg(test)]
mod tests {
    use super::erase;

    fn erased(source: &str) -> String {
        erase(source.parse().unwrap()).to_string().replace(' ', "")
    }

    #[test]
    fn impl_trait_becomes_a_hole() {
        assert_eq!(erased("impl Iterator<Item = (u8, u8)> + 'a"), "_");
        assert_eq!(erased("Result<impl Fn(u8) -> Vec<u8> + Send, Error>"), "Result<_,Error>");
        assert_eq!(erased("(impl Sized, Vec<impl Sized>)"), "(_,Vec<_>)");
        assert_eq!(erased("Vec<u8>"), "Vec<u8>");
    }
}
