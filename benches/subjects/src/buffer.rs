//! The buffers of the pool benches, and what is done with each: one byte is touched.
//!
//! A pool that hands out dirty pages and one that clears them do different work; all pools here
//! hand out what was put back, and the byte touched is the one line a user is sure to pay for.

use std::hint::black_box;
use std::time::Duration;

use crate::bench::timed;
use crate::pair::{self, Way};

/// What the pools hold, each in a box.
pub type Buffer = [u8; 4096];

/// How buffers get from one thread to another.
const WAY: Way = Way { load: 64, under_way: 128 };

/// A new buffer.
pub fn fresh() -> Box<Buffer> {
    Box::new([0; 4096])
}

/// Touches one byte.
#[inline(always)]
pub fn touch(buffer: &mut Buffer) {
    let buffer = black_box(buffer);
    buffer[0] = buffer[0].wrapping_add(1);
}

/// A buffer taken, touched and returned, over and over.
#[inline(always)]
pub fn cycle<T>(iterations: u64, take: impl Fn() -> T, give: impl Fn(T)) -> Duration {
    timed(iterations, |_| give(take()))
}

/// Buffers taken and touched by this thread and returned by another: the time both spend in that.
pub fn handoff<T: Send + 'static>(
    iterations: u64,
    take: impl Fn() -> T,
    give: impl Fn(T) + Copy + Send + 'static,
) -> Duration {
    pair::pass(iterations, WAY, take, give).work
}

/// What the measuring of that costs by itself, and storing and reading a pointer: the same with one
/// buffer that nobody took.
pub fn nothing(iterations: u64) -> Duration {
    static NOBODY: u8 = 0;
    handoff(iterations, || black_box(&NOBODY), |nobody| _ = black_box(nobody))
}
