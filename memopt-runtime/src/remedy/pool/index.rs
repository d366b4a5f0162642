//! The numbers of pools.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// A number no table reaches: that of a pool nobody used yet.
pub(super) const NO_INDEX: usize = usize::MAX;

/// Numbers given to pools so far.
static POOLS: AtomicUsize = AtomicUsize::new(0);

/// The next number.
pub(super) fn next_index() -> usize {
    POOLS.fetch_add(1, Relaxed)
}
