//! The allocator of the baselines: the system's, behind a wrapper that does nothing.
//!
//! The standard library calls the system allocator directly where a program names no allocator.
//! Every tool here is a wrapper, so what they are compared with is one too.

use std::alloc::{GlobalAlloc, Layout, System};

/// Forwards all four methods.
#[derive(Debug)]
pub struct Wrapped;

// SAFETY: every method hands its arguments to `System` and its result back unchanged.
unsafe impl GlobalAlloc for Wrapped {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise is the one `System` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as above; every block came from `System`.
        unsafe { System.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above; every block came from `System`.
        unsafe { System.dealloc(block, layout) }
    }
}
