//! Cuts Rust source into tokens, the way one writes a lexer on the first day: all characters in a
//! `Vec`, every token in its own growing `String`. The report at the end of the run says what that
//! costs.
//!
//! Any text lexes: what is left open at the end of the file simply ends there.

mod token;
mod words;

pub(crate) use token::{Kind, Token};
use words::{KEYWORDS, continues_word, starts_word};

/// Reads tokens off a text.
pub(crate) struct Lexer {
    chars: Vec<char>,
    at: usize,
}

// (2) On an `impl`, every function in it gets a line of its own in the report ..
#[memopt::track_alloc]
impl Lexer {
    /// A lexer at the start of `source`.
    pub(crate) fn new(source: &str) -> Self {
        Self { chars: source.chars().collect(), at: 0 }
    }

    /// All tokens to the end of the text.
    pub(crate) fn tokens(mut self) -> Vec<Token> {
        let mut tokens = Vec::new();
        while let Some(token) = self.token() {
            tokens.push(token);
        }
        tokens
    }

    fn token(&mut self) -> Option<Token> {
        while self.peek(0).is_some_and(char::is_whitespace) {
            self.at += 1;
        }
        let first = self.peek(0)?;
        let (kind, text) = match (first, self.peek(1)) {
            ('/', Some('/')) => (Kind::Comment, self.line_comment()),
            ('/', Some('*')) => (Kind::Comment, self.block_comment()),
            ('"', _) => (Kind::Text, self.quoted(String::new(), '"')),
            ('\'', _) => self.quote(),
            (first, _) if first.is_ascii_digit() => (Kind::Number, self.number()),
            (first, _) if starts_word(first) => self.word(),
            _ => (Kind::Symbol, self.take(1)),
        };
        Some(Token { kind, text })
    }

    /// A keyword, an identifier, or the text whose prefix looks like one: `r"..", br#".."#, b'x',
    /// c".."`.
    fn word(&mut self) -> (Kind, String) {
        let mut word = String::new();
        while let Some(c) = self.peek(0).filter(|c| continues_word(*c)) {
            word.push(c);
            self.at += 1;
        }
        match (word.as_str(), self.peek(0)) {
            ("b" | "c", Some('"')) => (Kind::Text, self.quoted(word, '"')),
            ("b", Some('\'')) => (Kind::Text, self.quoted(word, '\'')),
            ("r" | "br" | "cr", Some('"' | '#')) if self.raw_text_follows() => {
                (Kind::Text, self.raw_text(word))
            }
            ("r", Some('#')) if self.peek(1).is_some_and(starts_word) => {
                self.at += 1;
                let (_, name) = self.word();
                (Kind::Identifier, format!("r#{name}"))
            }
            (text, _) if KEYWORDS.contains(&text) => (Kind::Keyword, word),
            _ => (Kind::Identifier, word),
        }
    }

    fn number(&mut self) -> String {
        let mut number = String::new();
        while let Some(c) = self.peek(0) {
            let digit_follows = self.peek(1).is_some_and(|next| next.is_ascii_digit());
            let exponent = number.ends_with(['e', 'E']) && !number.starts_with("0x");
            if continues_word(c)
                || (c == '.' && digit_follows)
                || (matches!(c, '+' | '-') && exponent)
            {
                number.push(c);
                self.at += 1;
            } else {
                break;
            }
        }
        number
    }

    /// `'a'`, `'\n'` or the lifetime `'a`.
    fn quote(&mut self) -> (Kind, String) {
        if self.peek(1) == Some('\\') || self.peek(2) == Some('\'') {
            return (Kind::Text, self.quoted(String::new(), '\''));
        }
        let mut lifetime = self.take(1);
        while let Some(c) = self.peek(0).filter(|c| continues_word(*c)) {
            lifetime.push(c);
            self.at += 1;
        }
        (Kind::Lifetime, lifetime)
    }

    /// From the opening `quote` to the closing one; a backslash takes the next character with it.
    fn quoted(&mut self, prefix: String, quote: char) -> String {
        let mut text = prefix + &self.take(1);
        while let Some(c) = self.peek(0) {
            text.push_str(&self.take(if c == '\\' { 2 } else { 1 }));
            if c == quote {
                break;
            }
        }
        text
    }

    /// Whether what follows is `#..#"`, and not the `#` of a raw identifier.
    #[track_alloc(skip)]
    fn raw_text_follows(&self) -> bool {
        self.chars[self.at..].iter().find(|c| **c != '#') == Some(&'"')
    }

    fn raw_text(&mut self, prefix: String) -> String {
        let hashes = self.chars[self.at..].iter().take_while(|c| **c == '#').count();
        let closing = format!("\"{}", "#".repeat(hashes));
        let mut text = prefix + &self.take(hashes + 1);
        while self.peek(0).is_some() {
            text.push_str(&self.take(1));
            if text.ends_with(&closing) {
                break;
            }
        }
        text
    }

    fn line_comment(&mut self) -> String {
        let mut comment = String::new();
        while let Some(c) = self.peek(0).filter(|c| *c != '\n') {
            comment.push(c);
            self.at += 1;
        }
        comment
    }

    /// Block comments nest.
    fn block_comment(&mut self) -> String {
        let mut comment = String::new();
        let mut depth = 0;
        while let Some(c) = self.peek(0) {
            let step = match (c, self.peek(1)) {
                ('/', Some('*')) => 1,
                ('*', Some('/')) => -1,
                _ => 0,
            };
            depth += step;
            comment.push_str(&self.take(if step == 0 { 1 } else { 2 }));
            if depth == 0 {
                break;
            }
        }
        comment
    }

    /// The next `count` characters, or what is left of them.
    fn take(&mut self, count: usize) -> String {
        let end = (self.at + count).min(self.chars.len());
        let text = self.chars[self.at..end].iter().collect();
        self.at = end;
        text
    }

    // .. except where that tells nothing: this one allocates nothing.
    #[track_alloc(skip)]
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }
}

#[cfg(test)]
mod tests;
