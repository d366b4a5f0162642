//! Why a server does not answer.

use std::fmt;
use std::io;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault(pub(super) String);

impl Fault {
    /// What is wrong, in lower case without a full stop.
    pub(super) fn new(what: impl fmt::Display) -> Self {
        Self(what.to_string())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self(match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => "no answer in 5 s".to_owned(),
            io::ErrorKind::UnexpectedEof => "the answer was cut".to_owned(),
            _ => error.to_string(),
        })
    }
}
