//! Where an expression stands, and what it is made of.

use crate::detect::source::tokens::{Token, closing, opening};

/// Whether the function at token `i`, which belongs to `String` or the like, is handed to a method
/// that calls it when something failed: `map_err_context(String::new)`.
pub(super) fn for_a_failure(tokens: &[Token<'_>], i: usize) -> bool {
    let before = |back: usize| i.checked_sub(back).map_or("", |at| tokens[at].text);
    let method = before(5);
    let fails =
        method.contains("err") || method.ends_with("or_else") || method.ends_with("context");
    before(4) == "(" && fails
}

/// Whether what opens at token `i` is run when something failed: the value of an `Err`, what a
/// macro ends the program with, the closure of `map_err(|error| ..)` and the like.
pub(super) fn fails(tokens: &[Token<'_>], i: usize) -> bool {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text);
    let before = |back: usize| i.checked_sub(back).map_or("", text);
    let macros = ["anyhow", "bail", "panic", "todo", "unimplemented", "unreachable"];
    if before(1) == "Err" || (before(1) == "!" && macros.contains(&before(2))) {
        return true;
    }
    let method = before(1);
    let of_failures = method.starts_with("map_err")
        || matches!(method, "ok_or_else" | "with_context" | "inspect_err");
    before(2) == "." && of_failures && matches!(text(i + 1), "|" | "move")
}

/// Whether the arguments that open at token `i` are a byte: a reader is split, not a text.
pub(super) fn at_a_byte(tokens: &[Token<'_>], i: usize) -> bool {
    let Some(close) = closing(tokens, i) else { return false };
    let arguments = &tokens[i..close];
    let byte = |pair: &[Token<'_>]| {
        (pair[0].text == "b" && pair[1].text.starts_with('\''))
            || (pair[0].text == "as" && pair[1].text == "u8")
    };
    arguments.windows(2).any(byte) && !arguments.iter().any(|token| token.text == "|")
}

/// Whether token `i` is `cloned` of an iterator, which makes one for each element.
pub(super) fn of_each(tokens: &[Token<'_>], i: usize) -> bool {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text);
    if text(i) != "cloned" || i < 2 || text(i - 2) != ")" {
        return false;
    }
    let method = opening(tokens, i - 2).and_then(|open| open.checked_sub(1)).map_or("", text);
    !matches!(method, "get" | "first" | "last" | "next" | "peek" | "min" | "max" | "as_ref")
}

/// Whether the list that opens at token `i` is `[value; count]`.
pub(super) fn of_one_value(tokens: &[Token<'_>], i: usize) -> bool {
    let mut depth = 0usize;
    for token in &tokens[i.min(tokens.len())..] {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            ";" if depth == 1 => return true,
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    false
}
