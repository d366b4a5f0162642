//! What the hook calls after the inner allocator.

use super::local::Local;

/// One allocation succeeded.
#[inline(always)]
pub(crate) fn alloc(size: usize) {
    Local::with(|local| local.on_alloc(size));
}

/// One block is about to be freed.
#[inline(always)]
pub(crate) fn free(size: usize) {
    Local::with(|local| local.on_free(size));
}

/// One `realloc` succeeded: address and size of the block before and after.
#[inline]
pub(crate) fn realloc(from: (usize, usize), to: (usize, usize)) {
    Local::with(|local| local.on_realloc(from, to));
}
