//! Rust source cut into tokens, as far as the scan of a body needs it: comments are gone, literals
//! are one token each.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or keyword.
    Word,
    /// A string, character or number.
    Literal,
    /// One character of punctuation.
    Mark,
}

/// One token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    /// Byte where it begins.
    pub(super) at: usize,
    /// Line, from 1.
    pub(super) line: u32,
}

impl Token<'_> {
    /// Byte behind it.
    pub(super) fn end(&self) -> usize {
        self.at + self.text.len()
    }
}

/// The tokens from byte `from`, which stands in line `line`, up to the brace that closes the first
/// one opened; all to the end where none is.
pub(super) fn item(source: &str, from: usize, line: u32) -> Vec<Token<'_>> {
    // The last is the brace that closes, or the end of a declaration without a body.
    read(source, from, line, |depth, text| match text {
        "}" => depth <= 1,
        ";" => depth == 0,
        _ => false,
    })
}

/// The tokens up to the one that is the last at its depth in braces.
fn read(
    source: &str,
    from: usize,
    mut line: u32,
    is_last: impl Fn(usize, &str) -> bool,
) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let (mut at, mut depth) = (from, 0usize);
    while let Some(rest) = source.get(at..).filter(|rest| !rest.is_empty()) {
        let (kind, length) = next(rest);
        let text = &rest[..length];
        if let Some(kind) = kind {
            tokens.push(Token { kind, text, at, line });
            if is_last(depth, text) {
                break;
            }
            match text {
                "{" => depth += 1,
                "}" => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        line += text.matches('\n').count() as u32;
        at += length;
    }
    tokens
}

/// The tokens from byte `from`, which stands in line `line`, to the end of the block that it stands
/// in.
pub(super) fn rest_of_block(source: &str, from: usize, line: u32) -> Vec<Token<'_>> {
    read(source, from, line, |depth, text| depth == 0 && text == "}")
}

/// What comes first: its kind, none for blanks and comments, and its length.
fn next(rest: &str) -> (Option<Kind>, usize) {
    let first = rest.chars().next().unwrap_or(' ');
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let run = |of: fn(char) -> bool| rest.find(|c| !of(c)).unwrap_or(rest.len());
    if first.is_whitespace() {
        return (None, run(char::is_whitespace));
    }
    if rest.starts_with("//") {
        return (None, rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return (None, block_comment(rest));
    }
    if let Some(length) = raw_string(rest) {
        return (Some(Kind::Literal), length);
    }
    // PERF: not `find`, which looks through the rest of the file at each token.
    let quote = usize::from(matches!(first, 'b' | 'c'));
    if rest.as_bytes().get(quote) == Some(&b'"') {
        return (Some(Kind::Literal), quote + closed(&rest[quote..], '"'));
    }
    if first == '\'' {
        let mut chars = rest.char_indices().skip(1);
        let (inner, behind) = (chars.next(), chars.next());
        let character = matches!(inner, Some((_, '\\'))) || matches!(behind, Some((_, '\'')));
        if character {
            return (Some(Kind::Literal), closed(rest, '\''));
        }
        // A lifetime.
        return (Some(Kind::Mark), 1);
    }
    if word(first) {
        let length = run(|c| c.is_alphanumeric() || c == '_');
        let kind = if first.is_ascii_digit() { Kind::Literal } else { Kind::Word };
        return (Some(kind), length);
    }
    (Some(Kind::Mark), first.len_utf8())
}

/// The length of a literal from its quote to the next that is not escaped.
fn closed(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    rest.len()
}

fn raw_string(rest: &str) -> Option<usize> {
    let behind = rest.strip_prefix("br").or_else(|| rest.strip_prefix("cr"));
    let behind = behind.or_else(|| rest.strip_prefix('r'))?;
    let hashes = behind.find(|c| c != '#')?;
    let content = behind[hashes..].strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    let start = rest.len() - content.len();
    Some(content.find(&close).map_or(rest.len(), |at| start + at + close.len()))
}

fn block_comment(rest: &str) -> usize {
    let (mut at, mut depth) = (0, 0usize);
    while at < rest.len() {
        let here = &rest[at..];
        if here.starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if here.starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += here.chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// Where the generic arguments open that close at token `close`.
pub(super) fn generics(tokens: &[Token<'_>], close: usize) -> Option<usize> {
    let mut depth = 0usize;
    (0..=close).rev().find(|at| {
        match tokens[*at].text {
            ">" => depth += 1,
            "<" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0
    })
}

/// The bracket that token `close` closes.
pub(super) fn opening(tokens: &[Token<'_>], close: usize) -> Option<usize> {
    let mut depth = 0usize;
    (0..=close).rev().find(|at| {
        match tokens[*at].text {
            ")" | "]" | "}" => depth += 1,
            "(" | "[" | "{" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0
    })
}

/// The bracket that closes the one at token `open`.
pub(super) fn closing(tokens: &[Token<'_>], open: usize) -> Option<usize> {
    let mut depth = 0usize;
    (open..tokens.len()).find(|at| {
        match tokens[*at].text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0
    })
}

#[cfg(test)]
mod tests {
    use super::{item, rest_of_block};

    #[test]
    fn the_rest_of_a_block_ends_with_it() {
        let source = "{ a(); let _s = scope!(\"x\"); if b { c() } d } e";
        let tokens = rest_of_block(source, source.find("scope").unwrap(), 1);
        let last: Vec<&str> = tokens.iter().rev().take(2).map(|token| token.text).collect();
        assert_eq!(last, ["}", "d"]);
    }

    #[test]
    fn literals_and_comments_hide_braces() {
        let source = "fn f<'a>() { /* } /* } */ */ let c = '}'; // }\n \
                      g(\"}\\\"}\", r#\"}\"}\"#, b\"}\", '\\'', 1.5) } fn h() {}";
        let tokens = item(source, 0, 1);
        let text: Vec<&str> = tokens.iter().map(|token| token.text).collect();
        assert_eq!(text.last(), Some(&"}"));
        assert!(!text.contains(&"h"), "{text:?}");
        assert!(text.contains(&"'}'") && text.contains(&"r#\"}\"}\"#"), "{text:?}");
        let g = tokens.iter().find(|token| token.text == "g").unwrap();
        assert_eq!(g.line, 2);
    }

    #[test]
    fn a_cut_file_ends() {
        for source in ["fn f() { \"", "fn f() { /*", "fn f() { r#\"", "fn f(", "'", "fn f();x"] {
            assert!(item(source, 0, 1).len() < 20);
        }
    }
}
