//! Blocks of one size in a chunk; freed ones are handed out again.
//!
//! A slab has two lists: one that blocks are taken from, and one that they are freed into, which
//! takes the place of the first when that is empty. PERF: with one list, a block that is freed and
//! allocated again waits for the link that the free has just stored in it. With this and
//! `on_small_routed`, pairs of 64 bytes take 0.99 of mimalloc's time in place of 1.19, and on two
//! threads 1.13 in place of 1.29.
//!
//! A slab's blocks in use are only counted while it is listed: the one at hand cannot go, so nobody
//! asks. What that saves is four instructions a block.

use super::chunk::{Chunk, State};
use super::owned::{Classes, Owned};
use super::range;
use super::size::{CHUNK, HEADER, class_of};
use super::thread::no_slab;
use super::thread_region::ThreadRegion;
use crate::thread::size_class::{SMALL, SMALL_MAX};
use crate::thread::state::ThreadState;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Bytes cut into blocks at a time, so that a slab's pages are touched as they are needed.
const CUT: usize = 4096;
/// Slabs looked at for free blocks.
const LOOKED_AT: usize = 4;

/// A block of a small size's class from the slab at hand; `None` where it has none.
#[inline(always)]
pub(super) fn alloc_at_hand(thread: &ThreadState, class: usize) -> Option<NonNull<u8>> {
    // SAFETY: `NO_SLAB`, or a chunk, which is never unmapped.
    pop(unsafe { &*thread.slab(class).get() })
}

/// A block of the size's class; null where the inner allocator has to give it.
pub(super) fn alloc(thread: &ThreadState, size: usize) -> *mut u8 {
    let Some(class) = class_of(size) else { return ptr::null_mut() };
    if size > SMALL_MAX {
        return alloc_slow_path(thread, class);
    }
    alloc_at_hand(thread, class).map_or_else(|| alloc_slow_path(thread, class), NonNull::as_ptr)
}

/// The thread has no slab at hand any more: it ends, or they go into the lists.
pub(super) fn put_away(thread: &ThreadState) {
    for class in 0..SMALL {
        thread.slab(class).set(no_slab());
    }
}

/// A slot of `size` bytes for a block that is sampled; `None` where it is too large, or there is no
/// room.
pub(super) fn sampled(heap: &ThreadRegion, size: usize) -> Option<NonNull<u8>> {
    let class = class_of(size)?;
    // SAFETY: the thread's own heap; the hook is not called from within.
    unsafe {
        heap.owned(|owned| {
            let slab = owned.sampled.classes[class].current.as_ref().and_then(pop);
            slab.or_else(|| refill(heap, owned, class, true).and_then(pop))
        })
    }
}

/// Lets every slab of a thread go that is empty.
pub(super) fn trim_all(owned: &mut Owned) {
    let mut slabs = std::mem::replace(&mut owned.slabs, Classes::new());
    trim(&mut slabs, owned);
    owned.slabs = slabs;
    let mut sampled = std::mem::replace(&mut owned.sampled, Classes::new());
    trim(&mut sampled, owned);
    owned.sampled = sampled;
}

/// Lets the empty ones of these go.
fn trim(classes: &mut Classes, owned: &mut Owned) {
    for (class, list) in classes.classes.iter_mut().zip(&mut classes.lists) {
        // SAFETY: null, or a chunk, which is never unmapped.
        if let Some(slab) = unsafe { std::mem::replace(&mut class.current, ptr::null()).as_ref() } {
            slab.set(State::Listed);
            let free = count_list(slab.free.load(Relaxed)) + count_list(slab.freed());
            slab.has(cut_so_far(slab) - free);
            list.push_first(slab);
        }
        for _ in 0..list.len {
            let Some(slab) = list.first() else { break };
            list.remove(slab);
            slab.takes(collect(slab));
            if slab.live() == 0 {
                owned.leave(slab);
            } else {
                list.push_last(slab);
            }
        }
    }
}
/// Takes the first free block of a slab; `None` where it has none.
#[inline(always)]
fn pop(slab: &Chunk) -> Option<NonNull<u8>> {
    let block = NonNull::new(slab.free.load(Relaxed))?;
    // SAFETY: a free block of the slab holds the next one in its first word; free blocks are
    // 8-aligned and nobody's.
    slab.free.store(unsafe { link(block.as_ptr()).read() }, Relaxed);
    Some(block)
}

#[cold]
#[inline(never)]
fn alloc_slow_path(thread: &ThreadState, class: usize) -> *mut u8 {
    // SAFETY: a routed thread has a heap, which is never freed.
    let heap = unsafe { &*thread.region().get() };
    // SAFETY: the thread's own heap; the hook is not called from within.
    let slab = unsafe { heap.owned(|owned| refill(heap, owned, class, false)) };
    if class < SMALL {
        thread.slab(class).set(slab.map_or(no_slab(), ptr::from_ref));
    }
    slab.and_then(pop).map_or(ptr::null_mut(), NonNull::as_ptr)
}

/// A slab with a free block, made current.
fn refill(
    heap: &ThreadRegion,
    owned: &mut Owned,
    class: usize,
    sampled: bool,
) -> Option<&'static Chunk> {
    let slabs = owned.slabs(sampled);
    // SAFETY: null, or a chunk, which is never unmapped.
    if let Some(slab) = unsafe { slabs.classes[class].current.as_ref() } {
        if find(slab, class) {
            return Some(slab);
        }
        slab.set(State::Listed);
        slab.has(cut_so_far(slab));
        slabs.lists[class].push_last(slab);
    }
    let list = &mut slabs.lists[class];
    let mut found = None;
    for _ in 0..LOOKED_AT.min(list.len) {
        let Some(slab) = list.first() else { break };
        list.remove(slab);
        if find(slab, class) {
            slab.set(State::Current);
            found = Some(slab);
            break;
        }
        list.push_last(slab);
    }
    if found.is_none() {
        found = owned.chunk();
        if let Some(slab) = found {
            slab.own_as_slab(ptr::from_ref(heap).cast(), class, sampled);
            slab.fresh.store(Chunk::FIRST as u32, Relaxed);
            cut(slab, class);
        }
    }
    owned.slabs(sampled).classes[class].current = found.map_or(ptr::null(), ptr::from_ref);
    found
}

/// Looks for free blocks: in the slab's list, among those freed here and elsewhere, in what was
/// never handed out.
fn find(slab: &Chunk, class: usize) -> bool {
    if slab.free.load(Relaxed).is_null() {
        slab.free.store(slab.freed(), Relaxed);
        slab.set_freed(ptr::null_mut());
    }
    if slab.free.load(Relaxed).is_null() {
        collect(slab);
    }
    if slab.free.load(Relaxed).is_null() {
        cut(slab, class);
    }
    !slab.free.load(Relaxed).is_null()
}

/// Takes the blocks that other threads freed; how many. Only for the owner.
fn collect(slab: &Chunk) -> u32 {
    let list = slab.remote().take_list();
    let (mut block, mut count) = (list, 0);
    while !block.is_null() {
        count += 1;
        let next = link(block);
        // SAFETY: a block freed elsewhere holds the next one in its first word; it is the owner's
        // again.
        let behind = unsafe { next.read() };
        if behind.is_null() {
            // SAFETY: as above.
            unsafe { next.write(slab.free.load(Relaxed)) };
            slab.free.store(list, Relaxed);
        }
        block = behind;
    }
    count
}

/// The blocks a slab was cut into.
fn cut_so_far(slab: &Chunk) -> u32 {
    (slab.fresh.load(Relaxed) - Chunk::FIRST as u32) / (slab.class() as u32 * 16)
}

/// The free blocks in a list of the owner's.
fn count_list(mut block: *mut u8) -> u32 {
    let mut count = 0;
    while !block.is_null() {
        count += 1;
        // SAFETY: a free block holds the next one in its first word; the list is the owner's.
        block = unsafe { link(block).read() };
    }
    count
}

/// Cuts some of what was never handed out into blocks.
fn cut(slab: &Chunk, class: usize) {
    let size = class * 16;
    let mut at = slab.fresh.load(Relaxed) as usize;
    let end = (at + CUT.max(size)).min(CHUNK);
    while at + size <= end {
        let block = slab.start().wrapping_add(at);
        if slab.is_sampled() {
            clear_header(block);
        }
        // SAFETY: within the slab, 8-aligned, never handed out.
        unsafe { link(block).write(slab.free.load(Relaxed)) };
        slab.free.store(block, Relaxed);
        at += size;
    }
    slab.fresh.store(at as u32, Relaxed);
}

/// Makes the header of a slot zero, which stands for no block. Who looks for sampled blocks may
/// read it meanwhile.
fn clear_header(slot: *mut u8) {
    for word in 0..HEADER / size_of::<AtomicU64>() {
        // SAFETY: within the slot, which is 8-aligned and larger than a header; its words are only
        // used as atomics.
        unsafe { &*slot.cast::<AtomicU64>().add(word) }.store(0, Relaxed);
    }
}

/// The first word of a free block.
#[inline(always)]
fn link(block: *mut u8) -> *mut *mut u8 {
    block.cast()
}

/// Every slot that was cut from a slab, whether in use or not. The slab may change meanwhile.
pub(super) fn each_slot(slab: &Chunk, mut see: impl FnMut(*mut u8)) {
    let size = slab.class() * 16;
    let end = (slab.fresh.load(Relaxed) as usize).min(CHUNK);
    let mut at = Chunk::FIRST;
    while size > 0 && at + size <= end {
        see(slab.start().wrapping_add(at));
        at += size;
    }
}

/// A block of this thread's own slab is freed.
///
/// # Safety
///
/// - The block must be one of the slab's that nobody uses any more.
#[inline(always)]
pub(super) unsafe fn free(thread: &ThreadState, slab: &'static Chunk, block: *mut u8) {
    let is_listed = slab.is(State::Listed);
    let was_empty = is_listed && slab.freed().is_null() && slab.free.load(Relaxed).is_null();
    // SAFETY: the caller's word.
    unsafe { push(slab, block) };
    if is_listed {
        let left = slab.takes(1);
        if left == 0 || was_empty {
            came_back(thread, slab, left);
        }
    }
}

/// Puts a block into a slab's list of freed ones.
///
/// # Safety
///
/// - As [`free`].
#[inline(always)]
pub(super) unsafe fn push(slab: &Chunk, block: *mut u8) {
    // The slab's right to the bytes: that of the pointer given may end with the user's value.
    let block = range::whole(block.addr());
    // SAFETY: the caller's word; blocks are 8-aligned and hold 16 bytes at least.
    unsafe { link(block).write(slab.freed()) };
    slab.set_freed(block);
}

/// A slab that is not current has a free block again, or no block in use any more.
#[cold]
#[inline(never)]
fn came_back(thread: &ThreadState, slab: &'static Chunk, left: u32) {
    // SAFETY: the slab is this thread's, so the heap is there; the hook is not called from within
    // `owned`.
    unsafe {
        (*thread.region().get()).owned(|owned| {
            let list = &mut owned.slabs(slab.is_sampled()).lists[slab.class()];
            list.remove(slab);
            if left == 0 {
                owned.leave(slab);
            } else {
                list.push_first(slab);
            }
        });
    }
}

/// A block of another thread's slab is freed.
///
/// # Safety
///
/// - The block must be one of the slab's that nobody uses any more.
pub(super) unsafe fn free_remote(slab: &Chunk, block: *mut u8) {
    let block = slab.start().with_addr(block.addr());
    // SAFETY: the caller's word; a free block holds the next one's address where `link` says.
    unsafe { slab.remote().push(block, link) };
}
