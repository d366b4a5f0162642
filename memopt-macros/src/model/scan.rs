//! Where the parts of items begin and end, in token trees.
//!
//! Braces, brackets and parentheses are matched already. Angle brackets are not, and must be
//! watched: `Foo<{ N }>` contains a brace group that is no body.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};

use super::attr::Attr;
use super::container::{Container, Contents, Member};
use super::func::{Body, Func};
use super::plan::Plan;
use crate::tokens::{
    Angles, braces, invisible, is_abi, is_group, is_punct, is_visibility, is_word, trees,
};

/// Words that may stand before `fn`, `impl`, `trait`, `mod` or `extern`.
const QUALIFIERS: [&str; 9] =
    ["default", "final", "const", "async", "unsafe", "safe", "gen", "auto", "extern"];

/// How many of the tokens belong to leading `#![..]` attributes.
fn inner_attrs(tokens: &[TokenTree]) -> usize {
    let mut end = 0;
    while let [pound, bang, TokenTree::Group(group), ..] = &tokens[end..] {
        if !(is_punct(pound, '#') && is_punct(bang, '!') && group.delimiter() == Delimiter::Bracket)
        {
            break;
        }
        end += 3;
    }
    end
}

/// How many of a body's tokens belong to items at its front.
fn leading_items(tokens: &[TokenTree]) -> usize {
    let mut items = Items::new(tokens);
    loop {
        // An empty statement is none.
        while items.peek(0).is_some_and(|token| is_punct(token, ';')) {
            items.at += 1;
        }
        let start = items.at;
        items.attrs();
        items.visibility();
        let begins = items.at_item();
        items.at = start;
        if !begins || items.next_item().is_none() {
            return start;
        }
    }
}

/// What stands in the braces of an impl, trait or mod.
fn contents(braces: Group) -> Contents {
    let mut trees = trees(braces.stream());
    let inner_attrs = trees.drain(..inner_attrs(&trees)).collect();
    let mut items = Items::new(&trees);
    let members = std::iter::from_fn(|| items.next_item()).collect();
    Contents { braces, inner_attrs, members }
}

/// What stands in the braces of a function.
pub(super) fn body(braces: Group) -> Body {
    let mut inner_attrs = trees(braces.stream());
    let mut items = inner_attrs.split_off(self::inner_attrs(&inner_attrs));
    let statements = items.split_off(leading_items(&items));
    Body { braces, inner_attrs, items, statements, names_site: false }
}

/// Reads items one after another.
pub(super) struct Items<'a> {
    tokens: &'a [TokenTree],
    at: usize,
}

impl<'a> Items<'a> {
    pub(super) fn new(tokens: &'a [TokenTree]) -> Self {
        Self { tokens, at: 0 }
    }

    pub(super) fn next_item(&mut self) -> Option<Member> {
        if self.at >= self.tokens.len() {
            return None;
        }
        let start = self.at;
        let attrs = self.attrs();
        let vis_start = self.at;
        self.visibility();
        let head_start = self.at;
        let keyword = self.qualifiers();
        let word = keyword.map(ToString::to_string);
        match (word.as_deref(), keyword) {
            (Some("fn"), _) => {
                let vis = self.tokens[vis_start..head_start].to_vec();
                if let Some(func) = self.func(head_start) {
                    return Some(Member::Func(Box::new(Func { attrs, vis, ..func })));
                }
            }
            (Some("impl" | "trait" | "mod"), Some(keyword)) => {
                let body = self.skip_item();
                let until = if body.is_some() { self.at - 1 } else { self.at };
                return Some(Member::Container(Container {
                    attrs,
                    head: self.tokens[vis_start..until].to_vec(),
                    keyword: keyword.clone(),
                    body: body.map(contents),
                }));
            }
            (Some("use" | "type" | "const" | "static"), _) => self.skip_statement(),
            _ => {
                self.skip_item();
            }
        }
        // Always proceed, past a stray token too.
        self.at = self.at.max(start + 1);
        Some(Member::Verbatim {
            tokens: self.tokens[start..self.at].to_vec(),
            keyword: keyword.cloned(),
        })
    }

    fn peek(&self, ahead: usize) -> Option<&'a TokenTree> {
        self.tokens.get(self.at + ahead)
    }

    /// Whether an item begins here, where an expression could too: `unsafe { .. }`,
    /// `async move { .. }`, `const { .. }`, `gen + 1`.
    fn at_item(&self) -> bool {
        let word = |ahead| match self.peek(ahead) {
            Some(TokenTree::Ident(word)) => word.to_string(),
            _ => String::new(),
        };
        let next = word(1);
        match word(0).as_str() {
            "fn" | "use" | "struct" | "enum" | "impl" | "trait" | "mod" | "type" | "extern" => true,
            "const" | "static" => !matches!(next.as_str(), "" | "move" | "async"),
            "unsafe" | "async" => {
                matches!(next.as_str(), "fn" | "unsafe" | "extern" | "impl" | "trait")
            }
            "macro_rules" => self.peek(1).is_some_and(|bang| is_punct(bang, '!')),
            _ => false,
        }
    }

    fn attrs(&mut self) -> Vec<Attr> {
        let mut attrs = Vec::new();
        while let (Some(TokenTree::Punct(pound)), Some(TokenTree::Group(group))) =
            (self.peek(0), self.peek(1))
        {
            if pound.as_char() != '#' || group.delimiter() != Delimiter::Bracket {
                break;
            }
            attrs.push(Attr::new(pound.clone(), group.clone()));
            self.at += 2;
        }
        attrs
    }

    fn visibility(&mut self) {
        match self.peek(0) {
            Some(token) if is_word(token, "pub") => {
                self.at += 1;
                if is_group(self.tokens, self.at, Delimiter::Parenthesis) {
                    self.at += 1;
                }
            }
            Some(token) if invisible(token).is_some_and(is_visibility) => self.at += 1,
            _ => {}
        }
    }

    /// Steps over qualifiers and the keyword behind them, and returns the keyword.
    fn qualifiers(&mut self) -> Option<&'a Ident> {
        loop {
            let Some(TokenTree::Ident(word)) = self.peek(0) else { return None };
            self.at += 1;
            let text = word.to_string();
            if !QUALIFIERS.contains(&text.as_str()) {
                return Some(word);
            }
            if text == "extern" && self.peek(0).is_some_and(is_abi) {
                self.at += 1;
            }
            let qualifies = match self.peek(0) {
                Some(TokenTree::Ident(next)) => {
                    text != "const"
                        || matches!(
                            next.to_string().as_str(),
                            "fn" | "async" | "unsafe" | "extern" | "gen" | "trait" | "impl"
                        )
                }
                _ => false,
            };
            // `const LIMIT: u8`, `extern "C" { .. }`, `default!();`
            if !qualifies {
                return Some(word);
            }
        }
    }

    /// The rest of a function, from behind `fn`.
    fn func(&mut self, head_start: usize) -> Option<Func> {
        let name = match self.peek(0)? {
            TokenTree::Ident(name) => name.clone(),
            token => match trees(invisible(token)?.stream()).as_slice() {
                [TokenTree::Ident(name)] => name.clone(),
                _ => return None,
            },
        };
        let qualifiers = &self.tokens[head_start..self.at];
        let find = |word: &str| {
            qualifiers.iter().position(|t| matches!(t, TokenTree::Ident(i) if i == word))
        };
        let constness = find("const").map(|at| qualifiers[at].span());
        let asyncness = find("async");
        self.at += 1;

        let mut angles = Angles::default();
        let mut output = None;
        let mut seen_parameters = false;
        let mut body = None;
        let mut head_end = self.tokens.len();
        while let Some(token) = self.peek(0) {
            if angles.closed() {
                if let Some(braces) = braces(token).filter(|_| seen_parameters) {
                    body = Some(self::body(braces));
                } else if is_punct(token, ';') {
                    output.get_or_insert((self.at, self.at));
                }
                if body.is_some() || is_punct(token, ';') {
                    head_end = self.at;
                    self.at += 1;
                    break;
                }
                match token {
                    TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => {
                        seen_parameters = true;
                    }
                    TokenTree::Ident(word) if word == "where" => {
                        let open = output.get_or_insert((self.at, self.at));
                        open.1 = open.1.min(self.at);
                    }
                    TokenTree::Punct(_)
                        if seen_parameters && output.is_none() && angles.after_arrow(token) =>
                    {
                        output = Some((self.at + 1, usize::MAX));
                    }
                    _ => {}
                }
            }
            angles.feed(token);
            self.at += 1;
        }
        let output_at = output.map_or(head_end, |(from, _)| from) - head_start;
        let output = match output {
            Some((from, to)) => {
                self.tokens[from..to.min(head_end).max(from)].iter().cloned().collect()
            }
            None => TokenStream::new(),
        };
        let head = self.tokens[head_start..head_end].to_vec();
        let (attrs, vis) = (Vec::new(), Vec::new());
        Some(Func {
            attrs,
            vis,
            head,
            constness,
            asyncness,
            name,
            output,
            output_at,
            body,
            plan: Plan::Leave,
        })
    }

    /// Steps behind the next `;` or `{ .. }` outside of angle brackets, and returns the braces.
    fn skip_item(&mut self) -> Option<Group> {
        let mut angles = Angles::default();
        while let Some(token) = self.peek(0) {
            self.at += 1;
            if angles.closed() {
                if let Some(braces) = braces(token) {
                    return Some(braces);
                }
                if is_punct(token, ';') {
                    return None;
                }
            }
            angles.feed(token);
        }
        None
    }

    fn skip_statement(&mut self) {
        while let Some(token) = self.peek(0) {
            self.at += 1;
            if is_punct(token, ';') {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::leading_items;
    use crate::tokens::trees;

    fn leading(source: &str) -> String {
        let tokens = trees(source.parse().unwrap());
        let count = leading_items(&tokens);
        tokens[count..].iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn items_at_the_front_of_a_body_are_stepped_over() {
        assert_eq!(
            leading("use a::{b, c}; const N: usize = { 1 }; fn f() -> A<{ N }> { } x + 1"),
            "x + 1"
        );
        assert_eq!(
            leading("#[inline] pub(crate) fn f() {} struct S<T>(T) where T: Fn() -> u8; x"),
            "x"
        );
        assert_eq!(
            leading(
                "unsafe extern \"C\" { fn f(); } async fn g() {} macro_rules! m { () => {} } x"
            ),
            "x"
        );
    }

    #[test]
    fn expressions_that_begin_like_items_stay() {
        for source in ["unsafe", "async", "async move", "const"] {
            let source = format!("{source} {{ x }}");
            assert_eq!(leading(&source), source);
        }
        for source in ["gen + 1", "# [allow (x)] let y = 1 ;", "union . x ()", "default ! () ;", ""]
        {
            assert_eq!(leading(source), source);
        }
    }
}
