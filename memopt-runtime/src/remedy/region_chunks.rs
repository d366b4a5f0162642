//! The region of routed scopes, as what is held for reuse.

use super::reclaimable::{Pressure, Reclaimable};
use crate::region;
use crate::report::{ReclaimableReport, Remedy};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Chunks of all threads' arenas and free lists.
pub(super) struct RegionChunks;

/// Chunks given back so far.
static PURGED: AtomicU64 = AtomicU64::new(0);

impl RegionChunks {
    /// Itself, once a scope was routed.
    pub(super) fn listed() -> Option<&'static dyn Reclaimable> {
        region::figures().map(|_| &Self as &'static dyn Reclaimable)
    }
}

impl Reclaimable for RegionChunks {
    fn report(&self) -> ReclaimableReport {
        let mut report = ReclaimableReport::new("arena chunks (64 KiB)", Remedy::Arena);
        if let Some(chunks) = region::figures() {
            report.hits = chunks.reused;
            report.misses = chunks.fresh;
            report.live = chunks.live;
            report.high_water = chunks.high_water;
            report.idle = chunks.idle;
            report.idle_bytes = chunks.idle_bytes;
            report.released = PURGED.load(Relaxed);
        }
        report
    }

    fn reclaim(&self, pressure: Pressure) -> u64 {
        if pressure == Pressure::None {
            return 0;
        }
        let bytes = region::trim() as u64;
        PURGED.fetch_add(bytes / region::CHUNK_BYTES, Relaxed);
        bytes
    }
}
