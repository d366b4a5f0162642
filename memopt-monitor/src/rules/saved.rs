//! Counters, limits and runs that outlive the program.

use super::machine::Rules;
use super::memory::Memory;
use std::fmt;

/// What a saved state begins with: the name of the format, and its version.
const HEAD: [u8; 5] = *b"MORU\x01";

/// Why a saved state cannot be taken up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateError(String);

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StateError {}

impl Rules {
    /// Limits, cooldowns, proposals, what did harm, and the runs, for [`load`](Self::load).
    pub fn save(&self) -> Vec<u8> {
        let mut bytes = HEAD.to_vec();
        // Only a type that refuses to be written fails here, and none of these does.
        bytes.extend(postcard::to_allocvec(&self.memory_to_save()).unwrap_or_default());
        bytes
    }

    /// Takes up what was saved, in the place of all that is known.
    ///
    /// # Errors
    ///
    /// Where the bytes are not what `save` wrote. Nothing has changed then.
    pub fn load(&mut self, bytes: &[u8]) -> Result<(), StateError> {
        let refuse = |why: &str| Err(StateError(format!("saved rules cannot be read: {why}")));
        let Some((head, body)) = bytes.split_at_checked(HEAD.len()) else {
            return refuse("they are cut off");
        };
        if head[..4] != HEAD[..4] {
            return refuse("they are something else");
        }
        if head[4] != HEAD[4] {
            return refuse(&format!("their version {} is not known here", head[4]));
        }
        match postcard::from_bytes::<Memory>(body) {
            Ok(memory) => {
                self.memory = memory;
                Ok(())
            }
            Err(error) => refuse(&error.to_string()),
        }
    }
}
