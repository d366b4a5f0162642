//! What the hook calls beside the inner allocator.
//!
//! PERF: block and size are handed through the rare ways, so that these are jumps and the hook keeps nothing across a
//! call: 8 instructions a pair less in a build without LTO.

use super::local::Local;
use std::hint::black_box;

/// One allocation succeeded; gives the block back.
#[inline(always)]
pub(crate) fn alloc(block: *mut u8, size: usize) -> *mut u8 {
    match Local::with(|local| local.on_alloc(size)) {
        Rest::Nothing => block,
        Rest::Large => large(block, size),
        Rest::Unready => unready(block, size),
    }
}

/// What is left to do when an allocation was counted the quick way.
pub(super) enum Rest {
    Nothing,
    /// Its size class is not among the quick ones.
    Large,
    /// The thread is not one that counts.
    Unready,
}

#[inline(never)]
fn large(block: *mut u8, size: usize) -> *mut u8 {
    Local::with(|local| crate::record::count_large(local, size));
    // Else the compiler sees that it is the argument and keeps it across the call instead of jumping.
    black_box(block)
}

#[cold]
#[inline(never)]
fn unready(block: *mut u8, size: usize) -> *mut u8 {
    Local::with(|local| local.on_alloc_unready(size));
    black_box(block)
}

/// One block is about to be freed; whether [`free_unready`] has to follow.
#[inline(always)]
pub(crate) fn free(size: usize) -> bool {
    Local::with(|local| local.on_free(size))
}

/// The thread is not one that counts.
pub(crate) fn free_unready(size: usize) {
    Local::with(|local| local.on_free_unready(size));
}

/// One `realloc` succeeded: address and size of the block before and after.
#[inline]
pub(crate) fn realloc(from: (usize, usize), to: (usize, usize)) {
    Local::with(|local| local.on_realloc(from, to));
}
