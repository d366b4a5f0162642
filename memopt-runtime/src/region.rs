//! Memory that routed scopes allocate from: one reserved range of addresses, cut into chunks.
//!
//! A scope that is routed takes its small blocks from its thread's own chunks instead of the inner
//! allocator: by **bump** (an arena: blocks lie one behind the other, a chunk is used again when
//! all of its blocks are freed) or by **slab** (a magazine: freed blocks of a size wait to be
//! handed out again). A block may outlive the scope, the thread, or be freed elsewhere: it only
//! keeps its chunk.
//!
//! Rooms, each above those it uses: [`size`] (of chunks and blocks), [`range`] (the reserved
//! addresses), [`chunk`] (a chunk's head) with [`remote`] (what other threads free of it),
//! [`space`] (chunks given out and taken back) over [`stack`] (the lock-free list of free ones),
//! [`list`] (chunks in a row), [`owned`] and [`thread_region`] (what a thread has of them),
//! [`thread`] (what its state holds), [`survivors`] (arenas whose blocks stay), [`bump`], [`slab`],
//! [`life`] (from a thread's first use to its end), [`trim`] (letting go of what is empty),
//! [`route`] (entering and leaving), [`figures`] (for reports).
//!
//! # How a free knows its way
//!
//! Every block here lies at an address that is 8 above a multiple of 16. glibc and most allocators
//! give multiples of 16, so the hook tells with one test of one bit that a block is not from here;
//! where the bit is set it compares the address with the range. Blocks that must be aligned to more
//! than 8 bytes (tables of `HashMap`, SIMD) therefore stay with the inner allocator.

mod bump;
mod chunk;
mod figures;
mod life;
mod list;
mod owned;
mod range;
mod remote;
mod route;
mod size;
mod slab;
mod space;
mod stack;
mod survivors;
mod thread;
mod thread_region;
mod trim;

pub(crate) use self::figures::figures;
pub(crate) use self::route::{enter, leave};
pub(crate) use self::size::{CHUNK_BYTES, HEADER};
pub(crate) use self::trim::trim;

use self::chunk::Chunk;
use self::size::{GRAIN, class_of, rounded};
use crate::thread::route::Route;
use crate::thread::size_class::{SMALL_MAX, small_class};
use crate::thread::state::ThreadState;
use std::alloc::Layout;
use std::ptr::{self, NonNull};

/// Whether a block is one of ours.
#[inline(always)]
pub(crate) fn holds(block: *mut u8) -> bool {
    range::holds(block.addr())
}

/// A small block for the scope from the chunk or slab at hand, counted; `None` where [`alloc`] has
/// to look further, or no scope is routed.
///
/// PERF: nothing on this way calls, so no register is saved.
#[inline(always)]
pub(crate) fn alloc_small(thread: &ThreadState, layout: Layout) -> Option<NonNull<u8>> {
    if layout.size() > SMALL_MAX {
        return None;
    }
    let class = small_class(layout.size());
    let route = thread.short_route();
    if layout.align() > 8 {
        return None;
    }
    let block = if route == Route::Bump as u32 {
        bump::alloc_at_hand(thread, class * GRAIN)?
    } else if route == Route::Slab as u32 {
        slab::alloc_at_hand(thread, class)?
    } else {
        return None;
    };
    // SAFETY: the scope is routed, so `sizes` are those of its site, and are to be looked at; the
    // size has a small class.
    unsafe { thread.on_small_routed(layout.size()) };
    Some(block)
}

/// Frees a block of the chunk or slab at hand, or of another chunk of this thread's arenas,
/// counted; whether it was one.
///
/// PERF: a block of what is at hand is known by one comparison, without a look at the range, the
/// chunk's owner or its state. Where frees of the thread are counted elsewhere, what is compared is
/// the block's own address, which is no chunk's.
///
/// # Safety
///
/// - Nobody may use the block any more.
#[inline(always)]
pub(crate) unsafe fn free_short(thread: &ThreadState, block: *mut u8, size: usize) -> bool {
    let at = thread.chunk_start(block);
    let chunk = thread.chunk().get();
    if chunk.addr() == at {
        thread.on_free(size);
        // SAFETY: not null, as no block lies at the first addresses; chunks are never unmapped.
        bump::free(thread, unsafe { &*chunk });
        return true;
    }
    if size <= SMALL_MAX {
        let slab = thread.slab(small_class(size)).get();
        if slab.addr() == at {
            thread.on_free(size);
            // SAFETY: a slab at hand is never unmapped; the caller's word.
            unsafe { slab::push(&*slab, block) };
            return true;
        }
    }
    if thread.is_apart() || !holds(block) || !Chunk::of(at).is_bump_of(thread.region().get().cast())
    {
        return false;
    }
    thread.on_free(size);
    bump::free_elsewhere(thread, Chunk::of(at), block, size);
    true
}

/// A slot of the region for a block that is sampled and its tag.
pub(crate) fn sampled(thread: &ThreadState, size: usize) -> Option<NonNull<u8>> {
    slab::sampled(life::region(thread)?, size)
}

/// The slots of all slabs of tracked blocks.
pub(crate) fn each_sampled(mut see: impl FnMut(*mut u8)) {
    space::each(|chunk| {
        if chunk.was_used() && chunk.is_sampled() {
            slab::each_slot(chunk, &mut see);
        }
    });
}

/// An address in the region, with the right to reach all of its chunk.
pub(crate) fn whole(address: *mut u8) -> *mut u8 {
    range::whole(address.addr())
}

/// A block for the scope that is routed, not counted; null where the inner allocator has to give
/// it.
pub(crate) fn alloc(thread: &ThreadState, layout: Layout) -> *mut u8 {
    if layout.align() > 8 {
        return ptr::null_mut();
    }
    match thread.route.get() {
        Route::Bump => bump::alloc(thread, layout.size()),
        Route::Slab => slab::alloc(thread, layout.size()),
        Route::Plain | Route::PreSize => ptr::null_mut(),
    }
}

/// A block was counted in a routed scope that is not of its chunk, or one of its chunk was not
/// counted (`-1`).
pub(crate) fn not_of_the_chunk(thread: &ThreadState, blocks: i64) {
    thread.chunk_since.set(thread.chunk_since.get().wrapping_add_signed(blocks));
}

/// Frees a block of ours on whatever thread. `false`, and nothing is done, where the block is
/// sampled: then its slot is freed by [`free_slot`].
///
/// # Safety
///
/// - [`holds`] must have said yes, and nobody may use the block any more.
#[inline(always)]
pub(crate) unsafe fn free(thread: &ThreadState, block: *mut u8) -> bool {
    let chunk = Chunk::of(block.addr());
    if chunk.is_bump_of(thread.region().get().cast()) {
        bump::free(thread, chunk);
    } else if chunk.is_slab_of(thread.region().get().cast()) {
        // SAFETY: the caller's word.
        unsafe { slab::free(thread, chunk, block) };
    } else {
        // SAFETY: the caller's word.
        return unsafe { free_remote(thread, chunk, block) };
    }
    true
}

/// Frees a block of another thread's chunk; `false` where the block is sampled.
///
/// # Safety
///
/// - As [`free`].
#[inline(never)]
unsafe fn free_remote(thread: &ThreadState, chunk: &'static Chunk, block: *mut u8) -> bool {
    if chunk.is_sampled() {
        return false;
    }
    if chunk.is_slab() {
        // SAFETY: the caller's word.
        unsafe { slab::free_remote(chunk, block) };
    } else {
        bump::free_remote(thread, chunk);
    }
    true
}

/// Frees the slot of a sampled block, on whatever thread.
///
/// # Safety
///
/// - It must be a slot of [`sampled`] whose block is gone.
pub(crate) unsafe fn free_slot(thread: &ThreadState, slot: *mut u8) {
    let chunk = Chunk::of(slot.addr());
    if chunk.is_sampled_of(thread.region().get().cast()) {
        // SAFETY: the caller's word.
        unsafe { slab::free(thread, chunk, slot) };
    } else {
        // SAFETY: the caller's word.
        unsafe { slab::free_remote(chunk, slot) };
    }
}

/// Changes the size of a block where it lies; whether that was possible.
///
/// # Safety
///
/// - [`holds`] must have said yes; `old` must be the size it was asked for with.
pub(crate) unsafe fn resize(thread: &ThreadState, block: *mut u8, old: usize, new: usize) -> bool {
    let chunk = Chunk::of(block.addr());
    if chunk.is_sampled() {
        return false;
    }
    if rounded(new) == rounded(old) {
        return true;
    }
    if chunk.is_slab() {
        return class_of(new) == Some(chunk.class());
    }
    chunk.is_bump_of(thread.region().get().cast()) && bump::resize(thread, block, old, new)
}
