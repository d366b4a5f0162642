//! The `GlobalAlloc` that forwards to the user's allocator and counts what succeeded (nothing, with tracking off).

use crate::count;
use std::alloc::{GlobalAlloc, Layout, System};

/// A global allocator that forwards to another one and counts, per thread, what passes through.
///
/// ```
/// #[global_allocator]
/// static ALLOC: memopt_runtime::Alloc = memopt_runtime::Alloc::system();
/// # fn main() { drop(vec![1u8; 100]); }
/// ```
///
/// Any allocator can stand inside: `memopt::Alloc::new(mimalloc::MiMalloc)`.
///
/// # Implementation
///
/// All four methods are forwarded to the inner allocator's own, so zeroed memory stays untouched and growing
/// in place stays in place. A call that fails is passed on and not counted. The counters are plain words of
/// the calling thread: no locked instruction, no hashing, no clock, no allocation.
///
/// # Cost
///
/// A pair of allocation and free costs 10 instructions more than the inner allocator's outside every scope, and
/// 20 inside one (x86-64, fat LTO; glibc's own pair takes about 140).
///
/// # Limits
///
/// Memory that does not come through Rust's global allocator (C libraries, `mmap`) is not seen. A `realloc`
/// counts its growth or shrinkage, not a new block.
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

// SAFETY: every method gives the caller's arguments unchanged to the inner allocator's method of the same name
// and returns its result unchanged; counting neither allocates, unwinds nor touches the block.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Alloc<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's contract is the inner allocator's.
        let block = unsafe { self.0.alloc(layout) };
        if block.is_null() { block } else { count::alloc(block, layout.size()) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's contract is the inner allocator's.
        let block = unsafe { self.0.alloc_zeroed(layout) };
        if block.is_null() { block } else { count::alloc(block, layout.size()) }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if count::free(layout.size()) {
            // SAFETY: the caller's contract is the inner allocator's.
            return unsafe { dealloc_unready(&self.0, block, layout) };
        }
        // SAFETY: the caller's contract is the inner allocator's.
        unsafe { self.0.dealloc(block, layout) }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: the caller's contract is the inner allocator's.
        let grown = unsafe { self.0.realloc(block, layout, new_size) };
        if !grown.is_null() {
            count::realloc((block.addr(), layout.size()), (grown.addr(), new_size));
        }
        grown
    }
}

/// Frees on a thread that is not one that counts: all of it here, so that the hook jumps and keeps nothing across a call.
///
/// # Safety
///
/// - As [`GlobalAlloc::dealloc`].
#[cold]
#[inline(never)]
unsafe fn dealloc_unready<A: GlobalAlloc>(inner: &A, block: *mut u8, layout: Layout) {
    count::free_unready(layout.size());
    // SAFETY: the caller's contract is the inner allocator's.
    unsafe { inner.dealloc(block, layout) }
}
