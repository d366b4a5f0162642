//! Reads a file's items: the modules it declares, the names it defines, what it imports and which
//! paths it mentions. Code for tests (`#[cfg(test)]`, `#[test]`) is left out.

use super::extent::{attribute_length, group_length, item_length};
use super::lex::{Kind, Token, tokens};

/// What one module holds. An inline module is a module of its own in the same file.
#[derive(Debug, Default)]
pub struct Items {
    pub modules: Vec<Declared>,
    pub defined: Vec<String>,
    /// Macros that `#[macro_export]` puts at the root of the crate.
    pub exported: Vec<String>,
    pub imports: Vec<Import>,
    pub mentions: Vec<Mention>,
}

/// `mod name;` or `mod name { .. }`.
#[derive(Debug)]
pub struct Declared {
    pub name: String,
    /// Of `#[path = ".."]`; several where `cfg_attr` chooses.
    pub paths: Vec<String>,
    pub inline: Option<Items>,
}

/// One name of a `use`.
#[derive(Debug)]
pub struct Import {
    pub path: Vec<String>,
    /// The name it has in this module; `*` stands for all of a module's names.
    pub name: String,
    /// Whether others may import it from this module.
    pub public: bool,
    pub line: usize,
}

/// A path outside of `use`. One that begins with `::` has an empty name in front.
#[derive(Debug)]
pub struct Mention {
    pub path: Vec<String>,
    pub line: usize,
}

/// The items of a file's source.
pub fn items(source: &str) -> Items {
    let tokens = tokens(source);
    let mut reader = Reader { tokens: &tokens, found: Items::default() };
    reader.module();
    reader.found
}

struct Reader<'a> {
    /// What is not read yet.
    tokens: &'a [Token],
    found: Items,
}

/// The attributes in front of an item, as far as they matter here.
#[derive(Default)]
struct Attributes {
    test: bool,
    exported: bool,
    paths: Vec<String>,
}

impl<'a> Reader<'a> {
    fn module(&mut self) {
        while !self.tokens.is_empty() {
            let attributes = self.attributes();
            let public = self.visibility();
            let item = self.split(item_length(self.tokens, false));
            if attributes.test {
                continue;
            }
            match item {
                [word, ..] if word.is("use") => self.import(item, public),
                [word, name, next, ..] if word.is("mod") && name.is_word() => {
                    let body = next.is("{").then(|| &item[3..item.len() - 1]);
                    let inline = body.map(|tokens| {
                        let mut reader = Reader { tokens, found: Items::default() };
                        reader.module();
                        reader.found
                    });
                    let (name, paths) = (name.text.clone(), attributes.paths);
                    self.found.modules.push(Declared { name, paths, inline });
                }
                _ => {
                    self.define(item, attributes.exported);
                    Reader { tokens: item, found: std::mem::take(&mut self.found) }
                        .body(&mut self.found);
                }
            }
        }
    }

    fn split(&mut self, length: usize) -> &'a [Token] {
        let (taken, rest) = self.tokens.split_at(length.min(self.tokens.len()));
        self.tokens = rest;
        taken
    }

    /// Takes the attributes that come next, inner ones too.
    fn attributes(&mut self) -> Attributes {
        let mut found = Attributes::default();
        while let Some(length) = attribute_length(self.tokens) {
            let attribute = self.split(length);
            let is =
                |name: &str| attribute.iter().find(|t| t.is_word()).is_some_and(|t| t.is(name));
            found.test |= is("test") || is_for_tests(attribute);
            found.exported |= is("macro_export");
            for part in attribute.windows(3) {
                if part[0].is("path") && part[1].is("=") && part[2].kind == Kind::Text {
                    found.paths.push(part[2].text.clone());
                }
            }
        }
        found
    }

    /// Takes `pub` and `pub(..)`; tells whether it was there.
    fn visibility(&mut self) -> bool {
        if !self.tokens.first().is_some_and(|token| token.is("pub")) {
            return false;
        }
        self.split(1);
        if self.tokens.first().is_some_and(|token| token.is("(")) {
            self.split(group_length(self.tokens));
        }
        true
    }

    /// Notes the names an item defines. What a macro defines cannot be known: each `fn name` and
    /// the like in its invocation counts.
    fn define(&mut self, item: &[Token], exported: bool) {
        const KEYWORDS: [&str; 8] =
            ["fn", "struct", "enum", "union", "trait", "type", "const", "static"];
        if let [word, bang, name, ..] = item
            && word.is("macro_rules")
            && bang.is("!")
        {
            self.found.defined.push(name.text.clone());
            if exported {
                self.found.exported.push(name.text.clone());
            }
            return;
        }
        let many = item.iter().take_while(|token| !token.is("{")).any(|token| token.is("!"))
            || item.iter().take_while(|token| !token.is("fn")).any(|token| token.is("extern"));
        for (at, keyword) in item.iter().enumerate() {
            let Some(name) = item[at + 1..].iter().find(|token| !token.is("mut")) else { return };
            let goes_on = ["fn", "unsafe", "async", "extern"].iter().any(|word| name.is(word));
            if KEYWORDS.iter().any(|word| keyword.is(word)) && name.is_word() && !goes_on {
                self.found.defined.push(name.text.clone());
                if !many {
                    return;
                }
            }
            if keyword.is("impl") {
                return;
            }
        }
    }

    /// Notes what an item mentions, `use` inside of functions included, and gives the result back.
    fn body(mut self, back: &mut Items) {
        let all = self.tokens;
        while let Some(token) = self.tokens.first() {
            let before = all.len().checked_sub(self.tokens.len() + 1).map(|at| &all[at]);
            let after_name = before.is_some_and(|token| {
                token.is(">")
                    || (token.is_word() && !KEYWORDS_BEFORE_A_PATH.contains(&&*token.text))
            });
            if attribute_length(self.tokens).is_some() {
                if self.attributes().test {
                    self.visibility();
                    self.split(item_length(self.tokens, true));
                }
            } else if token.is("pub") {
                self.visibility();
            } else if token.is("use") && !self.tokens.get(1).is_some_and(|next| next.is("<")) {
                let item = self.split(item_length(self.tokens, false));
                self.import(item, false);
            } else if token.is("::") && !after_name {
                self.mention();
            } else if token.is_word() {
                let bound = before.is_some_and(|token| {
                    ["::", ".", "$", "#", "fn"].iter().any(|sign| token.is(sign))
                });
                if bound { drop(self.path()) } else { self.mention() }
            } else {
                self.split(1);
            }
        }
        *back = self.found;
    }

    /// Takes `a::b::c`; of `a::<T>::b` the front.
    fn path(&mut self) -> Vec<String> {
        let mut path = Vec::new();
        if self.tokens[0].is("::") {
            path.push(String::new());
            self.split(1);
        }
        while let Some(word) = self.tokens.first().filter(|token| token.is_word()) {
            path.push(word.text.clone());
            self.split(1);
            match self.tokens {
                [colons, next, ..] if colons.is("::") && next.is_word() => self.split(1),
                _ => break,
            };
        }
        path
    }

    fn mention(&mut self) {
        let line = self.tokens[0].line;
        let path = self.path();
        let next = self.tokens.first();
        // A lone name may be a variable; one with a capital, or one that is called, is an item.
        let item = |name: &str| {
            name.starts_with(|c: char| c.is_uppercase())
                || next.is_some_and(|token| token.is("(") || token.is("!") || token.is("::"))
        };
        if path.len() > 1 || path.first().is_some_and(|name| item(name)) {
            self.found.mentions.push(Mention { path, line });
        }
    }

    fn import(&mut self, item: &[Token], public: bool) {
        let tree = &item[1..];
        // `use` in what a macro writes may hold `#name`, which no one can follow.
        if tree.iter().any(|token| token.is("#") || token.is("$")) {
            return;
        }
        self.tree(&mut { tree }, &[], public);
    }

    /// Reads one branch of a `use`, up to the `,`, `}` or `;` behind it.
    fn tree(&mut self, rest: &mut &[Token], front: &[String], public: bool) {
        let mut path = front.to_vec();
        let mut line = 0;
        while let [token, behind @ ..] = *rest {
            line = if line == 0 { token.line } else { line };
            if token.is(",") || token.is("}") || token.is(";") {
                break;
            }
            *rest = behind;
            if token.is("{") {
                while !rest.is_empty() && !rest[0].is("}") {
                    self.tree(rest, &path, public);
                    *rest = &rest[usize::from(rest.first().is_some_and(|next| next.is(",")))..];
                }
                *rest = &rest[1.min(rest.len())..];
                return;
            }
            if token.is("*") {
                self.found.imports.push(Import { path, name: "*".into(), public, line });
                return;
            }
            if token.is("as") {
                let name = rest.first().map_or_else(String::new, |token| token.text.clone());
                *rest = &rest[1.min(rest.len())..];
                self.found.imports.push(Import { path, name, public, line });
                return;
            }
            if token.is("::") && path.is_empty() {
                path.push(String::new());
            } else if token.is_word() && (path.is_empty() || !token.is("self")) {
                path.push(token.text.clone());
            }
        }
        if let Some(name) = path.last().cloned().filter(|_| path.len() > front.len() || line > 0) {
            self.found.imports.push(Import { path, name, public, line });
        }
    }
}

/// A `::` behind one of these begins a path.
const KEYWORDS_BEFORE_A_PATH: [&str; 14] = [
    "as", "break", "dyn", "else", "for", "if", "impl", "in", "match", "mut", "return", "unsafe",
    "where", "while",
];

/// Whether it is `cfg(test)`, alone or among others that all must hold.
fn is_for_tests(attribute: &[Token]) -> bool {
    let mut words = attribute.iter().filter(|token| token.is_word());
    words.next().is_some_and(|word| word.is("cfg"))
        && words.take_while(|word| !word.is("any") && !word.is("not")).any(|word| word.is("test"))
}
