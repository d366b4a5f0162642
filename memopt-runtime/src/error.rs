//! What can go wrong, in one opaque type.

use std::fmt;

/// An error of memopt; its text says what, where and how to mend it.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A report could not be read.
    Format,
    /// A setting has a value that means nothing.
    Setting,
    /// A file could not be written or read.
    Io,
}

impl Error {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// Whether a text was not a report this version can read.
    pub fn is_format(&self) -> bool {
        self.kind == Kind::Format
    }

    /// Whether a setting (an argument or an environment variable) could not be understood.
    pub fn is_setting(&self) -> bool {
        self.kind == Kind::Setting
    }

    /// Whether a file could not be written or read.
    pub fn is_io(&self) -> bool {
        self.kind == Kind::Io
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
