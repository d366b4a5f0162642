//! What is kept, where and how long.

use crate::config::section::section;
use crate::config::value::Size;
use std::path::PathBuf;
use std::time::Duration;

const fn hours(hours: u64) -> Duration {
    Duration::from_secs(hours * 3_600)
}

section! {
    /// Where history is kept.
    pub struct Storage {
        /// The file of the history. Profiles and bundles lie beside it. Unset: history is in memory
        /// alone, and ends with the program.
        path: one Option<PathBuf> = None,
        /// History in memory takes at most this.
        memory: one Size = Size(8 << 20),
    }
}

section! {
    /// How long history is kept. The oldest goes first where `total` is reached.
    pub struct Retention {
        /// Readings as they were taken.
        raw: one Duration = hours(2),
        /// One line a minute.
        minutes: one Duration = hours(7 * 24),
        /// One line an hour.
        hours: one Duration = hours(365 * 24),
        /// The history takes at most this on disk.
        total: one Size = Size(256 << 20),
        /// Profiles and bundles.
        profiles: one Duration = hours(30 * 24),
        /// Profiles and bundles take at most this.
        profiles_total: one Size = Size(512 << 20),
        /// Profiles and bundles, at most so many. Those that were given a name stay.
        profiles_count: one u32 = 200,
    }
}
