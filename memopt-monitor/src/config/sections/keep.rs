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
    /// How long history is kept. The oldest is removed first where `total` is reached.
    pub struct Retention {
        /// How long readings are kept as they were taken.
        raw: one Duration = hours(2),
        /// How long one line a minute is kept.
        minutes: one Duration = hours(7 * 24),
        /// How long one line an hour is kept.
        hours: one Duration = hours(365 * 24),
        /// The history takes at most this on disk.
        total: one Size = Size(256 << 20),
        /// How long profiles and bundles are kept.
        profiles: one Duration = hours(30 * 24),
        /// Profiles and bundles take at most this.
        profiles_total: one Size = Size(512 << 20),
        /// How many profiles and bundles of each kind are kept. Those with a name stay.
        profiles_count: one u32 = 200,
    }
}
