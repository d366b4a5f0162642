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
    /// A text is no report.
    Format,
    /// A report was written by a later memopt.
    NewerVersion,
    /// A report was cut or changed.
    Corrupt,
    /// A setting has a value that means nothing.
    Setting,
    /// A file could not be written or read.
    Io,
    /// A value could not be written to, or read from, its compressed form.
    Encoding,
}

impl Error {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    pub(crate) fn not_a_report(reason: impl fmt::Display) -> Self {
        let rule = "expected the text that `Report::to_json` returns";
        Self::new(Kind::Format, format!("not a memopt report: {reason}; {rule}"))
    }

    pub(crate) fn newer_version(found: u64, known: u32) -> Self {
        let message = format!(
            "the report has version {found}, this memopt reads up to {known}; update memopt to read it"
        );
        Self::new(Kind::NewerVersion, message)
    }

    pub(crate) fn corrupt(reason: impl fmt::Display) -> Self {
        Self::new(Kind::Corrupt, format!("the report is corrupt: {reason}; write it again"))
    }

    /// Whether a text was not a report this version can read, for any of the reasons below or because it is
    /// something else altogether.
    pub fn is_format(&self) -> bool {
        matches!(self.kind, Kind::Format | Kind::NewerVersion | Kind::Corrupt)
    }

    /// Whether a report was written by a later memopt than this one.
    pub fn is_newer_version(&self) -> bool {
        self.kind == Kind::NewerVersion
    }

    /// Whether a text is a report of memopt that was cut or changed.
    pub fn is_corrupt(&self) -> bool {
        self.kind == Kind::Corrupt
    }

    /// Whether a setting (an argument or an environment variable) could not be understood.
    pub fn is_setting(&self) -> bool {
        self.kind == Kind::Setting
    }

    /// Whether a value could not be written to, or read from, its compressed form.
    pub fn is_encoding(&self) -> bool {
        self.kind == Kind::Encoding
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
