//! Rust files that a program reads as text: it is to see them as the user wrote them.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::ops::Range;

/// Finds the literals in `include_str!("main.rs")` and `include_bytes!(..)`, with their quotes,
/// also in the arguments of other macros. A path that begins at the root needs no change.
pub(super) fn included(tokens: TokenStream, found: &mut Vec<Range<usize>>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        let is_called = at >= 2
            && matches!(&tokens[at - 1], TokenTree::Punct(mark) if mark.as_char() == '!')
            && matches!(&tokens[at - 2], TokenTree::Ident(name)
                if name == "include_str" || name == "include_bytes");
        match group.stream().into_iter().next() {
            Some(TokenTree::Literal(name)) if is_called => {
                let text = name.to_string();
                let is_source = text.starts_with('"') && text.ends_with(".rs\"");
                if is_source && !text.starts_with("\"/") && !text.contains(':') {
                    found.push(name.span().byte_range());
                }
            }
            _ if group.delimiter() != Delimiter::None => included(group.stream(), found),
            _ => {}
        }
    }
}
