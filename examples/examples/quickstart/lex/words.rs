//! What a word is made of, and which are the language's own.

/// Whether a word may start with `c`.
pub(crate) fn starts_word(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

/// Whether a word may go on with `c`.
pub(crate) fn continues_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The words of the language.
pub(crate) const KEYWORDS: [&str; 39] = [
    "Self", "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum",
    "extern", "false", "fn", "for", "if", "impl", "in", "let", "loop", "match", "mod", "move",
    "mut", "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true", "type",
    "union", "unsafe", "use", "where", "while",
];
