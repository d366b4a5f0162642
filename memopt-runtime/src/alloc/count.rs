//! What the hook calls beside the inner allocator.
//!
//! PERF: block and size are handed through the rare ways, so that these are jumps and the hook keeps nothing across a
//! call: 8 instructions a pair less in a build without LTO.

use super::local::Local;
use super::region;
pub(crate) use super::region::Route;
use std::alloc::Layout;
use std::hint::black_box;
use std::ptr::NonNull;

/// Where the innermost scope's blocks come from; plain where no scope is open.
#[inline(always)]
pub(crate) fn route() -> Route {
    Local::with(Local::route)
}

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

/// A small block for a scope that is routed to bump, counted; null where [`routed`] has to look further.
#[inline(always)]
pub(crate) fn small_bump(layout: Layout) -> Option<NonNull<u8>> {
    Local::with_address(|local| region::bump_small(local, layout))
}

/// A small block for a scope that is routed to slabs, counted; null where [`routed`] has to look further.
#[inline(always)]
pub(crate) fn small_slab(layout: Layout) -> Option<NonNull<u8>> {
    Local::with_address(|local| region::slab_small(local, layout))
}

/// A block for the scope that is routed, not counted yet; null where the inner allocator has to give it.
pub(crate) fn routed(layout: Layout) -> *mut u8 {
    Local::with(|local| region::alloc(local, layout))
}

/// A block was counted that the inner allocator gave to a scope that is routed.
pub(crate) fn not_routed() {
    Local::with(|local| region::not_of_the_chunk(local, 1));
}

/// A block of [`routed`] takes the place of another and is not counted.
pub(crate) fn not_counted() {
    Local::with(|local| region::not_of_the_chunk(local, -1));
}

/// Whether a block may be one of the region's; if not, it is the inner allocator's.
#[inline(always)]
pub(crate) fn may_be_routed(block: *mut u8) -> bool {
    region::may_hold(block)
}

/// Whether a block is one of the region's.
#[inline(always)]
pub(crate) fn is_routed(block: *mut u8) -> bool {
    region::holds(block)
}

/// Gives a block of the region's back, not counted yet.
///
/// # Safety
///
/// - [`is_routed`] must have said yes, and nobody may use the block any more.
#[inline(always)]
pub(crate) unsafe fn free_routed(block: *mut u8) {
    // SAFETY: the caller's word.
    Local::with_address(|local| unsafe { region::free(local, block) });
}

/// Changes the size of a block of the region's where it lies; whether that was possible. Not counted yet.
///
/// # Safety
///
/// - [`is_routed`] must have said yes; `old` must be the size the block was asked for with.
pub(crate) unsafe fn resize_routed(block: *mut u8, old: usize, new: usize) -> bool {
    // SAFETY: the caller's word.
    Local::with(|local| unsafe { region::resize(local, block, old, new) })
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
