//! How many bytes of one chain of scopes and stack are in use, and were at most.

use crate::heap::total;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The bytes in use of all lanes together, on a cache line of its own. Zeroed memory is empty.
///
/// While one lane counts alone the peak is exact. When there are several, each tells what it has in
/// use once that is [`SHARE`](Self::SHARE) bytes from what it told last. The peak is then off by
/// less than that for each lane.
#[derive(Debug)]
#[repr(C, align(64))]
pub(super) struct Level {
    live: AtomicU64,
    peak: AtomicU64,
}

impl Level {
    /// Bytes that a lane keeps to itself.
    pub(super) const SHARE: u64 = total::SHARE;

    /// So many bytes are in use in all.
    pub(super) fn reached(&self, live: u64) {
        // What came and went meanwhile may be in one of the sums only: less than nothing is no
        // peak.
        if live > self.peak.load(Relaxed) && live < 1 << 63 {
            self.peak.fetch_max(live, Relaxed);
        }
    }

    /// So many bytes more are in use; fewer, where that is a negative number.
    pub(super) fn add(&self, more: u64) {
        self.reached(self.live.fetch_add(more, Relaxed).wrapping_add(more));
    }

    pub(super) fn peak(&self) -> u64 {
        self.peak.load(Relaxed)
    }
}
