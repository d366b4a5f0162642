//! The names at the root of the facade: what stands in `memopt::` for people to write.

use super::{Row, read};
use crate::Result;
use crate::lex::{Token, tokens};
use std::collections::BTreeSet;
use std::path::Path;

/// The row of the names, with all features on.
pub(super) fn row(root: &Path, limit: usize) -> Result<Row> {
    let found = names(&read(&root.join("memopt/src/lib.rs"))?);
    let list = found.iter().cloned().collect::<Vec<_>>().join(" ");
    Ok(Row::at_most("names at the root of memopt", found.len(), limit).with(vec![list]))
}

/// The public names of a file, without hidden ones and those of the documentation alone. A function
/// and a module of one name are one name.
fn names(source: &str) -> BTreeSet<String> {
    let tokens = tokens(source);
    let mut found = BTreeSet::new();
    let mut rest = &tokens[..];
    while !rest.is_empty() {
        let mut shown = true;
        while let [hash, ..] = rest
            && hash.is("#")
        {
            let length = through_group(rest);
            let (attribute, behind) = rest.split_at(length);
            let words: Vec<&str> = attribute.iter().filter(|t| t.is_word()).map(text).collect();
            shown &= words != ["doc", "hidden"] && !is_for_docs(&words);
            rest = behind;
        }
        let (item, behind) = rest.split_at(item_length(rest));
        rest = behind;
        if shown && item.len() > 2 && item[0].is("pub") && !item[1].is("(") {
            if item[1].is("use") {
                leaves(&item[2..], &mut found);
            } else {
                let keyword = |token: &Token| {
                    ["fn", "mod", "struct", "enum", "trait", "type"]
                        .iter()
                        .chain(&["const", "static", "macro", "union"])
                        .any(|word| token.is(word))
                };
                let is_function = item.iter().take(4).position(|token| token.is("fn"));
                let at = is_function.or_else(|| item.iter().position(keyword));
                found.extend(at.and_then(|at| item.get(at + 1)).map(|name| text(name).to_owned()));
            }
        }
    }
    found
}

/// Whether an attribute keeps its item to the documentation: `cfg(doc)`, `cfg(any(doc, doctest))`.
fn is_for_docs(words: &[&str]) -> bool {
    let [cfg, any @ .., _] = words else { return false };
    *cfg == "cfg"
        && any.iter().all(|word| ["any", "doc", "doctest"].contains(word))
        && words.last().is_some_and(|word| ["doc", "doctest"].contains(word))
}

fn text(token: &Token) -> &str {
    &token.text
}

/// The names that a `use` brings.
fn leaves(tree: &[Token], found: &mut BTreeSet<String>) {
    let mut last = None;
    let mut renamed = false;
    let mut before = "";
    for token in tree {
        if token.is_word() || token.is("*") {
            // `a::{self, b}` brings `a`, the name in front of the brace.
            if token.is("as") {
                renamed = true;
            } else if !(token.is("self") && last.is_some()) {
                last = Some((text(token), renamed));
            }
        } else if token.is(",") || token.is("}") || token.is(";") {
            if before != "}" && before != "," {
                found.extend(last.map(|(name, _)| name.to_owned()));
            }
            renamed = false;
        }
        before = text(token);
    }
}

/// The length through the first group of the tokens.
fn through_group(tokens: &[Token]) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        if ["(", "[", "{"].iter().any(|open| token.is(open)) {
            depth += 1;
        } else if [")", "]", "}"].iter().any(|close| token.is(close)) {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return at + 1;
            }
        }
    }
    tokens.len()
}

/// The length of the item that the tokens begin with, through its `;` or its braces.
fn item_length(tokens: &[Token]) -> usize {
    let is_use = tokens.iter().take(5).any(|token| token.is("use"));
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if token.is(";") {
            return at + 1;
        } else if token.is("{") || token.is("(") || token.is("[") {
            at += through_group(&tokens[at..]);
            if token.is("{") && !is_use {
                return at;
            }
        } else {
            at += 1;
        }
    }
    tokens.len()
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn public_names_are_counted_once_and_hidden_ones_are_not() {
        let source = "
            #![doc = include_str!(\"../README.md\")]
            /// Two.
            #[doc(inline)] pub use a::{Alloc, report, b::{self, c as renamed}};
            #[cfg(feature = \"tokio\")] pub use a::spawn;
            #[doc(hidden)] pub use a::__private;
            #[cfg(doc)] pub mod docs { pub mod x {} }
            #[cfg(any(doc, doctest))] pub mod guides;
            pub mod report { pub use a::Other; }
            pub(crate) use a::internal;
            use a::own;
            pub const fn function() -> u8 { 1 }
            pub struct Type<T>(T);
            fn other() {}";
        let found: Vec<_> = names(source).into_iter().collect();
        assert_eq!(found, ["Alloc", "Type", "b", "function", "renamed", "report", "spawn"]);
    }
}
