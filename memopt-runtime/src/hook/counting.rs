//! Forwards, counts what succeeded, and serves the scopes that are routed.

use super::Alloc;
use crate::count::{self, Route};
use crate::machine::cold_path;
use std::alloc::{GlobalAlloc, Layout};
use std::ptr::NonNull;

// SAFETY: every method gives the caller's arguments unchanged to the inner allocator's method of
// the same name and returns its result unchanged, or serves a block of the region, which has the
// size and the alignment (8, sampled ones up to 16) asked for, and which comes back here and not to
// the inner allocator; counting neither allocates, unwinds nor touches the block.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Alloc<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's contract.
        unsafe { alloc::<A, false>(&self.0, layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's contract.
        unsafe { alloc::<A, true>(&self.0, layout) }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        #[cfg(all(
            target_arch = "x86_64",
            target_pointer_width = "64",
            debug_assertions,
            not(any(miri, test))
        ))]
        if !count::is_large(layout)
            && !count::is_aligned(layout)
            && count::written_out::free(block, layout.size())
        {
            // SAFETY: the caller's contract is the inner allocator's.
            return unsafe { self.0.dealloc(block, layout) };
        }
        if count::may_be_inside(block) {
            cold_path();
            // SAFETY: the caller's contract.
            return unsafe { dealloc_slow(block, layout.size(), layout.align(), &self.0) };
        }
        // PERF: asked in place, and counted below with all others: in a build without LTO the count
        // of what is not sampled became a call here, for which each free saved a register.
        if count::is_large(layout) {
            if count::is_routed(block) {
                cold_path();
                // SAFETY: the caller's contract.
                return unsafe { dealloc_slow(block, layout.size(), layout.align(), &self.0) };
            }
            if count::was_ever_sampled() {
                cold_path();
                // SAFETY: the caller's contract.
                return unsafe { dealloc_beside(block, layout.size(), layout.align(), &self.0) };
            }
        } else if count::is_aligned(layout) && count::was_ever_sampled() {
            // PERF: tested after the size and not together with it: one instruction less for each
            // other free, without LTO.
            cold_path();
            // SAFETY: the caller's contract.
            return unsafe { dealloc_longer(block, layout.size(), layout.align(), &self.0) };
        }
        count::free(layout.size());
        // SAFETY: the caller's contract is the inner allocator's.
        unsafe { self.0.dealloc(block, layout) }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        let long = count::sizes().may_be_due() && count::is_due(new_size);
        if long || count::may_be_ours(block, layout) {
            cold_path();
            // SAFETY: the caller's contract.
            return unsafe { realloc_slow(&self.0, block, layout, new_size) };
        }
        // SAFETY: the caller's contract is the inner allocator's.
        let grown = unsafe { self.0.realloc(block, layout, new_size) };
        if !grown.is_null() {
            count::realloc((block.addr(), layout.size()), (grown.addr(), new_size));
        }
        grown
    }
}

/// A block of the inner allocator's, zeroed where asked for.
///
/// # Safety
///
/// - As [`GlobalAlloc::alloc`].
#[inline(always)]
unsafe fn inner_alloc<A: GlobalAlloc, const ZEROED: bool>(inner: &A, layout: Layout) -> *mut u8 {
    // SAFETY: the caller's contract is the inner allocator's.
    unsafe { if ZEROED { inner.alloc_zeroed(layout) } else { inner.alloc(layout) } }
}

/// Allocates.
///
/// PERF: one call of the inner allocator and one of ours, so that the compiler puts it into the
/// callers, where size and alignment are known: 21 instructions a pair less than out of line.
/// Counted before the inner allocator is called, and taken back where it fails, so that nothing but
/// the size is kept across the call: 4 instructions less. What it costs there is said at [`Alloc`].
///
/// # Safety
///
/// - As [`GlobalAlloc::alloc`].
#[inline(always)]
unsafe fn alloc<A: GlobalAlloc, const ZEROED: bool>(inner: &A, layout: Layout) -> *mut u8 {
    // PERF: the same question as that of `System`, asked before, so that its aligned way stays out
    // of here: four instructions and a stack frame less without LTO, none with it.
    if layout.align() > 16 || layout.align() > layout.size() {
        cold_path();
        // SAFETY: the caller's contract.
        return unsafe { alloc_slow::<A, ZEROED>(inner, layout) };
    }
    #[cfg(all(
        target_arch = "x86_64",
        target_pointer_width = "64",
        debug_assertions,
        not(any(miri, test))
    ))]
    if count::written_out::alloc(layout.size()) {
        // SAFETY: the caller's contract.
        let block = unsafe { inner_alloc::<A, ZEROED>(inner, layout) };
        if block.is_null() {
            count::take_back(layout.size());
        }
        return block;
    }
    'site: {
        let mut sizes = count::sizes();
        if !sizes.are_looked_at() {
            break 'site;
        }
        // PERF: asked next, so that it is the same test.
        if sizes.may_be_due() {
            cold_path();
            if count::is_due(layout.size()) {
                // SAFETY: the caller's contract.
                return unsafe { alloc_slow::<A, ZEROED>(inner, layout) };
            }
            sizes = sizes.of_site();
            if !sizes.are_looked_at() {
                break 'site;
            }
        }
        if layout.size() > count::SMALL_MAX {
            cold_path();
            // SAFETY: the caller's contract.
            return unsafe { alloc_slow::<A, ZEROED>(inner, layout) };
        }
        // SAFETY: sizes of a site; the size is a small one, and the allocation not due.
        unsafe { count::small_ahead(sizes, layout.size()) };
    }
    count::alloc_ahead(layout.size());
    // SAFETY: the caller's contract.
    let block = unsafe { inner_alloc::<A, ZEROED>(inner, layout) };
    if block.is_null() {
        cold_path();
        count::take_back(layout.size());
    }
    block
}

/// Allocates along the slow path: in a scope that is routed, on a thread that is not one that
/// counts, a block that is to be sampled, or one with an unusual layout.
///
/// PERF: the block at hand of a routed scope is taken before any register is saved.
///
/// # Safety
///
/// - As [`GlobalAlloc::alloc`].
#[inline(never)]
unsafe fn alloc_slow<A: GlobalAlloc, const ZEROED: bool>(inner: &A, layout: Layout) -> *mut u8 {
    match count::small_routed(layout) {
        // SAFETY: a block of the region with room for the layout.
        Some(block) => unsafe { filled::<ZEROED>(block.as_ptr(), layout) },
        // SAFETY: the caller's contract.
        None => unsafe { alloc_slower::<A, ZEROED>(inner, layout) },
    }
}

/// Allocates along the slow path where there is no small block at hand.
///
/// # Safety
///
/// - As [`GlobalAlloc::alloc`].
#[inline(never)]
unsafe fn alloc_slower<A: GlobalAlloc, const ZEROED: bool>(inner: &A, layout: Layout) -> *mut u8 {
    match count::route() {
        // SAFETY: the caller's contract.
        Route::Bump | Route::Slab => unsafe { alloc_routed::<A, ZEROED>(inner, layout) },
        // SAFETY: the caller's contract.
        Route::Plain | Route::PreSize => unsafe { alloc_slow_path::<A, ZEROED>(inner, layout) },
    }
}

/// Allocates along the slow path where no scope is routed.
///
/// # Safety
///
/// - As [`GlobalAlloc::alloc`].
unsafe fn alloc_slow_path<A: GlobalAlloc, const ZEROED: bool>(
    inner: &A,
    layout: Layout,
) -> *mut u8 {
    if count::samples(layout.size()) {
        // SAFETY: the caller's contract.
        return unsafe { alloc_sampled::<A, ZEROED>(inner, layout) };
    }
    // SAFETY: the caller's contract.
    let block = unsafe { inner_alloc::<A, ZEROED>(inner, layout) };
    if block.is_null() { block } else { count::alloc_any(block, layout.size()) }
}

/// Allocates a block that is sampled.
///
/// # Safety
///
/// - As [`GlobalAlloc::alloc`].
#[inline(never)]
unsafe fn alloc_sampled<A: GlobalAlloc, const ZEROED: bool>(inner: &A, layout: Layout) -> *mut u8 {
    // SAFETY: the caller's contract.
    let (block, inside) = unsafe { place_sampled::<A, ZEROED>(inner, layout) };
    if block.is_null() {
        return block;
    }
    if count::route() != Route::Plain {
        count::not_routed();
    }
    count::alloc_any(block, layout.size());
    let frame = 0u8;
    // SAFETY: the block just made.
    unsafe { count::sample(block, layout, inside, ZEROED, (&raw const frame).addr()) };
    block
}

/// Room for a block that is sampled, and whether it is ours; null where there is none. Not counted,
/// and zeroed only where it is not ours.
///
/// # Safety
///
/// - As [`GlobalAlloc::alloc`].
unsafe fn place_sampled<A: GlobalAlloc, const ZEROED: bool>(
    inner: &A,
    layout: Layout,
) -> (*mut u8, bool) {
    match count::room_inside(layout) {
        Some(block) => (block.as_ptr(), true),
        // SAFETY: the caller's contract.
        None => (unsafe { inner_alloc::<A, ZEROED>(inner, layout) }, false),
    }
}

/// A block of the region, with zeroes where they were asked for.
///
/// # Safety
///
/// - Nobody may use the block yet, and it must have room for the layout.
#[inline(always)]
unsafe fn filled<const ZEROED: bool>(block: *mut u8, layout: Layout) -> *mut u8 {
    if ZEROED {
        // SAFETY: the caller's word.
        unsafe { block.write_bytes(0, layout.size()) };
    }
    block
}

/// Allocates in a scope that is routed what is not small, where the chunk at hand is full, or while
/// blocks are sampled.
///
/// # Safety
///
/// - As [`GlobalAlloc::alloc`].
unsafe fn alloc_routed<A: GlobalAlloc, const ZEROED: bool>(inner: &A, layout: Layout) -> *mut u8 {
    if count::samples(layout.size()) {
        // SAFETY: the caller's contract.
        return unsafe { alloc_sampled::<A, ZEROED>(inner, layout) };
    }
    let block = count::routed(layout);
    if !block.is_null() {
        // SAFETY: a block of the region with room for the layout.
        return count::alloc_any(unsafe { filled::<ZEROED>(block, layout) }, layout.size());
    }
    // SAFETY: the caller's contract.
    let block = unsafe { inner_alloc::<A, ZEROED>(inner, layout) };
    if block.is_null() {
        return block;
    }
    count::not_routed();
    count::alloc_any(block, layout.size())
}

/// Frees a block that may not be one of the inner allocator's, or on a thread that is not one that
/// counts.
///
/// PERF: takes its arguments in the order in which the compiler hands them to the hook, so that it
/// keeps them in place.
///
/// # Safety
///
/// - As [`GlobalAlloc::dealloc`], size and alignment being those of the layout.
#[inline(never)]
unsafe fn dealloc_slow<A: GlobalAlloc>(block: *mut u8, size: usize, align: usize, inner: &A) {
    // SAFETY: the caller's contract.
    unsafe {
        if !count::free_short(block, size) {
            dealloc_longer(block, size, align, inner);
        }
    }
}

/// Frees a block that is the inner allocator's and may be sampled.
///
/// # Safety
///
/// - As [`dealloc_slow`].
#[inline(never)]
unsafe fn dealloc_beside<A: GlobalAlloc>(block: *mut u8, size: usize, align: usize, inner: &A) {
    count::free(size);
    count::ends_outside(block);
    // SAFETY: taken from a layout; the caller's contract is the inner allocator's.
    unsafe { inner.dealloc(block, Layout::from_size_align_unchecked(size, align)) }
}

/// Frees along the slow path what is of no chunk at hand and of none of this thread's arenas.
///
/// # Safety
///
/// - As [`dealloc_slow`].
#[inline(never)]
unsafe fn dealloc_longer<A: GlobalAlloc>(block: *mut u8, size: usize, align: usize, inner: &A) {
    // SAFETY: taken from a layout.
    let layout = unsafe { Layout::from_size_align_unchecked(size, align) };
    if count::is_apart() {
        // SAFETY: the caller's contract.
        return unsafe { dealloc_apart(block, size, align, inner) };
    }
    count::free(layout.size());
    if count::is_routed(block) {
        // SAFETY: the caller's word.
        unsafe { count::free_routed(block) }
    } else {
        count::ends_outside(block);
        // SAFETY: the caller's contract is the inner allocator's.
        unsafe { inner.dealloc(block, layout) }
    }
}

/// Changes the size of a block that may be one of the region's, that is sampled, or whose new block
/// is to be.
///
/// # Safety
///
/// - As [`GlobalAlloc::realloc`].
#[inline(never)]
unsafe fn realloc_slow<A: GlobalAlloc>(
    inner: &A,
    block: *mut u8,
    layout: Layout,
    new_size: usize,
) -> *mut u8 {
    let (from, is_routed) = ((block.addr(), layout.size()), count::is_routed(block));
    if let Some(moving) = count::set_apart(block, layout) {
        count::ends_outside(block);
        // SAFETY: the caller's contract is the inner allocator's, whose block it is.
        let grown = unsafe { inner.realloc(block, layout, new_size) };
        if grown.is_null() {
            moving.stay(block.addr());
        } else {
            moving.arrive(from, (grown.addr(), new_size));
        }
        return grown;
    }
    let samples = count::samples(new_size);
    // SAFETY: the caller's word.
    if is_routed && !samples && unsafe { count::resize_routed(block, layout.size(), new_size) } {
        count::realloc(from, (block.addr(), new_size));
        return block;
    }
    // SAFETY: the caller vouches that `new_size` is not 0 and does not overflow with the alignment.
    let new = unsafe { Layout::from_size_align_unchecked(new_size, layout.align()) };
    let room = if samples { count::room_inside(new) } else { None };
    let grown = if is_routed || room.is_some() {
        // SAFETY: the caller's contract; the block changes its home.
        unsafe { move_to(inner, room, samples, block, layout, new) }
    } else {
        // Before the address may be another's. Where the call fails the block is sampled no longer.
        count::ends_outside(block);
        // SAFETY: the caller's contract is the inner allocator's.
        unsafe { inner.realloc(block, layout, new_size) }
    };
    if grown.is_null() {
        return grown;
    }
    count::realloc(from, (grown.addr(), new_size));
    if samples {
        let (frame, is_inside) = (0u8, room.is_some());
        let frame = (&raw const frame).addr();
        // SAFETY: the block just made, whose first bytes are what they were.
        unsafe { count::sample_moved(grown, layout.size(), new, is_inside, frame) };
    }
    grown
}

/// Moves a block to `room`, or else to wherever a new block would come from, which for one that is
/// sampled is the inner allocator; null where there is none.
///
/// # Safety
///
/// - As [`GlobalAlloc::realloc`]; room must be one for `new`.
unsafe fn move_to<A: GlobalAlloc>(
    inner: &A,
    room: Option<NonNull<u8>>,
    samples: bool,
    block: *mut u8,
    layout: Layout,
    new: Layout,
) -> *mut u8 {
    let mut grown = room.map_or(std::ptr::null_mut(), NonNull::as_ptr);
    if grown.is_null() && !samples && count::route() != Route::Plain {
        grown = count::routed(new);
        if !grown.is_null() {
            count::not_counted();
        }
    }
    if grown.is_null() {
        // SAFETY: the layout is valid by the caller's word.
        grown = unsafe { inner.alloc(new) };
    }
    if grown.is_null() {
        return grown;
    }
    // SAFETY: two blocks of at least so many bytes that do not overlap; the old one is not used any
    // more.
    unsafe {
        block.copy_to_nonoverlapping(grown, layout.size().min(new.size()));
        if count::is_routed(block) {
            count::free_routed(block);
        } else {
            count::ends_outside(block);
            inner.dealloc(block, layout);
        }
    }
    grown
}

/// Frees on a thread that is not one that counts: all of it here, so that the hook jumps and keeps
/// nothing across a call.
///
/// # Safety
///
/// - As [`dealloc_slow`].
#[cold]
#[inline(never)]
unsafe fn dealloc_apart<A: GlobalAlloc>(block: *mut u8, size: usize, align: usize, inner: &A) {
    // SAFETY: taken from a layout.
    let layout = unsafe { Layout::from_size_align_unchecked(size, align) };
    count::free_apart(size);
    if count::is_routed(block) {
        // SAFETY: the caller's word.
        unsafe { count::free_routed(block) }
    } else {
        count::ends_outside(block);
        // SAFETY: the caller's contract is the inner allocator's.
        unsafe { inner.dealloc(block, layout) }
    }
}
