//! Type names of the compiler as a person writes them.

use std::fmt::Write as _;

/// Crates whose types are not the user's.
const STANDARD: [&str; 3] = ["core", "alloc", "std"];

/// How much a name says of the trait whose method it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Detail {
    /// Nothing, where the method is of the user's own type: `app::A::run`.
    Short,
    /// The trait's name: `app::A::Start::run`.
    Trait,
    /// Every path is whole: `app::A::app::Start::run`.
    Paths,
}

impl Detail {
    /// From the shortest name to the longest.
    pub(in super::super) const ALL: [Self; 3] = [Self::Short, Self::Trait, Self::Paths];
}

/// The name with brackets and colons in its character literals escaped: `C<'<'>` is
/// `C<'\u{3c}'>`.
pub(super) fn plain_characters(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(at) = rest.find('\'') {
        let (before, literal) = rest.split_at(at);
        out.push_str(before);
        let mut chars = literal.chars().skip(1);
        let end = match (chars.next(), chars.next()) {
            (Some('\\'), _) => literal[3.min(literal.len())..].find('\'').map(|at| at + 4),
            (Some(c), Some('\'')) => Some(2 + c.len_utf8()),
            // A lifetime.
            _ => None,
        };
        let (literal, behind) = literal.split_at(end.unwrap_or(1));
        match literal.chars().nth(1) {
            Some(c) if end.is_some() && matches!(c, '<' | '>' | ':' | '(' | ')' | ',' | ' ') => {
                // Writing to a string cannot fail.
                _ = write!(out, "'\\u{{{:x}}}'", u32::from(c));
            }
            _ => out.push_str(literal),
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// The path of an item, without what is ours and without what the compiler adds.
///
/// A method of the user's type is below the type, and below the trait too where that tells
/// implementations apart. One of another type is below the trait: `app::Go for Vec<u8>::go`.
pub(super) fn readable(name: &str, detail: Detail) -> String {
    let open = match name.strip_prefix('<') {
        Some(_) => Some(0),
        None => top_level(name, "::<impl ").map(|at| at + 2),
    };
    let Some(open) = open else { return path(name) };
    let Some(close) = closing(&name[open..]) else { return path(name) };
    let inner = &name[open + 1..open + close];
    let inner = inner.strip_prefix("impl ").unwrap_or(inner);
    let rest = path(name[open + close + 1..].trim_start_matches("::"));
    let (of, implemented) = match (top_level(inner, " as "), top_level(inner, " for ")) {
        (Some(at), _) => (&inner[..at], Some(&inner[at + 4..])),
        (None, Some(at)) => (&inner[at + 5..], Some(&inner[..at])),
        (None, None) => (inner, None),
    };
    let worded = |text: &str| match detail {
        Detail::Paths => text.to_owned(),
        Detail::Short | Detail::Trait => short(text),
    };
    let base = match implemented {
        Some(implemented) if !is_own(of) => format!("{} for {}", path(implemented), worded(of)),
        Some(implemented) if detail != Detail::Short || tells(implemented, &rest) => {
            format!("{}::{}", path(of), worded(implemented))
        }
        _ => path(of),
    };
    if rest.is_empty() { base } else { format!("{base}::{rest}") }
}

/// Whether a type is a path into a crate of the user's.
fn is_own(of: &str) -> bool {
    let first = of.split("::").next().unwrap_or_default();
    let is_name = first.chars().all(|c| c.is_alphanumeric() || c == '_');
    is_name && first.len() < of.len() && !STANDARD.contains(&first)
}

/// Whether the trait is part of the name: it has arguments, or many have a method of this name.
fn tells(implemented: &str, method: &str) -> bool {
    implemented.contains('<') || implemented.starts_with("core::fmt::") && method == "fmt"
}

/// A path without our own segments and those of closures, and without arguments that only stand
/// for parameters.
fn path(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for segment in segments(name) {
        if segment.is_empty()
            || segment.starts_with("{{")
            || segment.starts_with("__MEMOPT")
            || segment.starts_with("__memopt")
        {
            continue;
        }
        if !out.is_empty() {
            out.push_str("::");
        }
        let (name, arguments) = segment.split_at(segment.find('<').unwrap_or(segment.len()));
        out.push_str(name);
        if !arguments.trim_matches(['<', '>']).split(", ").all(is_parameter) {
            out.push_str(&short(arguments));
        }
    }
    out
}

/// `T`, `_`, `'a`, and nothing at all
fn is_parameter(argument: &str) -> bool {
    let is_name = argument.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '\'');
    let is_literal = argument.len() > 1 && argument.ends_with('\'');
    is_name && !is_literal && !argument.starts_with(|c: char| c.is_lowercase() || c.is_numeric())
}

/// The text with every path in it reduced to its last name.
fn short(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut name_starts = 0;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == ':' && chars.peek() == Some(&':') {
            chars.next();
            out.truncate(name_starts);
        } else {
            out.push(c);
            if !(c.is_alphanumeric() || c == '_') {
                name_starts = out.len();
            }
        }
    }
    out
}

/// Splits on the `::` outside of brackets.
fn segments(name: &str) -> Vec<&str> {
    let (mut out, mut rest) = (Vec::new(), name);
    while let Some(at) = top_level(rest, "::") {
        out.push(&rest[..at]);
        rest = &rest[at + 2..];
    }
    out.push(rest);
    out
}

/// Index of the `>` that closes the `<` at the start.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        match c {
            '<' => depth += 1,
            '>' if before != '-' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
        before = c;
    }
    None
}

/// Index of `word` outside every bracket.
fn top_level(text: &str, word: &str) -> Option<usize> {
    let mut depth = 0i32;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        if depth == 0 && text[at..].starts_with(word) {
            return Some(at);
        }
        match c {
            '<' | '(' | '[' => depth += 1,
            '>' if before == '-' => {}
            '>' | ')' | ']' => depth -= 1,
            _ => {}
        }
        before = c;
    }
    None
}
