//! Counters, limits and runs that outlive the program.

use super::machine::Rules;
use super::memory::Memory;
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

    /// The same, after this run had begun. What did harm meanwhile is barred too. Where a rule has
    /// acted already, its limits and cooldowns hold, and of the earlier run only what was barred is
    /// taken up.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub(crate) fn load_late(&mut self, bytes: &[u8]) -> Result<(), StateError> {
        let mut other: Memory = SAVED.read(bytes)?;
        let acted = self.running().len() > 0 || !self.memory.history.is_empty();
        if !acted {
            other.last_id = other.last_id.max(self.memory.last_id);
            std::mem::swap(&mut self.memory, &mut other);
            self.began = None;
        }
        for barred in other.barred {
            if !self.memory.barred.contains(&barred) {
                self.memory.barred.push(barred);
            }
        }
        Ok(())
    }
}
