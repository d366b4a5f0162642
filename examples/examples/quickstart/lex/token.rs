//! What a lexer gives.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A name of the program's own.
    Identifier,
    /// A word of the language.
    Keyword,
    /// `'a`.
    Lifetime,
    /// `42`, `1.5e-3`, `0xff_u8`.
    Number,
    /// String, byte string, raw string or character.
    Text,
    /// Line or block comment.
    Comment,
    /// One character of punctuation.
    Symbol,
}

/// One token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// What it is.
    pub(crate) kind: Kind,
    /// Its characters.
    pub(crate) text: String,
}
