//! The `GlobalAlloc` that stands in front of the user's allocator.
//!
//! Rooms: `counting` (forwards, counts what succeeded, serves routed scopes), `forwarding` (with
//! tracking off).

#[cfg(feature = "track")]
pub(crate) mod count;
#[cfg(feature = "track")]
mod counting;
#[cfg(not(feature = "track"))]
mod forwarding;

use std::alloc::System;

/// A global allocator that forwards to another one and counts, per thread, what passes through.
///
/// ```
/// #[global_allocator]
/// static ALLOC: memopt::Alloc = memopt::Alloc::system();
/// # fn main() { drop(vec![1u8; 100]); }
/// ```
///
/// Any allocator can stand inside: `memopt::Alloc::new(mimalloc::MiMalloc)`.
///
/// # Implementation
///
/// All four methods are forwarded to the inner allocator's own, so zeroed memory stays untouched
/// and growing in place stays in place. A call that fails is passed on and not counted (a
/// concurrent report may briefly include it). The counters are plain words of the calling thread:
/// no locked instruction, no hashing, no clock, no allocation.
///
/// # Cost
///
/// A pair of allocation and free costs 9 instructions more than the inner allocator's outside every
/// scope, and 16 inside one (x86-64, fat LTO; glibc's own pair takes 138).
///
/// # Limits
///
/// Memory that does not come through Rust's global allocator (C libraries, `mmap`) is not counted.
/// A `realloc` counts as growth or shrinkage and not as a new block. Blocks of 0 bytes, which no
/// caller may ask for, are not counted at a site. All blocks come from the inner allocator, except
/// small blocks of scopes under `#[memopt::arena]` or routed by the optimizer.
///
/// Guide: [Cost and limits](https://docs.rs/memopt/latest/memopt/docs/cost_and_limits/).
#[derive(Debug, Default)]
pub struct Alloc<A = System>(A);

impl Alloc<System> {
    /// Counts in front of the system's allocator.
    pub const fn system() -> Self {
        Self(System)
    }
}

impl<A> Alloc<A> {
    /// Counts in front of `inner`.
    pub const fn new(inner: A) -> Self {
        Self(inner)
    }

    /// The allocator that does the work.
    pub const fn inner(&self) -> &A {
        &self.0
    }
}
