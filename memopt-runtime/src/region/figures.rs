//! What reports tell of the region.

use super::owned::{FRESH, LEFT, REUSED};
use super::size::CHUNK;
use super::space;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The chunks of all threads' arenas and slabs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Figures {
    /// Chunks taken into use that had been used before, and those that had not.
    pub(crate) reused: u64,
    pub(crate) fresh: u64,
    /// Chunks in use, and the most that were seen so.
    pub(crate) live: u64,
    pub(crate) high_water: u64,
    /// Chunks that are free and resident, and their bytes.
    pub(crate) idle: u64,
    pub(crate) idle_bytes: u64,
}

/// The most chunks that were seen in use.
static MOST: AtomicU64 = AtomicU64::new(0);

/// The figures now; `None` where no scope was ever routed.
pub(crate) fn figures() -> Option<Figures> {
    if !space::is_reserved() {
        return None;
    }
    let (reused, fresh) = (REUSED.load(Relaxed), FRESH.load(Relaxed));
    let live = (reused + fresh).saturating_sub(LEFT.load(Relaxed));
    let idle_bytes = space::resident_free();
    Some(Figures {
        reused,
        fresh,
        live,
        high_water: MOST.fetch_max(live, Relaxed).max(live),
        idle: (idle_bytes / CHUNK) as u64,
        idle_bytes: idle_bytes as u64,
    })
}
