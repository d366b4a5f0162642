//! An expression as it is written, in one line.

use crate::detect::source::tokens::{Kind, Token, closing, generics, opening};

/// Columns of an expression.
const TEXT: usize = 48;

/// The expression around its telling word, as it is written.
pub(super) fn expression(source: &str, tokens: &[Token<'_>], i: usize) -> String {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text);
    // Back over the path or the receiver.
    let mut first = i;
    while first > 0 {
        match text(first - 1) {
            "." | ":" | "?" => first -= 1,
            ">" if text(first) == ":" => match generics(tokens, first - 1) {
                Some(open) => first = open,
                None => break,
            },
            ")" | "]" => match opening(tokens, first - 1) {
                Some(open) => first = open,
                None => break,
            },
            // A word or literal belongs to it where a dot, a path or a group follows.
            _ if matches!(text(first), "." | ":" | "(" | "[" | "?" | "<")
                && matches!(tokens[first - 1].kind, Kind::Word | Kind::Literal)
                && !matches!(text(first - 1), "return" | "in" | "match" | "if" | "else") =>
            {
                first -= 1;
            }
            _ => break,
        }
    }
    // On to the end of its arguments, where it is called.
    let handed_over = matches!(text(i + 1), ")" | ",");
    let open = (i..tokens.len().min(i + 12))
        .find(|at| matches!(text(*at), "(" | "["))
        .filter(|_| !handed_over);
    let last = open.and_then(|open| closing(tokens, open)).unwrap_or(i);
    let (from, to) = (tokens[first].at, tokens[last].end());
    let whole = squeeze(source.get(from..to).unwrap_or_default());
    if whole.chars().count() <= TEXT {
        return whole;
    }
    // The telling word and its arguments are the end; of what stands before, whole tokens.
    let part = |from: usize, to: usize| squeeze(source.get(from..to).unwrap_or_default());
    let tells = if i > first && text(i - 1) == "." { i - 1 } else { i };
    let tail = part(tokens[tells].at, to);
    let room = TEXT.saturating_sub(tail.chars().count() + 2);
    let fits = |at: &usize| {
        let (mut opened, mut closed) = (0, 0);
        tokens[first..=*at].iter().for_each(|token| match token.text {
            "(" | "[" | "{" => opened += 1,
            ")" | "]" | "}" => closed += 1,
            _ => {}
        });
        opened == closed && part(from, tokens[*at].end()).chars().count() <= room
    };
    if let Some(head) = (first..tells).rev().find(fits) {
        return format!("{}..{tail}", part(from, tokens[head].end()));
    }
    let all: Vec<char> = whole.chars().collect();
    if tells == first {
        return format!("{}..", all[..TEXT - 2].iter().collect::<String>());
    }
    format!("..{}", all[all.len() - (TEXT - 2)..].iter().collect::<String>())
}

/// The text in one line, every run of blanks as one.
pub(super) fn squeeze(text: &str) -> String {
    let mut line = String::new();
    for part in text.lines().map(str::trim).filter(|part| !part.is_empty()) {
        // A chain of methods goes on in the next line.
        if !line.is_empty() && !part.starts_with(['.', '?']) {
            line.push(' ');
        }
        line.push_str(&part.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    line
}
