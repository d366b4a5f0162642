//! The one error type of this crate.

use std::fmt;

/// What can go wrong outside a lookup: reading a report that was written earlier.
///
/// The message says what is wrong, where, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    NewerVersion { found: u64, known: u32 },
    NotAReport { reason: String },
    Corrupt { reason: String },
}

impl Error {
    pub(crate) fn newer_version(found: u64, known: u32) -> Self {
        Self { kind: Kind::NewerVersion { found, known } }
    }

    pub(crate) fn not_a_report(reason: impl Into<String>) -> Self {
        Self { kind: Kind::NotAReport { reason: reason.into() } }
    }

    pub(crate) fn corrupt(reason: impl Into<String>) -> Self {
        Self { kind: Kind::Corrupt { reason: reason.into() } }
    }

    /// Whether the report was written by a later memopt than this one.
    pub fn is_newer_version(&self) -> bool {
        matches!(self.kind, Kind::NewerVersion { .. })
    }

    /// Whether the text is something else than a report of memopt.
    pub fn is_not_a_report(&self) -> bool {
        matches!(self.kind, Kind::NotAReport { .. })
    }

    /// Whether the text is a report of memopt that was cut or changed.
    pub fn is_corrupt(&self) -> bool {
        matches!(self.kind, Kind::Corrupt { .. })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::NewerVersion { found, known } => write!(
                f,
                "the report has version {found}, this memopt reads up to {known}; update memopt to read it"
            ),
            Kind::NotAReport { reason } => {
                write!(f, "not a memopt report: {reason}; expected the text that `Report::to_json` returns")
            }
            Kind::Corrupt { reason } => write!(f, "the report is corrupt: {reason}; write it again"),
        }
    }
}

impl std::error::Error for Error {}
