//! Reads of a value that is loaded at its first use, after that use.

use std::hint::black_box;
use std::time::Duration;

use crate::bench::timed;

/// Reads the value again and again. `read` must hide the place of the value from the compiler,
/// which would otherwise see that it is loaded.
#[inline(always)]
pub fn reads(iterations: u64, read: impl Fn() -> &'static u64) -> Duration {
    black_box(*read());
    timed(iterations, |_| _ = black_box(*read()))
}
