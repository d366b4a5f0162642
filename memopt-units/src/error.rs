//! Why a text is not a size or a duration.

use std::fmt;

/// A text that is not a size or a duration. `Display` states the rule and the remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    kind: Kind,
    message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Number,
    Unit,
    Range,
}

impl ParseError {
    pub(crate) fn new(kind: Kind, message: String) -> Self {
        Self { kind, message }
    }

    /// Whether the text does not begin with a number.
    pub fn is_number(&self) -> bool {
        self.kind == Kind::Number
    }

    /// Whether the unit is unknown or missing.
    pub fn is_unit(&self) -> bool {
        self.kind == Kind::Unit
    }

    /// Whether the value is too large for 64 bits, or a fraction of the smallest unit.
    pub fn is_range(&self) -> bool {
        self.kind == Kind::Range
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ParseError {}
