//! Reads of a value that is loaded at its first use, after that use.

use std::hint::black_box;
use std::ops::Deref;
use std::time::Duration;

use crate::bench::timed;

/// Reads the value again and again; the compiler is kept from seeing that it is the same.
#[inline(always)]
pub fn reads<T: Deref<Target = u64> + 'static>(iterations: u64, value: impl Fn() -> &'static T) -> Duration {
    black_box(**value());
    timed(iterations, |_| _ = black_box(**black_box(value())))
}
