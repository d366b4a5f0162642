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

    /// The same, after this run had begun: the silences that were asked for meanwhile go on.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub(crate) fn load_late(&mut self, bytes: &[u8], now: &Stamp) -> Result<(), StateError> {
        let own = self.left_of_silences();
        self.load(bytes)?;
        self.step_to(now);
        for (silence, left) in own {
            // There is a most of them; those from before come first.
            let _ = self.silence(now, silence.matchers, left, &silence.by, &silence.comment);
        }
        Ok(())
    }
}
