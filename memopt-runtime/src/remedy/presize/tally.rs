//! How collections of one place fared: whose start sufficed, and what stayed unused.

use crossbeam_utils::CachePadded;
use std::cell::Cell;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

/// Threads that count without disturbing each other.
const LANES: usize = 4;

/// Sums, in lanes for the threads.
///
/// PERF: a load and a store instead of a locked add, so that start and end of a collection cost 3
/// ns together (example `lazy_cost`). Where more than [`LANES`] threads are at one place at the
/// same moment a count can be lost.
pub(super) struct Tally {
    lanes: [CachePadded<Lane>; LANES],
}

struct Lane {
    sufficed: AtomicU64,
    grew: AtomicU64,
    unused: AtomicU64,
}

/// What a tally says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) sufficed: u64,
    pub(super) grew: u64,
    /// Bytes of room that stayed unused, over all.
    pub(super) unused_bytes: u64,
}

impl Tally {
    pub(super) const fn new() -> Self {
        Self { lanes: [const { CachePadded::new(Lane::new()) }; LANES] }
    }

    /// Counts one collection, and tells how many this lane has seen with it.
    #[inline]
    pub(super) fn count(&self, grew: bool, unused_bytes: usize) -> u64 {
        let lane = &self.lanes[lane()];
        let outcome = if grew { &lane.grew } else { &lane.sufficed };
        outcome.store(outcome.load(Relaxed).wrapping_add(1), Relaxed);
        lane.unused.store(lane.unused.load(Relaxed).wrapping_add(unused_bytes as u64), Relaxed);
        lane.grew.load(Relaxed).wrapping_add(lane.sufficed.load(Relaxed))
    }

    pub(super) fn sums(&self) -> Sums {
        self.lanes.iter().fold(Sums::default(), |sums, lane| Sums {
            sufficed: sums.sufficed + lane.sufficed.load(Relaxed),
            grew: sums.grew + lane.grew.load(Relaxed),
            unused_bytes: sums.unused_bytes + lane.unused.load(Relaxed),
        })
    }
}

impl Lane {
    const fn new() -> Self {
        Self { sufficed: AtomicU64::new(0), grew: AtomicU64::new(0), unused: AtomicU64::new(0) }
    }
}

/// This thread's lane.
#[inline]
fn lane() -> usize {
    static THREADS: AtomicU32 = AtomicU32::new(0);
    thread_local!(static LANE: Cell<u32> = const { Cell::new(u32::MAX) });
    let lane = LANE.try_with(|lane| {
        if lane.get() == u32::MAX {
            lane.set(THREADS.fetch_add(1, Relaxed) % LANES as u32);
        }
        lane.get()
    });
    lane.unwrap_or(0) as usize % LANES
}
