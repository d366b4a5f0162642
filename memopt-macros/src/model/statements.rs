//! Where the statements of a block begin and end, in token trees.

use proc_macro2::{Delimiter, TokenTree};

use crate::tokens::{is, is_arrow, is_group, outer_attrs, word};

/// Words that begin an expression which, as a statement, ends with its block.
const BLOCKS: [&str; 7] = ["if", "match", "for", "while", "loop", "unsafe", "const"];

/// Words that begin an item. `unsafe`, `async` and `const` do where another of these follows, or a
/// name.
const ITEMS: [&str; 13] = [
    "fn",
    "use",
    "struct",
    "enum",
    "union",
    "impl",
    "trait",
    "mod",
    "type",
    "static",
    "extern",
    "pub",
    "macro_rules",
];

/// What a statement is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// `let ..;`
    Let,
    /// An item: what is inside cannot see the block's variables.
    Item,
    /// An expression with a `;` behind it, or one that ends with its block.
    Expression,
    /// An expression at the end without `;`: the value of the block.
    Value,
}

/// One statement: `tokens[from..to]`, its `;` included; the attributes in front of it are in
/// `tokens[from..body]`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Statement {
    pub(crate) kind: Kind,
    pub(crate) from: usize,
    pub(crate) body: usize,
    pub(crate) to: usize,
}

/// Splits the contents of a block.
pub(crate) fn statements(tokens: &[TokenTree]) -> Vec<Statement> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let from = at;
        let body = from + outer_attrs(&tokens[from..]);
        let kind = kind(tokens, body);
        let to = match kind {
            Kind::Item => item_end(tokens, body),
            Kind::Let => semicolon(tokens, body),
            _ => block_end(tokens, body).unwrap_or_else(|| semicolon(tokens, body)),
        };
        at = to.max(from + 1);
        let open = kind == Kind::Expression && at == tokens.len() && !is(tokens, at - 1, ';');
        found.push(Statement { kind: if open { Kind::Value } else { kind }, from, body, to: at });
    }
    found
}

fn kind(tokens: &[TokenTree], at: usize) -> Kind {
    let next = word(tokens, at + 1);
    match word(tokens, at).as_str() {
        "let" => Kind::Let,
        "unsafe" | "async" | "const" if next.is_empty() || next == "move" => Kind::Expression,
        "unsafe" | "async" | "const" => Kind::Item,
        // `union` and `macro_rules` are names elsewhere.
        "union" if next.is_empty() => Kind::Expression,
        "macro_rules" if !is(tokens, at + 1, '!') => Kind::Expression,
        known if ITEMS.contains(&known) => Kind::Item,
        _ => Kind::Expression,
    }
}

/// Behind the next `;` or block.
fn item_end(tokens: &[TokenTree], from: usize) -> usize {
    let end = (from..tokens.len())
        .find(|&at| is(tokens, at, ';') || is_group(tokens, at, Delimiter::Brace));
    end.map_or(tokens.len(), |at| at + 1)
}

/// Behind the next `;`.
fn semicolon(tokens: &[TokenTree], from: usize) -> usize {
    (from..tokens.len()).find(|&at| is(tokens, at, ';')).map_or(tokens.len(), |at| at + 1)
}

/// Where an expression that ends with its block ends; `None` where it goes on or is another kind.
fn block_end(tokens: &[TokenTree], from: usize) -> Option<usize> {
    let mut at = from;
    // `'outer: loop { .. }`
    if is(tokens, at, '\'') && is(tokens, at + 2, ':') {
        at += 3;
    }
    let end = if is_group(tokens, at, Delimiter::Brace) {
        at + 1
    } else if BLOCKS.contains(&word(tokens, at).as_str()) {
        body(tokens, at)? + 1
    } else {
        return braced_macro(tokens, at);
    };
    let goes_on = is(tokens, end, '.') && !is(tokens, end + 1, '.') || is(tokens, end, '?');
    if goes_on {
        return None;
    }
    // `if .. { };` has an empty statement behind it; it belongs to the one before.
    Some(if is(tokens, end, ';') { end + 1 } else { end })
}

/// `name! { .. }`
fn braced_macro(tokens: &[TokenTree], mut at: usize) -> Option<usize> {
    while !word(tokens, at).is_empty() && is(tokens, at + 1, ':') && is(tokens, at + 2, ':') {
        at += 3;
    }
    let braced = !word(tokens, at).is_empty()
        && is(tokens, at + 1, '!')
        && is_group(tokens, at + 2, Delimiter::Brace)
        && !is(tokens, at + 3, '.')
        && !is(tokens, at + 3, '?');
    braced.then_some(at + 3)
}

/// The last block of an `if`, `match` or loop that begins at `from`.
pub(crate) fn body(tokens: &[TokenTree], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += 1;
        let brace = (at..tokens.len()).find(|&at| is_group(tokens, at, Delimiter::Brace))?;
        if (at..brace).any(|at| is(tokens, at, ';')) {
            return None;
        }
        at = brace;
        // `if let Point { x, y } = ..`, `for Point { x, .. } in ..`: a pattern.
        let pattern = is(tokens, at + 1, '=') && !is(tokens, at + 2, '=')
            || is(tokens, at + 1, '|')
            || word(tokens, at + 1) == "in";
        if word(tokens, at + 1) == "else" {
            at += 1;
        } else if !pattern {
            return Some(at);
        }
    }
}

/// The arms of a `match`: for each, its `=>`, and where its value begins and ends.
pub(crate) fn arms(tokens: &[TokenTree]) -> Vec<(usize, usize)> {
    let mut arms = Vec::new();
    let mut at = 0;
    while let Some(arrow) = (at..tokens.len()).find(|&at| is_arrow(tokens, at)) {
        let from = arrow + 2;
        let block = is_group(tokens, from, Delimiter::Brace)
            && !is(tokens, from + 1, '.')
            && !is(tokens, from + 1, '?');
        let to = if block {
            from + 1
        } else {
            (from..tokens.len()).find(|&at| is(tokens, at, ',')).unwrap_or(tokens.len())
        };
        arms.push((from, to));
        at = to.max(from);
    }
    arms
}

#[cfg(test)]
mod tests {
    use super::{Kind, arms, statements};
    use crate::tokens::trees;

    fn split(source: &str) -> Vec<(Kind, usize)> {
        let tokens = trees(source.parse().unwrap());
        statements(&tokens).into_iter().map(|s| (s.kind, s.to - s.from)).collect()
    }

    #[test]
    fn statements_end_where_rust_ends_them() {
        use Kind::{Expression, Item, Let, Value};
        assert_eq!(split("let a = 1; out"), [(Let, 5), (Value, 1)]);
        assert_eq!(split("for x in y { } out"), [(Expression, 5), (Value, 1)]);
        assert_eq!(split("if a { } else if b { } else { } out"), [(Expression, 9), (Value, 1)]);
        assert_eq!(split("if let P { x } = y { } z"), [(Expression, 7), (Value, 1)]);
        assert_eq!(split("match x { A => b }"), [(Value, 3)]);
        assert_eq!(split("match x { A => b }.c(); d"), [(Expression, 7), (Value, 1)]);
        assert_eq!(split("fn f() { } #[a] use b; 'l: loop { } {} m! { } n!(); x"), {
            [
                (Item, 4),
                (Item, 5),
                (Expression, 5),
                (Expression, 1),
                (Expression, 3),
                (Expression, 4),
                (Value, 1),
            ]
        });
        assert_eq!(split("unsafe { } const N: u8 = 1; async move { }.await; union.x"), {
            [(Expression, 2), (Item, 7), (Expression, 6), (Value, 3)]
        });
    }

    #[test]
    fn arms_are_found() {
        let tokens = trees("A(x) | B if x == 1 => out, C => { 1 } _ => f(x)".parse().unwrap());
        let values: Vec<String> = arms(&tokens)
            .into_iter()
            .map(|(from, to)| tokens[from..to].iter().map(ToString::to_string).collect())
            .collect();
        assert_eq!(values, ["out", "{ 1 }", "f(x)"]);
    }
}
