//! The region as reports show it, and how it gives memory back.

use super::heap::{FRESH, LEFT, REUSED};
use super::space::{self, CHUNK};
use super::tidy;
use crate::remedy::{Holder, Pressure, register};
use crate::report::{HolderReport, Remedy};
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Chunks of all threads' arenas and slabs.
struct Chunks;

/// The most chunks that were seen in use, and those given back.
static MOST: AtomicU64 = AtomicU64::new(0);
static PURGED: AtomicU64 = AtomicU64::new(0);

/// Lists the region among what holds memory, once.
pub(super) fn list() {
    static LISTED: Once = Once::new();
    LISTED.call_once(|| register(&Chunks));
}

impl Holder for Chunks {
    fn report(&self) -> HolderReport {
        let (hits, misses) = (REUSED.load(Relaxed), FRESH.load(Relaxed));
        let live = (hits + misses).saturating_sub(LEFT.load(Relaxed));
        let idle_bytes = space::resident_free();
        let mut report = HolderReport::new("arena chunks (64 KiB)", Remedy::Arena);
        report.hits = hits;
        report.misses = misses;
        report.live = live;
        report.high_water = MOST.fetch_max(live, Relaxed).max(live);
        report.idle = (idle_bytes / CHUNK) as u64;
        report.idle_bytes = idle_bytes as u64;
        report.released = PURGED.load(Relaxed);
        report
    }

    fn reclaim(&self, pressure: Pressure) -> u64 {
        if pressure == Pressure::None {
            return 0;
        }
        let bytes = tidy();
        PURGED.fetch_add((bytes / CHUNK) as u64, Relaxed);
        bytes as u64
    }
}
