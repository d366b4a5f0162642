//! What is in use in all, and when it was most.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The sampled blocks together. Zeroed memory is an empty one.
#[derive(Debug)]
#[repr(C, align(64))]
pub(super) struct Total {
    live: AtomicU64,
    peak: AtomicU64,
    /// Rises whenever the peak does.
    number: AtomicU64,
    peak_at_ns: AtomicU64,
}

impl Total {
    /// Bytes came, at a time if it was noted.
    pub(super) fn came(&self, bytes: u64, at_ns: u64) {
        let live = self.live.fetch_add(bytes, Relaxed).wrapping_add(bytes);
        if live > self.peak.load(Relaxed) && live < 1 << 63 {
            self.peak.fetch_max(live, Relaxed);
            self.number.fetch_add(1, Relaxed);
            if at_ns != 0 {
                self.peak_at_ns.store(at_ns, Relaxed);
            }
        }
    }

    /// Bytes went.
    pub(super) fn went(&self, bytes: u64) {
        self.live.fetch_sub(bytes, Relaxed);
    }

    /// How often the peak rose.
    #[inline(always)]
    pub(super) fn peak_number(&self) -> u64 {
        self.number.load(Relaxed)
    }

    /// Bytes in use at the peak, and when it was.
    pub(super) fn peak(&self) -> (u64, u64) {
        (self.peak.load(Relaxed), self.peak_at_ns.load(Relaxed))
    }
}
