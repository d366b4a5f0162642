//! States that outlive the program, as bytes: the name of the format, its version, and the value.

use serde::{Serialize, de::DeserializeOwned};
use std::fmt;

/// Why a saved state cannot be taken up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateError(String);

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StateError {}

/// A kind of saved state.
pub(crate) struct Saved {
    /// What people call it.
    pub(crate) what: &'static str,
    /// What it begins with.
    pub(crate) name: [u8; 4],
    pub(crate) version: u8,
}

impl Saved {
    /// The value as bytes.
    pub(crate) fn write<T: Serialize>(&self, value: &T) -> Vec<u8> {
        let mut bytes = self.name.to_vec();
        bytes.push(self.version);
        // Only a type that refuses to be written fails here, and none of ours does.
        bytes.extend(postcard::to_allocvec(value).unwrap_or_default());
        bytes
    }

    /// The value of bytes that [`write`](Self::write) made.
    pub(crate) fn read<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T, StateError> {
        let refuse = |why: &str| StateError(format!("saved {} cannot be read: {why}", self.what));
        let (head, body) = bytes.split_at_checked(5).ok_or_else(|| refuse("they are cut off"))?;
        if head[..4] != self.name {
            return Err(refuse("they are something else"));
        }
        if head[4] != self.version {
            return Err(refuse(&format!("their version {} is not known here", head[4])));
        }
        postcard::from_bytes(body).map_err(|error| refuse(&error.to_string()))
    }
}
