//! Splits a source into tokens. Comments are dropped, literals are opaque.

/// What a token is, as far as the reader of imports needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A name or a keyword; raw ones without their `r#`.
    Word,
    /// One character of punctuation, or `::`.
    Sign,
    /// A string; its text is what stands between the quotes.
    Text,
    /// A number, a character, a byte or a lifetime.
    Other,
}

/// One token and the line it begins on, counted from 1.
#[derive(Clone, Debug)]
pub struct Token {
    pub kind: Kind,
    pub text: String,
    pub line: usize,
}

impl Token {
    pub fn is(&self, text: &str) -> bool {
        self.text == text && matches!(self.kind, Kind::Word | Kind::Sign)
    }

    pub fn is_word(&self) -> bool {
        self.kind == Kind::Word
    }
}

/// The tokens of a source that compiles.
pub fn tokens(source: &str) -> Vec<Token> {
    let mut lexer = Lexer { rest: source, line: 1, found: Vec::new() };
    while lexer.next() {}
    lexer.found
}

struct Lexer<'a> {
    rest: &'a str,
    line: usize,
    found: Vec<Token>,
}

impl<'a> Lexer<'a> {
    fn next(&mut self) -> bool {
        let Some(first) = self.rest.chars().next() else { return false };
        if first.is_whitespace() {
            self.take(first.len_utf8());
        } else if self.rest.starts_with("//") {
            self.take(self.rest.find('\n').unwrap_or(self.rest.len()));
        } else if self.rest.starts_with("/*") {
            self.take(self.block_comment());
        } else if let Some((start, hashes)) = string_start(self.rest) {
            self.string(start, hashes);
        } else if let Some(byte) = self.rest.strip_prefix('b').filter(|rest| rest.starts_with('\''))
        {
            self.push(Kind::Other, 1 + quote(byte));
        } else if first.is_alphabetic() || first == '_' {
            self.word();
        } else if first.is_ascii_digit() {
            self.push(Kind::Other, self.while_in(|c| c.is_alphanumeric() || c == '_'));
        } else if first == '\'' {
            self.push(Kind::Other, quote(self.rest));
        } else {
            let length = if self.rest.starts_with("::") { 2 } else { first.len_utf8() };
            self.push(Kind::Sign, length);
        }
        true
    }

    /// Takes the next `length` bytes off the source.
    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken
    }

    fn push(&mut self, kind: Kind, length: usize) {
        let line = self.line;
        let text = self.take(length).to_owned();
        self.found.push(Token { kind, text, line });
    }

    fn while_in(&self, belongs: impl Fn(char) -> bool) -> usize {
        self.rest.find(|c| !belongs(c)).unwrap_or(self.rest.len())
    }

    fn word(&mut self) {
        if self.rest.starts_with("r#") {
            self.take(2);
        }
        self.push(Kind::Word, self.while_in(|c| c.is_alphanumeric() || c == '_'));
    }

    /// The length of a comment in which others may be nested.
    fn block_comment(&self) -> usize {
        let (mut at, mut depth) = (0, 0);
        loop {
            let rest = &self.rest[at..];
            let Some(next) = rest.find(['/', '*']) else { return self.rest.len() };
            at += next;
            let step = match &self.rest.as_bytes()[at..] {
                [b'/', b'*', ..] => 1,
                [b'*', b'/', ..] => -1,
                _ => 0,
            };
            depth += step;
            at += if step == 0 { 1 } else { 2 };
            if depth == 0 {
                return at;
            }
        }
    }

    /// A string whose text begins `start` bytes on. Raw ones end at a quote and `hashes`.
    fn string(&mut self, start: usize, hashes: Option<usize>) {
        let line = self.line;
        self.take(start);
        let end = match hashes {
            Some(hashes) => format!("\"{}", "#".repeat(hashes)),
            None => "\"".to_owned(),
        };
        let mut length = 0;
        while length < self.rest.len() && !self.rest[length..].starts_with(&end) {
            let escaped = hashes.is_none() && self.rest[length..].starts_with('\\');
            let mut chars = self.rest[length..].chars();
            length += chars.next().map_or(0, char::len_utf8);
            if escaped {
                length += chars.next().map_or(0, char::len_utf8);
            }
        }
        let text = self.take(length).to_owned();
        self.take(end.len().min(self.rest.len()));
        self.found.push(Token { kind: Kind::Text, text, line });
    }
}

/// The length of a character, a byte or a lifetime, from its quote on.
fn quote(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), Some((escaped, _))) => {
            let from = escaped + 1;
            rest[from..].find('\'').map_or(rest.len(), |end| from + end + 1)
        }
        (Some(_), Some((end, '\''))) => end + 1,
        _ => 1 + rest[1..].find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(0),
    }
}

/// Where the text of a string literal begins, and the hashes of a raw one.
fn string_start(rest: &str) -> Option<(usize, Option<usize>)> {
    let prefix = rest.find(|c: char| !matches!(c, 'b' | 'c' | 'r')).filter(|at| *at <= 2)?;
    let hashes = rest[prefix..].len() - rest[prefix..].trim_start_matches('#').len();
    let raw = rest[..prefix].ends_with('r');
    if !rest[prefix + hashes..].starts_with('"') || (hashes > 0 && !raw) {
        return None;
    }
    Some((prefix + hashes + 1, raw.then_some(hashes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(source: &str) -> Vec<String> {
        let words = tokens(source).into_iter().filter(Token::is_word);
        words.map(|token| token.text).collect()
    }

    #[test]
    fn comments_and_literals_hold_no_words() {
        let source = r##"
            a // b
            /* c /* d */ e */ f
            "g \" h" r#"i " j"# b"k" c"l" 'm' '\'' b'n' 'o: p 1usize 2.5e3
        "##;
        assert_eq!(words(source), ["a", "f", "p"]);
    }

    #[test]
    fn raw_names_stand_without_their_mark() {
        assert_eq!(words("r#use br cr r"), ["use", "br", "cr", "r"]);
    }

    #[test]
    fn lines_are_counted_through_strings_and_comments() {
        let found = tokens("a\n\"x\ny\"\n/* \n */ b::c");
        let lines: Vec<_> = found.iter().map(|token| (token.text.as_str(), token.line)).collect();
        assert_eq!(lines, [("a", 1), ("x\ny", 2), ("b", 5), ("::", 5), ("c", 5)]);
    }
}
