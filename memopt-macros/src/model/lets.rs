//! `let` statements with `#[presize]`, at any depth of a body.

use proc_macro2::{Ident, TokenStream, TokenTree};

use super::attr::Attr;
use super::binding::{Binding, variable};
use super::block::{last_seen, may_move, statements};
use crate::tokens::{
    called_macro, holds, is_brace, is_punct, is_word, outer_attrs, refilled, trees,
};

/// A statement that carries the attribute.
pub(crate) struct Marked<'a> {
    pub(crate) attr: Attr,
    /// Other attributes and the statement, up to its `;`.
    pub(crate) statement: Vec<TokenTree>,
    /// What stands behind it in its block.
    pub(crate) rest: &'a [TokenTree],
}

/// What is written in its place.
pub(crate) struct Rewritten {
    pub(crate) variable: Ident,
    /// The statement and what comes right behind it.
    pub(crate) start: TokenStream,
    /// What comes where the variable is last seen.
    pub(crate) end: TokenStream,
}

/// `let mut name: Type = value;` in parts.
pub(crate) struct Let {
    pub(crate) variable: Ident,
    /// All before the value: `let mut name: Type =`.
    pub(crate) before: Vec<TokenTree>,
    pub(crate) value: Vec<TokenTree>,
    pub(crate) semicolon: TokenTree,
}

/// Why a statement cannot be taken apart.
pub(crate) enum NotALet {
    Other,
    Pattern,
    NoValue,
}

impl Marked<'_> {
    /// The parts of the `let` it is.
    pub(crate) fn parts(&self) -> Result<Let, NotALet> {
        let (semicolon, whole) = match self.statement.split_last() {
            Some((last, whole)) if is_punct(last, ';') => (Some(last), whole),
            _ => (None, self.statement.as_slice()),
        };
        let binding = Binding::read(&whole[outer_attrs(whole)..]).ok_or(NotALet::Other)?;
        let (_, variable) = variable(binding.pattern).ok_or(NotALet::Pattern)?;
        let (Some(value), Some(semicolon)) = (binding.value, semicolon) else {
            return Err(NotALet::NoValue);
        };
        Ok(Let {
            variable: variable.clone(),
            before: whole[..whole.len() - value.len()].to_vec(),
            value: value.to_vec(),
            semicolon: semicolon.clone(),
        })
    }
}

/// Whether the attribute may be somewhere in there.
pub(crate) fn mentions(tokens: &[TokenTree], name: &str) -> bool {
    holds(tokens, &|token| is_word(token, name))
}

/// The tokens of a block with each marked statement as `each` rewrites it. Where `each` gives
/// `None`, only the attribute is removed.
///
/// The arguments of macros stay as they are: they need not be statements.
pub(crate) fn rewrite(
    tokens: &[TokenTree],
    name: &str,
    each: &mut dyn FnMut(Marked<'_>) -> Option<Rewritten>,
) -> Vec<TokenTree> {
    Writer { name, each, watched: Vec::new() }.block(tokens, true)
}

struct Writer<'a> {
    name: &'a str,
    each: &'a mut dyn FnMut(Marked<'_>) -> Option<Rewritten>,
    /// Variables that an inner block can still return, and what is written before it does.
    watched: Vec<Watched>,
}

#[derive(Clone)]
struct Watched {
    variable: String,
    end: TokenStream,
    /// The place in the block around it where it is last seen.
    left: Option<usize>,
}

impl Writer<'_> {
    /// The tokens of one group; `is_block` where they are statements.
    fn block(&mut self, tokens: &[TokenTree], is_block: bool) -> Vec<TokenTree> {
        let outer = self.watched.len();
        let mut out = Vec::with_capacity(tokens.len());
        let starts: Vec<usize> =
            statements(tokens).into_iter().map(|statement| statement.start).collect();
        let mut at = 0;
        while at <= tokens.len() {
            self.ends(outer, at, &mut out);
            let Some(token) = tokens.get(at) else { break };
            if is_block && starts.contains(&at) && is_word(token, "return") {
                self.returns(outer, &tokens[at..], &mut out);
            }
            if let Some(attr) = self.mark(&tokens[at..]) {
                at = self.marked(attr, tokens, at + 2, &mut out);
                continue;
            }
            match token {
                TokenTree::Group(group) if called_macro(&tokens[..at]).is_none() => {
                    let inside = self.block(&trees(group.stream()), is_brace(token));
                    out.push(TokenTree::Group(refilled(group, inside.into_iter().collect())));
                }
                token => out.push(token.clone()),
            }
            at += 1;
        }
        self.watched.truncate(outer);
        out
    }

    /// Writes the end of each variable that is last seen here.
    fn ends(&mut self, outer: usize, at: usize, out: &mut Vec<TokenTree>) {
        for watched in self.watched.extract_if(outer.., |watched| watched.left == Some(at)) {
            out.extend(watched.end);
        }
    }

    /// Writes the end of each variable of an outer block that is returned here.
    fn returns(&self, outer: usize, tokens: &[TokenTree], out: &mut Vec<TokenTree>) {
        let end = tokens.iter().position(|token| is_punct(token, ';')).unwrap_or(tokens.len());
        for watched in &self.watched[..outer] {
            if may_move(&tokens[..end], &watched.variable) {
                out.extend(watched.end.clone());
            }
        }
    }

    fn mark(&self, tokens: &[TokenTree]) -> Option<Attr> {
        match tokens {
            [TokenTree::Punct(pound), TokenTree::Group(brackets), ..]
                if pound.as_char() == '#'
                    && brackets.delimiter() == proc_macro2::Delimiter::Bracket =>
            {
                Some(Attr::new(pound.clone(), brackets.clone()))
                    .filter(|attr| attr.name() == self.name)
            }
            _ => None,
        }
    }

    /// Rewrites the statement from `from` on, and tells where the next begins.
    fn marked(
        &mut self,
        attr: Attr,
        tokens: &[TokenTree],
        from: usize,
        out: &mut Vec<TokenTree>,
    ) -> usize {
        let rest = &tokens[from..];
        let length =
            rest.iter().position(|token| is_punct(token, ';')).map_or(rest.len(), |at| at + 1);
        let marked = Marked { attr, statement: rest[..length].to_vec(), rest: &rest[length..] };
        let Some(new) = (self.each)(marked) else { return from };
        out.extend(new.start);
        let variable = new.variable.to_string();
        let left = last_seen(&rest[length..], &variable).map(|at| from + length + at);
        self.watched.push(Watched { variable, end: new.end, left });
        from + length
    }
}
