//! Vectors that grow to about the same length every time, as the results of a steady workload do.

use std::hint::black_box;
use std::time::Duration;

use crate::bench::timed;

/// The length of one call: 1000, give or take a twentieth.
#[inline(always)]
pub fn length(call: u64) -> u64 {
    950 + call * 37 % 101
}

/// Calls of a function that makes a vector of the given length.
#[inline(always)]
pub fn calls(iterations: u64, grow: impl Fn(u64)) -> Duration {
    timed(iterations, |i| grow(black_box(length(i))))
}

/// What is pushed.
#[inline(always)]
pub fn push(numbers: &mut Vec<u64>, length: u64) {
    for number in 0..length {
        numbers.push(number * 3);
    }
}
