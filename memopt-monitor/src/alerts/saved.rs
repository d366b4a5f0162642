//! States that outlive the program.

use super::machine::Alerts;
use crate::clock::Stamp;
use crate::saved::{Saved, StateError};

const SAVED: Saved = Saved { what: "alerts", name: *b"MOAL", version: 1 };

impl Alerts {
    /// The states of all alerts, silences, acknowledgements, cooldowns, groups and the history, for
    /// [`load`](Self::load).
    pub fn save(&self) -> Vec<u8> {
        SAVED.write(&self.memory)
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

    /// The same, after this run had begun: the silences that were asked for meanwhile go on. Where
    /// alerts fire already, who was told of them is to be told of their end: then of the earlier
    /// run silences alone are taken up.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub(crate) fn load_late(&mut self, bytes: &[u8], now: &Stamp) -> Result<(), StateError> {
        let fires = !self.firing().is_empty();
        let own = self.left_of_silences();
        let memory = std::mem::replace(&mut self.memory, SAVED.read(bytes)?);
        self.step_to(now);
        let mut others = own;
        if fires {
            others = self.left_of_silences();
            self.memory = memory;
        }
        for (silence, left) in others {
            // There is a most of them; those that are there come first.
            let _ = self.silence(now, silence.matchers, left, &silence.by, &silence.comment);
        }
        Ok(())
    }
}
