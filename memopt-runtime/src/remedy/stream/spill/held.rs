//! All spills of the process as one reclaimable in reports.

use crate::remedy::reclaimable::{Pressure, Reclaimable};
use crate::remedy::registry::register;
use crate::report::{ReclaimableReport, Remedy};
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Sums over all spills, for information: nothing else is read by them, so Relaxed.
struct Spills {
    live: AtomicU64,
    high_water: AtomicU64,
    bytes: AtomicU64,
    kept: AtomicU64,
    spilled: AtomicU64,
}

static SPILLS: Spills = Spills {
    live: AtomicU64::new(0),
    high_water: AtomicU64::new(0),
    bytes: AtomicU64::new(0),
    kept: AtomicU64::new(0),
    spilled: AtomicU64::new(0),
};

impl Reclaimable for Spills {
    fn report(&self) -> ReclaimableReport {
        let mut report = ReclaimableReport::new("memopt::Spill", Remedy::Stream);
        report.hits = self.kept.load(Relaxed);
        report.misses = self.spilled.load(Relaxed);
        report.live = self.live.load(Relaxed);
        report.high_water = self.high_water.load(Relaxed);
        report.idle_bytes = self.bytes.load(Relaxed);
        report
    }

    /// A spill is its owner's, and other threads cannot write it out; its budget is what holds it
    /// down.
    fn reclaim(&self, _: Pressure) -> u64 {
        0
    }
}

/// One spill's part.
///
/// PERF: what a push adds is kept here and passed on when the file is written or the spill is
/// dropped, so a push does nothing atomic.
#[derive(Debug)]
pub(super) struct Share {
    kept: u64,
    bytes: u64,
}

impl Share {
    pub(super) fn new() -> Self {
        static LISTED: Once = Once::new();
        LISTED.call_once(|| register(&SPILLS));
        let live = SPILLS.live.fetch_add(1, Relaxed) + 1;
        SPILLS.high_water.fetch_max(live, Relaxed);
        Self { kept: 0, bytes: 0 }
    }

    /// Its memory has `bytes` of room now.
    pub(super) fn hold(&mut self, bytes: usize) {
        let bytes = bytes as u64;
        SPILLS.bytes.fetch_add(bytes.wrapping_sub(self.bytes), Relaxed);
        self.bytes = bytes;
    }

    /// Something was put into memory.
    pub(super) fn kept(&mut self) {
        self.kept += 1;
    }

    /// The file was written.
    pub(super) fn spilled(&mut self) {
        SPILLS.spilled.fetch_add(1, Relaxed);
        SPILLS.kept.fetch_add(std::mem::take(&mut self.kept), Relaxed);
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.hold(0);
        SPILLS.kept.fetch_add(self.kept, Relaxed);
        SPILLS.live.fetch_sub(1, Relaxed);
    }
}
