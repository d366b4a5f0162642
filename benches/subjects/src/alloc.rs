//! 64 bytes allocated and freed, over and over: the price of the allocator wrapper alone.

use std::hint::black_box;
use std::time::Duration;

use crate::bench::timed;

/// Allocates and frees 64 bytes, `iterations` times. The block is not written, so that only the two
/// calls are seen.
#[inline(never)]
pub fn pairs(iterations: u64) -> Duration {
    timed(iterations, |_| drop(black_box(Box::<[u64; 8]>::new_uninit())))
}
