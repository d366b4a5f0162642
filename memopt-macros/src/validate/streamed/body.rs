//! Every use of the output in a body. A use that can be streamed becomes a [`Piece`]; any other is
//! an error at its place ([`super::misuse`]).

use proc_macro2::{Delimiter, Group, Ident, Spacing, TokenTree};
use syn::{Error, Result};

use super::misuse;
use super::output::{self, Output};
use super::place::Place;
use crate::model::Piece;
use crate::model::statements::{Kind, arms, statements};
use crate::tokens::{is, is_arrow, is_group, is_punct, trees, word};
use crate::validate::errors::Errors;

/// Words behind which an expression begins, so that a `|` there opens a closure.
const BEFORE_EXPRESSION: [&str; 12] = [
    "move", "return", "else", "in", "match", "if", "while", "break", "async", "static", "await",
    "yield",
];

/// Where an expression stands.
#[derive(Clone, Copy)]
struct At {
    place: Place,
    /// Directly in braces: `out: x` names a field there.
    braces: bool,
    /// In the brackets of a macro: strings may name variables.
    in_macro: bool,
}

const BODY: At = At { place: Place::Body, braces: true, in_macro: false };

/// Reads the statements of a body.
pub(super) fn read(
    tokens: &[TokenTree],
    output: &Output,
    fallible: bool,
    asynchronous: bool,
) -> Result<Vec<Piece>> {
    let out = output.name.to_string();
    let mut reader =
        Reader { output, out, fallible, asynchronous, declared: false, errors: Errors::default() };
    let pieces = reader.block(tokens, true);
    reader.errors.finish()?;
    Ok(pieces)
}

struct Reader<'a> {
    output: &'a Output,
    /// Its name.
    out: String,
    fallible: bool,
    asynchronous: bool,
    /// Whether its `let` has been passed.
    declared: bool,
    errors: Errors,
}

impl Reader<'_> {
    fn error(&mut self, token: &TokenTree, message: String) {
        self.errors.add(Error::new(token.span(), message));
    }

    /// A block whose value is the function's.
    fn block(&mut self, tokens: &[TokenTree], top: bool) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for statement in statements(tokens) {
            let part = &tokens[statement.from..statement.to];
            match statement.kind {
                Kind::Item => pieces.extend(as_is(part)),
                Kind::Let if top && statement.from == self.output.declared => {
                    pieces.extend(self.declaration());
                }
                Kind::Value => {
                    pieces.extend(as_is(&tokens[statement.from..statement.body]));
                    pieces.extend(self.value(&tokens[statement.body..statement.to]));
                }
                Kind::Let | Kind::Expression => pieces.extend(self.expression(part, BODY)),
            }
        }
        pieces
    }

    /// The `let` of the output is removed. The capacity it asked for is still evaluated: else its
    /// variables might be unused.
    fn declaration(&mut self) -> Option<Piece> {
        self.declared = true;
        let arguments = self.expression(&trees(self.output.capacity.stream()), BODY);
        (!arguments.is_empty()).then(|| Piece::Capacity {
            out: self.output.name.clone(),
            arguments,
            statement: true,
        })
    }

    /// An expression whose value is the function's.
    fn value(&mut self, tokens: &[TokenTree]) -> Vec<Piece> {
        if let Some(pieces) = self.ended(tokens) {
            return pieces;
        }
        let matches = word(tokens, 0) == "match";
        let mut pieces = Vec::new();
        let mut plain = 0;
        for (at, token) in tokens.iter().enumerate() {
            let TokenTree::Group(group) = token else { continue };
            if !output::is_value_block(tokens, at) {
                continue;
            }
            pieces.extend(self.expression(&tokens[plain..at], BODY));
            let inside = trees(group.stream());
            let inside = if matches { self.arms(&inside) } else { self.block(&inside, false) };
            pieces.push(Piece::Group(group.clone(), inside));
            plain = at + 1;
        }
        pieces.extend(self.expression(&tokens[plain..], BODY));
        pieces
    }

    fn arms(&mut self, tokens: &[TokenTree]) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut plain = 0;
        for (from, to) in arms(tokens) {
            pieces.extend(self.expression(&tokens[plain..from], BODY));
            let mut value = self.value(&tokens[from..to]);
            if let [Piece::End { written, .. }] = &mut value[..] {
                *written = true;
            }
            pieces.extend(value);
            plain = to;
        }
        pieces.extend(self.expression(&tokens[plain..], BODY));
        pieces
    }

    /// The end of the function without an error: `out`, `Ok(out)`, or an empty vector before there
    /// is an output.
    fn ended(&mut self, tokens: &[TokenTree]) -> Option<Vec<Piece>> {
        if let Some(name) = output::returned(tokens, self.fallible).filter(|name| *name == self.out)
        {
            return Some(self.end(tokens, name));
        }
        let inside;
        let vector = match tokens {
            [TokenTree::Ident(ok), TokenTree::Group(group)] if self.fallible && ok == "Ok" => {
                inside = trees(group.stream());
                &inside[..]
            }
            tokens if !self.fallible => tokens,
            _ => return None,
        };
        output::empty_vector(vector)?;
        if self.declared {
            let message = misuse::empty_vector_instead(&self.out, self.fallible);
            self.error(&tokens[0], message);
        }
        let here = Ident::new("out", tokens[0].span());
        Some(self.end(tokens, here))
    }

    fn end(&self, tokens: &[TokenTree], name: Ident) -> Vec<Piece> {
        match tokens {
            [ok, TokenTree::Group(group)] if self.fallible => {
                vec![
                    Piece::Token(ok.clone()),
                    Piece::Group(group.clone(), vec![Piece::End { out: name, written: true }]),
                ]
            }
            _ => vec![Piece::End { out: name, written: false }],
        }
    }

    /// Any other tokens.
    fn expression(&mut self, tokens: &[TokenTree], at: At) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut i = 0;
        while i < tokens.len() {
            i += self.step(tokens, i, at, &mut pieces);
        }
        pieces
    }

    /// Reads what begins at `i`; gives how many tokens it is.
    fn step(&mut self, tokens: &[TokenTree], i: usize, at: At, pieces: &mut Vec<Piece>) -> usize {
        let token = &tokens[i];
        let read = match token {
            TokenTree::Ident(name) => self.word(tokens, i, name, at, pieces),
            TokenTree::Punct(bar) if bar.as_char() == '|' => {
                let joint = bar.spacing() == Spacing::Joint && is(tokens, i + 1, '|');
                if let Some(end) = closure_end(tokens, i) {
                    self.closure(&tokens[i..end], at, pieces);
                    Some(end - i)
                } else if joint {
                    pieces.extend(as_is(&tokens[i..i + 2]));
                    Some(2)
                } else {
                    None
                }
            }
            TokenTree::Literal(literal) if at.in_macro => {
                if misuse::formats(&literal.to_string(), &self.out) {
                    let message = misuse::formatted(&self.out);
                    self.error(token, message);
                }
                None
            }
            TokenTree::Group(group) => {
                let braces = group.delimiter() == Delimiter::Brace;
                let in_macro = at.in_macro || i > 0 && is(tokens, i - 1, '!');
                pieces.push(self.group(group, At { braces, in_macro, ..at }));
                Some(1)
            }
            _ => None,
        };
        read.unwrap_or_else(|| {
            pieces.push(Piece::Token(token.clone()));
            1
        })
    }

    /// An identifier or keyword; `None` where it is to stay as it is.
    fn word(
        &mut self,
        tokens: &[TokenTree],
        i: usize,
        name: &Ident,
        at: At,
        pieces: &mut Vec<Piece>,
    ) -> Option<usize> {
        if *name == self.out {
            return self.usage(tokens, i, name, at, pieces);
        }
        match name.to_string().as_str() {
            // What is inside cannot see the body's variables.
            "fn" if !word(tokens, i + 1).is_empty() => {
                let body = (i..tokens.len()).find(|&at| is_group(tokens, at, Delimiter::Brace));
                let end = body.map_or(tokens.len(), |body| body + 1);
                pieces.extend(as_is(&tokens[i..end]));
                Some(end - i)
            }
            "return" if at.place == Place::Body => {
                let operand = output::operand(tokens, i + 1);
                let ended = self.ended(operand)?;
                pieces.push(Piece::Token(tokens[i].clone()));
                pieces.extend(ended);
                Some(1 + operand.len())
            }
            "async" => {
                let to = if word(tokens, i + 1) == "move" { i + 2 } else { i + 1 };
                let Some(TokenTree::Group(group)) = tokens.get(to) else { return None };
                pieces.extend(as_is(&tokens[i..to]));
                pieces.push(
                    self.group(group, At { place: Place::Async, braces: true, in_macro: false }),
                );
                Some(to + 1 - i)
            }
            "await"
                if !self.asynchronous
                    && at.place == Place::Body
                    && i > 0
                    && is(tokens, i - 1, '.') =>
            {
                self.error(&tokens[i], misuse::AWAIT.to_owned());
                None
            }
            _ => None,
        }
    }

    /// `|..| ..`. Its first `|` must not be taken for another closure's.
    fn closure(&mut self, tokens: &[TokenTree], at: At, pieces: &mut Vec<Piece>) {
        let close =
            (1..tokens.len()).find(|&at| is(tokens, at, '|')).map_or(tokens.len(), |at| at + 1);
        for token in &tokens[..close] {
            if matches!(token, TokenTree::Ident(name) if *name == self.out) {
                let message = misuse::bound_again(&self.out);
                self.error(token, message);
            }
            pieces.push(Piece::Token(token.clone()));
        }
        pieces.extend(self.expression(&tokens[close..], At { place: Place::Closure, ..at }));
    }

    fn group(&mut self, group: &Group, at: At) -> Piece {
        let inside = self.expression(&trees(group.stream()), at);
        Piece::Group(group.clone(), inside)
    }

    /// The output's name at `i`; `None` where it names something else, or is used as it must not
    /// be.
    fn usage(
        &mut self,
        tokens: &[TokenTree],
        i: usize,
        name: &Ident,
        at: At,
        pieces: &mut Vec<Piece>,
    ) -> Option<usize> {
        let before = |back: usize, wanted| i >= back && is(tokens, i - back, wanted);
        let field = before(1, '.') && !before(2, '.');
        let path =
            before(1, ':') && before(2, ':') || is(tokens, i + 1, ':') && is(tokens, i + 2, ':');
        let named = at.braces && is(tokens, i + 1, ':') && (i == 0 || before(1, ','));
        if field || path || named || before(1, '\'') {
            return None;
        }
        if let Some((method, brackets, length)) =
            call(tokens, i).filter(|_| at.place == Place::Body)
        {
            let capacity =
                ["reserve", "reserve_exact", "shrink_to_fit"].iter().any(|known| method == known);
            let sends = ["push", "extend", "append", "extend_from_slice"]
                .iter()
                .any(|known| method == known);
            if capacity || sends {
                let arguments =
                    self.expression(&trees(brackets.stream()), At { braces: false, ..at });
                let (out, method, brackets) = (name.clone(), method.clone(), brackets.clone());
                pieces.push(if capacity {
                    Piece::Capacity { out, arguments, statement: false }
                } else {
                    Piece::Send { out, method, brackets, arguments }
                });
                return Some(length);
            }
        }
        let method = call(tokens, i).map(|(method, ..)| method.to_string()).unwrap_or_default();
        let message = misuse::describe(tokens, i, &self.out, &method, at.place);
        self.error(&tokens[i], message);
        None
    }
}

fn as_is(tokens: &[TokenTree]) -> impl Iterator<Item = Piece> {
    tokens.iter().cloned().map(Piece::Token)
}

/// `out.method(..)` or `out.method::<..>(..)` at `i`: the method, its brackets, and how many tokens
/// it is.
fn call(tokens: &[TokenTree], i: usize) -> Option<(&Ident, &Group, usize)> {
    let (true, Some(TokenTree::Ident(method))) = (is(tokens, i + 1, '.'), tokens.get(i + 2)) else {
        return None;
    };
    let at = if is(tokens, i + 3, ':') {
        (i..tokens.len()).find(|&at| is_group(tokens, at, Delimiter::Parenthesis))?
    } else {
        i + 3
    };
    match tokens.get(at)? {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => {
            Some((method, group, at + 1 - i))
        }
        _ => None,
    }
}

/// Where the closure that the `|` at `i` opens ends; `None` where it opens none.
fn closure_end(tokens: &[TokenTree], i: usize) -> Option<usize> {
    let begins = match i.checked_sub(1).map(|at| &tokens[at]) {
        None => true,
        Some(TokenTree::Punct(before)) => !matches!(before.as_char(), '?' | '|'),
        Some(TokenTree::Ident(word)) => BEFORE_EXPRESSION.iter().any(|known| word == known),
        Some(TokenTree::Group(_) | TokenTree::Literal(_)) => false,
    };
    if !begins {
        return None;
    }
    let close = (i + 1..tokens.len()).find(|&at| is(tokens, at, '|'))?;
    let end =
        (close..tokens.len()).find(|&at| is_punct(&tokens[at], ',') || is_punct(&tokens[at], ';'));
    let end = end.unwrap_or(tokens.len());
    // `| A | B => ..`: a pattern.
    (!(i..end).any(|at| is_arrow(tokens, at))).then_some(end)
}
