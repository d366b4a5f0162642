//! What the hook calls beside the inner allocator.
//!
//! PERF: block and size are handed through the rare ways, so that these are jumps and the hook
//! keeps nothing across a call: 8 instructions a pair less in a build without LTO.

use crate::thread::Counter;
use crate::thread::interval;
pub(crate) use crate::thread::route::Route;
use crate::thread::set_apart::{self, Moving};
pub(crate) use crate::thread::size_class::SMALL_MAX;
#[cfg(all(
    target_arch = "x86_64",
    target_pointer_width = "64",
    debug_assertions,
    not(any(miri, test))
))]
pub(crate) use crate::thread::state::written_out;
use crate::thread::state::{LOOK, ThreadState};
use crate::{heap, record, region};
use std::alloc::Layout;
use std::hint::black_box;
use std::ptr::NonNull;

/// Blocks of so many bytes and more are sampled without a header of ours, where the inner allocator
/// put them, and so are those aligned to 16 and more.
const SAMPLED_OUTSIDE: usize = 1024;

// What is set apart is found, as its `realloc` takes the slow path.
const _: () = assert!(set_apart::LEAST >= SAMPLED_OUTSIDE);

/// Where an allocation counts its size.
#[derive(Clone, Copy)]
pub(crate) struct Sizes(*mut Counter);

impl Sizes {
    /// Whether there is more to do than to count; if not, no scope is open and no block is sampled.
    #[inline(always)]
    pub(crate) fn are_looked_at(self) -> bool {
        !self.0.is_null()
    }

    /// Whether an allocation may be [due](is_due).
    #[inline(always)]
    pub(crate) fn may_be_due(self) -> bool {
        if const { LOOK == isize::MIN.cast_unsigned() } {
            self.0.addr().cast_signed() < 0
        } else {
            self.0.addr() & LOOK != 0
        }
    }

    /// The same, with no word of whether an allocation may be due.
    #[inline(always)]
    pub(crate) fn of_site(self) -> Self {
        Self(self.0.map_addr(|at| at & !LOOK))
    }
}

/// Where an allocation counts its size now.
///
/// PERF: one load for scopes, sampled blocks, registration and teardown together.
#[inline(always)]
pub(crate) fn sizes() -> Sizes {
    Sizes(ThreadState::with(ThreadState::sizes))
}

/// Where the innermost scope's blocks come from; plain where no scope is open.
#[inline(always)]
pub(crate) fn route() -> Route {
    ThreadState::with(ThreadState::route)
}

/// Whether an allocation of `size` bytes has to take the slow path.
#[inline(always)]
pub(crate) fn is_due(size: usize) -> bool {
    ThreadState::with(|thread| thread.is_due(size))
}

/// Whether the thread counts, registering it if it is new.
pub(crate) fn is_ready() -> bool {
    ThreadState::with(ThreadState::is_ready)
}

/// One allocation that is not [due](is_due) is about to be made: counts it. If sizes are looked at,
/// after [`small_ahead`].
#[inline(always)]
pub(crate) fn alloc_ahead(size: usize) {
    ThreadState::with(|thread| thread.on_alloc(size));
}

/// What else there is to count of a small allocation that is about to be made.
///
/// # Safety
///
/// - `sizes` must be [those of a site](Sizes::of_site), and the allocation not be [due](is_due);
///   it must be no larger than [`SMALL_MAX`].
#[inline(always)]
pub(crate) unsafe fn small_ahead(sizes: Sizes, size: usize) {
    // SAFETY: those of a site's record; the caller's word.
    ThreadState::with(|thread| unsafe { thread.on_small_ahead(sizes.0, size) });
}

/// The allocation that was counted ahead failed.
#[cold]
#[inline(never)]
pub(crate) fn take_back(size: usize) {
    ThreadState::with(|thread| thread.take_back(size));
}

/// One allocation succeeded that was not [due](is_due); gives the block back.
pub(crate) fn alloc(sizes: Sizes, block: *mut u8, size: usize) -> *mut u8 {
    ThreadState::with(|thread| {
        thread.on_alloc(size);
        let sizes = sizes.of_site();
        if !sizes.are_looked_at() {
            return block;
        }
        if size > SMALL_MAX {
            return large(block, size);
        }
        // SAFETY: those of a site's record; the size is a small one.
        unsafe { thread.on_small(sizes.0, size) };
        block
    })
}

/// One allocation succeeded, of whatever kind; gives the block back.
pub(crate) fn alloc_any(block: *mut u8, size: usize) -> *mut u8 {
    if is_ready() {
        return alloc(sizes(), block, size);
    }
    ThreadState::with(|thread| thread.on_alloc_unready(size));
    block
}

/// Whether a block of `size` bytes is to be sampled.
pub(crate) fn samples(size: usize) -> bool {
    ThreadState::with(|thread| thread.is_ready() && thread.samples(size))
}

/// Room in the region for a block that is to be sampled.
pub(crate) fn room_inside(layout: Layout) -> Option<NonNull<u8>> {
    ThreadState::with(|thread| heap::inside(thread, layout))
}

/// Samples a block that was just allocated and counted, and zeroes it where that was asked for and
/// has not been done. `hook_frame` lies in the frame of the outermost function of the hook, so that
/// stacks begin with who called it.
///
/// # Safety
///
/// - `block` must have room for `layout`, and nobody may use it yet; where `inside`, it must come
///   from [`room_inside`], else it must be zero already if `zeroed`.
#[inline(always)]
pub(crate) unsafe fn sample(
    block: *mut u8,
    layout: Layout,
    inside: bool,
    zeroed: bool,
    hook_frame: usize,
) {
    let begin = if zeroed { heap::Begin::Zeroed } else { heap::Begin::Fresh };
    let place = place(block, layout, inside);
    let new = heap::New { layout, place, begin, hook_frame };
    // SAFETY: the caller's word.
    ThreadState::with(|thread| unsafe { heap::begin(thread, block, new) });
}

/// As [`sample`], for a block that had `old` bytes, which stay.
///
/// # Safety
///
/// - As for [`sample`].
#[inline(always)]
pub(crate) unsafe fn sample_moved(
    block: *mut u8,
    old: usize,
    layout: Layout,
    inside: bool,
    hook_frame: usize,
) {
    let place = place(block, layout, inside);
    let new = heap::New { layout, place, begin: heap::Begin::Grown(old), hook_frame };
    // SAFETY: the caller's word.
    ThreadState::with(|thread| unsafe { heap::begin(thread, block, new) });
}

/// Where a block lies that is to be sampled.
fn place(block: *mut u8, layout: Layout, inside: bool) -> heap::Place {
    match inside {
        true => heap::Place::Inside,
        false if may_be_ours(block, layout) => heap::Place::Beside,
        false => heap::Place::Unseen,
    }
}

/// A block that the inner allocator gave is freed, or changes its place.
#[inline(always)]
pub(crate) fn ends_outside(block: *mut u8) {
    if interval::was_ever_on() {
        ThreadState::with(|thread| heap::end_beside(thread, block));
    }
}

/// A small block from the chunk at hand of a scope that is routed, counted; `None` where more has
/// to be looked at.
#[inline(always)]
pub(crate) fn small_routed(layout: Layout) -> Option<NonNull<u8>> {
    ThreadState::with(|thread| region::alloc_small(thread, layout))
}

/// Frees a block of the chunk at hand, or of another of this thread's arenas, counted; whether it
/// was one.
///
/// # Safety
///
/// - Nobody may use the block any more.
#[inline(always)]
pub(crate) unsafe fn free_short(block: *mut u8, size: usize) -> bool {
    // SAFETY: the caller's word.
    ThreadState::with(|thread| unsafe { region::free_short(thread, block, size) })
}

/// A block for the scope that is routed, not counted yet; null where the inner allocator has to
/// give it.
pub(crate) fn routed(layout: Layout) -> *mut u8 {
    ThreadState::with(|thread| region::alloc(thread, layout))
}

/// A block was counted that the inner allocator gave to a scope that is routed.
pub(crate) fn not_routed() {
    ThreadState::with(|thread| {
        region::not_of_the_chunk(thread, 1);
        record::count_passed_on(thread);
    });
}

/// A block of [`routed`] takes the place of another and is not counted.
pub(crate) fn not_counted() {
    ThreadState::with(|thread| region::not_of_the_chunk(thread, -1));
}

/// Whether a block may be one of the region's or be sampled, or the thread is not one that counts;
/// if not, the block is the inner allocator's and nothing more.
///
/// PERF: where the layout is known, which it is nearly everywhere, one test of the address with a
/// word of the thread; else a comparison more for the size and one for the alignment.
#[inline(always)]
pub(crate) fn may_be_ours(block: *mut u8, layout: Layout) -> bool {
    may_be_inside(block) || is_large(layout) || is_aligned(layout)
}

/// Whether a block may be one of the region's, or the thread is not one that counts.
#[inline(always)]
pub(crate) fn may_be_inside(block: *mut u8) -> bool {
    ThreadState::with(|thread| thread.slow_frees(block))
}

/// Whether a block stays with the inner allocator when it is sampled, because it is large.
#[inline(always)]
pub(crate) fn is_large(layout: Layout) -> bool {
    layout.size() >= SAMPLED_OUTSIDE
}

/// Whether a block stays with the inner allocator when it is sampled, because of its alignment.
#[inline(always)]
pub(crate) fn is_aligned(layout: Layout) -> bool {
    layout.align() >= 16
}

/// Whether blocks were sampled at any time.
#[inline(always)]
pub(crate) fn was_ever_sampled() -> bool {
    interval::was_ever_on()
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
    ThreadState::with_address(|thread| unsafe {
        if !region::free(thread, block) {
            free_sampled(thread, block);
        }
    });
}

/// Gives a sampled block of the region's back.
///
/// # Safety
///
/// - As [`free_routed`]; the block must be sampled.
#[inline(never)]
unsafe fn free_sampled(thread: &ThreadState, block: *mut u8) {
    // SAFETY: the caller's word; the slot is that of the block, which is gone.
    unsafe { region::free_slot(thread, heap::end_inside(thread, block)) };
}

/// Changes the size of a block of the region's where it lies; whether that was possible. Not
/// counted yet.
///
/// # Safety
///
/// - [`is_routed`] must have said yes; `old` must be the size the block was asked for with.
pub(crate) unsafe fn resize_routed(block: *mut u8, old: usize, new: usize) -> bool {
    // SAFETY: the caller's word.
    ThreadState::with(|thread| unsafe { region::resize(thread, block, old, new) })
}

/// The block, which is about to be reallocated, if it is a buffer that is counted in no scope.
#[inline(always)]
pub(crate) fn set_apart(block: *mut u8, layout: Layout) -> Option<Moving> {
    let may_be = set_apart::was_ever_any()
        && layout.align() == 1
        && layout.size() >= set_apart::LEAST
        && !is_routed(block);
    if may_be { set_apart::take(block.addr()) } else { None }
}

#[inline(never)]
fn large(block: *mut u8, size: usize) -> *mut u8 {
    ThreadState::with(|thread| {
        thread.raise_peak();
        record::count_large(thread, size);
    });
    // Else the compiler sees that it is the argument and keeps it across the call instead of
    // jumping.
    black_box(block)
}

/// Whether frees of this thread are counted by [`free_apart`]: it is new, gone, or does our own
/// work.
#[inline(always)]
pub(crate) fn is_apart() -> bool {
    ThreadState::with(ThreadState::is_apart)
}

/// One block is about to be freed, where [`is_apart`] did not say yes.
#[inline(always)]
pub(crate) fn free(size: usize) {
    ThreadState::with(|thread| thread.on_free(size));
}

/// One block is about to be freed, where [`is_apart`] said yes.
pub(crate) fn free_apart(size: usize) {
    ThreadState::with(|thread| thread.on_free_unready(size));
}

/// One `realloc` succeeded: address and size of the block before and after.
#[inline]
pub(crate) fn realloc(from: (usize, usize), to: (usize, usize)) {
    ThreadState::with(|thread| {
        if let Some(realloc) = thread.on_realloc(from, to) {
            record::count_realloc(thread, realloc);
        }
    });
}
