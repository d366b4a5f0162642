//! The statements of a block, and which of them may move one of its variables. Where tokens do not
//! tell, the answer is the safe one.

use std::ops::Range;

use proc_macro2::{Delimiter, Group, TokenTree};

use crate::tokens::{called_macro, holds, is_brace, is_punct, is_word, outer_attrs, trees};

/// Macros of the standard library that borrow what they are given.
const BORROWING: [&str; 18] = [
    "print",
    "println",
    "eprint",
    "eprintln",
    "format",
    "format_args",
    "write",
    "writeln",
    "panic",
    "todo",
    "unreachable",
    "assert",
    "assert_eq",
    "assert_ne",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "matches",
];

/// Methods that consume a collection and do not begin with `into_`.
const CONSUMING: [&str; 4] = ["into", "try_into", "leak", "freeze"];

/// Where the statements behind a `let` begin and end. Where a boundary is not certain, two
/// statements count as one.
pub(crate) fn statements(tokens: &[TokenTree]) -> Vec<Range<usize>> {
    let mut statements = Vec::new();
    let mut start = 0;
    for (at, token) in tokens.iter().enumerate() {
        let ends = is_punct(token, ';')
            || is_brace(token) && is_block_like(&tokens[start..at]) && begins(tokens.get(at + 1));
        if ends {
            statements.push(start..at + 1);
            start = at + 1;
        }
    }
    if start < tokens.len() {
        statements.push(start..tokens.len());
    }
    statements
}

/// The last place behind `let name` where the variable still has its value: before the first
/// statement that may move it, else before the expression that ends the block, else at its end.
/// `None` where the block ends with a `loop`, which is left from inside only.
pub(crate) fn last_seen(tokens: &[TokenTree], name: &str) -> Option<usize> {
    let statements = statements(tokens);
    for statement in &statements {
        if may_move(&tokens[statement.clone()], name) {
            return Some(statement.start);
        }
    }
    match statements.last() {
        Some(last) if first_is(&tokens[last.clone()], &["loop"]) => None,
        Some(last) if ends_block(&tokens[last.clone()]) => Some(last.start),
        _ => Some(tokens.len()),
    }
}

/// Whether nothing may stand behind this last statement: it is the block's value, or leaves the
/// block.
fn ends_block(statement: &[TokenTree]) -> bool {
    if first_is(statement, &["return", "break", "continue"]) {
        return true;
    }
    if statement.last().is_some_and(|last| is_punct(last, ';')) {
        return false;
    }
    // Loops and an `if` alone have no value.
    let has_else = statement.iter().any(|token| is_word(token, "else"));
    !(first_is(statement, &["for", "while"]) || first_is(statement, &["if"]) && !has_else)
}

/// Whether a statement may move `name`. A `return` inside does not count: where it moves, nothing
/// follows.
pub(crate) fn may_move(statement: &[TokenTree], name: &str) -> bool {
    let captures = holds(statement, &|token| is_word(token, "move"));
    if captures && holds(statement, &|token| is_word(token, name)) {
        return true;
    }
    // In a closure or future a `return` leaves only that, and a variable it moves is captured
    // whole.
    let leaves = !first_is(statement, &["return"])
        && !holds(statement, &|token| is_word(token, "async") || is_punct(token, '|'));
    moves(statement, name, Uses { returns_leave: leaves, borrowed: false })
}

#[derive(Clone, Copy)]
struct Uses {
    /// A `return` ends the function whose variable it is.
    returns_leave: bool,
    /// These tokens are the arguments of a macro that borrows.
    borrowed: bool,
}

fn moves(tokens: &[TokenTree], name: &str, uses: Uses) -> bool {
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match token {
            TokenTree::Ident(word) if uses.returns_leave && word == "return" => {
                while tokens
                    .get(at)
                    .is_some_and(|token| !is_punct(token, ';') && !is_punct(token, ','))
                {
                    at += 1;
                }
            }
            TokenTree::Ident(word) if word == name => {
                let alone =
                    uses.borrowed && !matches!(tokens.get(at + 1), Some(t) if is_punct(t, '.'));
                if !alone && moves_at(tokens, at) {
                    return true;
                }
            }
            TokenTree::Group(group) => {
                let borrowed =
                    called_macro(&tokens[..at]).is_some_and(|m| BORROWING.contains(&m.as_str()));
                if taken(&tokens[..at], group, name)
                    || moves(&trees(group.stream()), name, Uses { borrowed, ..uses })
                {
                    return true;
                }
            }
            _ => {}
        }
        at += 1;
    }
    false
}

/// Whether the variable at `at` is used by value there, or another of its name begins.
fn moves_at(tokens: &[TokenTree], at: usize) -> bool {
    let before = |back: usize| at.checked_sub(back).map(|at| &tokens[at]);
    let punct =
        |token: Option<&TokenTree>, wanted| token.is_some_and(|token| is_punct(token, wanted));
    // `&v`, `&mut v`, `*v`, a field or method of that name, a lifetime, the end of a path
    let borrowed = punct(before(1), '&')
        || before(1).is_some_and(|token| is_word(token, "mut")) && punct(before(2), '&')
        || punct(before(1), '*');
    let other = punct(before(1), '.') && !punct(before(2), '.')
        || punct(before(1), '\'')
        || punct(before(1), ':') && punct(before(2), ':');
    if borrowed || other {
        return false;
    }
    let (next, after) = (tokens.get(at + 1), tokens.get(at + 2));
    match next {
        Some(token) if is_punct(token, '.') => {
            matches!(after, Some(TokenTree::Ident(method)) if {
                let method = method.to_string();
                method.starts_with("into_") || CONSUMING.contains(&method.as_str())
            })
        }
        // `v[i]`
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Bracket => false,
        // `v: x` names a field, `v::x` a module; `v == x` and `v += x` borrow, `v = x` does not.
        Some(token) if is_punct(token, ':') => false,
        Some(TokenTree::Punct(operator)) => match operator.as_char() {
            '=' => !punct(after, '=') || operator.spacing() == proc_macro2::Spacing::Alone,
            '!' | '+' | '|' | '-' => {
                operator.spacing() == proc_macro2::Spacing::Alone || !punct(after, '=')
            }
            '<' | '>' => false,
            _ => true,
        },
        _ => true,
    }
}

/// `take(&mut v)`, `replace(&mut v, ..)`: they move the value out of a borrow.
fn taken(before: &[TokenTree], group: &Group, name: &str) -> bool {
    let takes = before.last().is_some_and(|word| is_word(word, "take") || is_word(word, "replace"));
    takes
        && matches!(trees(group.stream()).as_slice(), [and, mutable, variable, ..]
            if is_punct(and, '&') && is_word(mutable, "mut") && is_word(variable, name))
}

/// Whether what begins like this can be a statement that ends with braces.
fn is_block_like(start: &[TokenTree]) -> bool {
    const WORDS: [&str; 16] = [
        "if", "for", "while", "loop", "match", "unsafe", "fn", "struct", "enum", "impl", "trait",
        "mod", "pub", "const", "async", "union",
    ];
    let start = match &start[outer_attrs(start)..] {
        // 'label:
        [quote, TokenTree::Ident(_), colon, rest @ ..]
            if is_punct(quote, '\'') && is_punct(colon, ':') =>
        {
            rest
        }
        start => start,
    };
    // Async blocks and closures are values; only items begin so.
    start.is_empty() || first_is(start, &WORDS) || called_macro(start).is_some() && start.len() == 2
}

/// Whether a token can only begin a statement, and cannot continue the expression before.
fn begins(token: Option<&TokenTree>) -> bool {
    match token {
        None | Some(TokenTree::Literal(_)) => true,
        Some(TokenTree::Ident(word)) => word != "else" && word != "as",
        Some(TokenTree::Punct(punct)) => matches!(punct.as_char(), '#' | '\''),
        Some(TokenTree::Group(_)) => false,
    }
}

fn first_is(tokens: &[TokenTree], words: &[&str]) -> bool {
    let first = match tokens {
        [quote, _, colon, word, ..] if is_punct(quote, '\'') && is_punct(colon, ':') => Some(word),
        tokens => tokens.first(),
    };
    matches!(first, Some(TokenTree::Ident(word)) if words.contains(&word.to_string().as_str()))
}

#[cfg(test)]
mod tests {
    use super::{last_seen, statements};
    use crate::tokens::trees;

    /// The tokens with `@` where `v` is last seen.
    fn seen(source: &str) -> String {
        let mut tokens = trees(source.parse().unwrap());
        if let Some(at) = last_seen(&tokens, "v") {
            tokens.splice(at..at, trees("@".parse().unwrap()));
        }
        let text: Vec<String> = tokens.iter().map(ToString::to_string).collect();
        text.join(" ").replace(' ', "")
    }

    fn check(expected: &str) {
        let source = expected.replace('@', "");
        assert_eq!(seen(&source), expected.replace(' ', ""), "{source}");
    }

    #[test]
    fn statements_end_where_it_is_certain() {
        let count = |source: &str| statements(&trees(source.parse().unwrap())).len();
        assert_eq!(count("a(); if b { c } else { d } e(); f"), 4);
        assert_eq!(count("let x = match y { _ => 1 }; z"), 2);
        assert_eq!(count("for a in b { c } for d in e { f }"), 2);
        assert_eq!(count("match a { b => c }.d(); e"), 2);
        assert_eq!(count("if match a { } { b } c"), 2);
        // Not certain: `{ a } * b` may be one or two.
        assert_eq!(count("if a { b } * c = d;"), 1);
        assert_eq!(count("log! { a } b; 'a: loop { c } d"), 4);
        assert_eq!(count("a = B { c }; d"), 2);
    }

    #[test]
    fn before_the_first_statement_that_moves_it() {
        check("v.push(1); @ v");
        check("v.push(1); @ Ok(v)");
        check("v.push(1); @ drop(v); v.len()");
        check("f(&mut v); @ let w = v.into_boxed_slice(); w");
        check("@ for x in v { f(x) } g");
        check("for x in &v { f(x) } @ g");
        check("@ let v = 1; v");
        check("v.push(1); @ if c { consume(v) } else { d() } e;");
        check("v.push(1); @ spawn(move || v.len()); f();");
        check("@ S { v }");
        check("@ S { w: v }");
        check("v += 1; @ v + \"x\"");
        check("v.push(1); @ v = w; f();");
        check("v.push(1); @ return Some(v);");
        check("@ keep(std::mem::take(&mut v)); f();");
    }

    #[test]
    fn else_before_the_value_of_the_block_else_at_its_end() {
        check("v.push(1); @ v.len()");
        check("v.push(1); @ x");
        check("v.push(1); @");
        check("f(&v, v[0], *v, s.v, m::v, S { v: 1 }, v == w, v::<u8>()); @");
        check("for x in y { v.push(x); } @");
        check("'a: while c { v.push(x); } @");
        check("if c { v.push(x); } @");
        check("@ if c { v.len() } else { 0 }");
        check("v.push(1); @ return;");
        check("println!(\"{:?}\", v); assert_eq!(v, [1]); @");
        check("@ println!(\"{:?}\", f(v)); g;");
        check("@ vec![v]; g;");
    }

    #[test]
    fn a_return_inside_moves_nothing_that_is_seen_later() {
        check("loop { v.push(1); if done { return v; } }");
        check("for x in y { v.push(1); if done { return v; } } @");
        check("match x { Some(y) => v.push(y), None => return Ok(v), } f(); @ Ok(v)");
        check("@ let f = || { return v; }; g(f); h;");
    }
}
