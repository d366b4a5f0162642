//! Counters, limits and runs that outlive the program.

use super::machine::Rules;
use crate::saved::{Saved, StateError};

const SAVED: Saved = Saved { what: "rules", name: *b"MORU", version: 1 };

impl Rules {
    /// Limits, cooldowns, proposals, what did harm, and the runs, for [`load`](Self::load).
    pub fn save(&self) -> Vec<u8> {
        SAVED.write(&self.memory_to_save())
    }

    /// Takes up what was saved, in the place of all that is known.
    ///
    /// # Errors
    ///
    /// Where the bytes are not what `save` wrote. Nothing has changed then.
    pub fn load(&mut self, bytes: &[u8]) -> Result<(), StateError> {
        self.memory = SAVED.read(bytes)?;
        Ok(())
    }
}
