//! Where the expression before a `.` begins, read backwards, and whether it leaves temporaries.

use proc_macro2::{Delimiter, Group, Spacing, TokenTree};

use crate::tokens::{invisible, is, is_punct, trees, word};

/// Words that no path goes through and no value is named by.
const KEYWORDS: [&str; 22] = [
    "as", "async", "await", "break", "const", "continue", "else", "fn", "for", "if", "in", "let",
    "loop", "match", "move", "mut", "ref", "return", "static", "unsafe", "where", "while",
];

pub(super) fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word)
}

/// Where the postfix expression that ends with the tokens begins: `a.b(c)?` of `x = & a.b(c)?`.
/// `None` where it is not certain.
pub(super) fn start(tokens: &[TokenTree]) -> Option<usize> {
    let mut end = tokens.len();
    loop {
        let last = end.checked_sub(1)?;
        match &tokens[last] {
            TokenTree::Punct(mark) if mark.as_char() == '?' => end = last,
            // `x.0`, a literal
            TokenTree::Literal(_) => match field_of(tokens, last) {
                Some(before) => end = before,
                None => return Some(last),
            },
            TokenTree::Ident(name) => match field_of(tokens, last) {
                Some(before) => end = before,
                None if is_keyword(&name.to_string()) => return None,
                None => return path(tokens, last),
            },
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                match field_of(tokens, last) {
                    Some(before) => end = before,
                    None => return Some(last),
                }
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                return block(tokens, last);
            }
            // `f(x)`, `v[i]`, `m!(x)`, `(x)`
            TokenTree::Group(_) => match called(tokens, last)? {
                Called::Value(behind) => end = behind,
                Called::Macro(name) => return path(tokens, name),
                Called::Nothing => return Some(last),
            },
            TokenTree::Punct(_) => return None,
        }
    }
}

/// Behind what the field or method at `at` is of: the place of the dot.
fn field_of(tokens: &[TokenTree], at: usize) -> Option<usize> {
    let dot = at.checked_sub(1)?;
    let range = dot > 0 && is_joint(&tokens[dot - 1], '.');
    (is(tokens, dot, '.') && !range).then_some(dot)
}

fn is_joint(token: &TokenTree, wanted: char) -> bool {
    matches!(token, TokenTree::Punct(punct)
        if punct.as_char() == wanted && punct.spacing() == Spacing::Joint)
}

/// What the brackets at some place are the arguments of.
enum Called {
    /// A value, which ends before this place.
    Value(usize),
    /// A macro, whose name is here.
    Macro(usize),
    /// They are no arguments.
    Nothing,
}

fn called(tokens: &[TokenTree], at: usize) -> Option<Called> {
    let Some(before) = at.checked_sub(1) else { return Some(Called::Nothing) };
    Some(match &tokens[before] {
        TokenTree::Ident(name) if is_keyword(&name.to_string()) => Called::Nothing,
        // Behind a block a statement may begin.
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => return None,
        TokenTree::Ident(_) | TokenTree::Group(_) | TokenTree::Literal(_) => Called::Value(at),
        TokenTree::Punct(mark) => match mark.as_char() {
            '?' => Called::Value(at),
            '!' => match before.checked_sub(1).map(|name| (name, word(tokens, name))) {
                Some((name, text)) if !text.is_empty() && !is_keyword(&text) => Called::Macro(name),
                _ => Called::Nothing,
            },
            // `f::<T>(x)`
            '>' => match turbofish(tokens, before) {
                Some(colons) => Called::Value(colons),
                None => Called::Nothing,
            },
            _ => Called::Nothing,
        },
    })
}

/// The place of the `::` of the `::<..>` that ends at `close`.
fn turbofish(tokens: &[TokenTree], close: usize) -> Option<usize> {
    let open = opening(tokens, close)?;
    (open >= 2 && is(tokens, open - 1, ':') && is(tokens, open - 2, ':')).then(|| open - 2)
}

/// The `<` that the `>` at `close` closes.
fn opening(tokens: &[TokenTree], close: usize) -> Option<usize> {
    let mut depth = 0usize;
    for at in (0..=close).rev() {
        let arrow = at > 0 && (is_joint(&tokens[at - 1], '-') || is_joint(&tokens[at - 1], '='));
        if is(tokens, at, '>') && !arrow {
            depth += 1;
        } else if is(tokens, at, '<') {
            depth = depth.checked_sub(1)?;
            if depth == 0 {
                return Some(at);
            }
        } else if is(tokens, at, ';') {
            return None;
        }
    }
    None
}

/// Where the path begins whose last name is at `last`.
fn path(tokens: &[TokenTree], last: usize) -> Option<usize> {
    let mut at = last;
    while at >= 2 && is(tokens, at - 1, ':') && is(tokens, at - 2, ':') {
        let colons = at - 2;
        let Some(before) = colons.checked_sub(1) else { return Some(colons) };
        let name = word(tokens, before);
        at = if !name.is_empty() && !is_keyword(&name) {
            before
        } else if is(tokens, before, '>') {
            let open = opening(tokens, before)?;
            match turbofish(tokens, before) {
                // `a::<T>::b`
                Some(colons) => colons.checked_sub(1)?,
                // `<T as U>::b`
                None => return Some(open),
            }
        } else if invisible(&tokens[before]).is_some() {
            before
        } else {
            return Some(colons);
        };
    }
    Some(at)
}

/// Where the block that ends here begins. Before a `match` or a struct's braces anything may stand.
fn block(tokens: &[TokenTree], brace: usize) -> Option<usize> {
    let Some(before) = brace.checked_sub(1) else { return Some(brace) };
    match &tokens[before] {
        TokenTree::Ident(unsafety) if unsafety == "unsafe" || unsafety == "async" => Some(before),
        TokenTree::Ident(name) if name == "move" => {
            before.checked_sub(1).filter(|&at| word(tokens, at) == "async")
        }
        TokenTree::Punct(mark) if matches!(mark.as_char(), ';' | '=' | ',') => Some(brace),
        TokenTree::Punct(mark) if mark.as_char() == '!' => {
            path(tokens, before.checked_sub(1).filter(|&at| !word(tokens, at).is_empty())?)
        }
        _ => None,
    }
}

/// Whether the expression leaves nothing behind that is dropped later than it: a call of plain
/// arguments, a variable.
pub(super) fn is_simple(tokens: &[TokenTree]) -> bool {
    let (called, arguments) = match tokens.split_last() {
        Some((TokenTree::Group(group), called)) if group.delimiter() == Delimiter::Parenthesis => {
            (called, Some(group))
        }
        _ => (tokens, None),
    };
    let is_called = is_place(called) || arguments.is_some() && is_plain_path(called);
    is_called && arguments.is_none_or(are_simple)
}

fn are_simple(arguments: &Group) -> bool {
    let tokens = trees(arguments.stream());
    tokens.split(|token| is_punct(token, ',')).all(|argument| match argument {
        [] | [TokenTree::Literal(_)] => true,
        [and, TokenTree::Ident(mutable), place @ ..] if is_punct(and, '&') && mutable == "mut" => {
            is_place(place)
        }
        [and, place @ ..] if is_punct(and, '&') => {
            is_place(place) || matches!(place, [TokenTree::Literal(_)])
        }
        argument => is_simple(argument),
    })
}

/// `a`, `a.b.0`
fn is_place(tokens: &[TokenTree]) -> bool {
    let name = |token: &TokenTree| match token {
        TokenTree::Ident(name) => !is_keyword(&name.to_string()),
        TokenTree::Literal(_) => true,
        _ => false,
    };
    let field =
        |pair: &[TokenTree]| matches!(pair, [dot, field] if is_punct(dot, '.') && name(field));
    match tokens.split_first() {
        Some((TokenTree::Ident(first), rest)) => {
            !is_keyword(&first.to_string()) && rest.chunks(2).all(field)
        }
        _ => false,
    }
}

/// `a::b::<C>`
fn is_plain_path(tokens: &[TokenTree]) -> bool {
    let plain = |token: &TokenTree| match token {
        TokenTree::Ident(name) => !is_keyword(&name.to_string()),
        TokenTree::Punct(mark) => matches!(mark.as_char(), ':' | '<' | '>' | ',' | '&' | '\''),
        _ => false,
    };
    !tokens.is_empty() && !is(tokens, 0, '<') && tokens.iter().all(plain)
}
