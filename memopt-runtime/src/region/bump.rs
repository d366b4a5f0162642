//! Blocks that lie one behind the other in a chunk, which is used again when all of them are freed.

use super::chunk::{Chunk, State};
use super::owned::Owned;
use super::size::{LARGEST, rounded};
use super::survivors;
use super::thread_region::ThreadRegion;
use crate::machine::prefetch;
use crate::thread::route::Route;
use crate::thread::state::ThreadState;
use std::ptr::{self, NonNull};

/// How far behind a freed block memory is brought here that will be freed soon, and how much of it
/// at most. Bytes.
///
/// PERF: what is built and dropped as a whole is mostly dropped in the order in which it was built,
/// and has left the caches by then. Parsing and dropping 1 MB of JSON takes 0.57 of glibc's time in
/// place of 0.83; 0.69 with one line a block, however large.
const AHEAD: usize = 1024;
/// Bytes of a cache line.
const LINE: usize = 64;

/// A block is freed of one of this thread's chunks that is not at hand.
#[inline(always)]
pub(super) fn free_elsewhere(
    thread: &ThreadState,
    chunk: &'static Chunk,
    block: *mut u8,
    size: usize,
) {
    let mut at = 0;
    while {
        prefetch(block.wrapping_add(AHEAD + at).cast_const());
        at += LINE;
        at < size.min(AHEAD)
    } {}
    free(thread, chunk);
}

/// The next block of the chunk at hand, of a size rounded up; `None` where there is no room.
///
/// PERF: an addition and a comparison. Sizes are rounded up, so that alignment needs no
/// instruction; the chunk's blocks are not counted here but told from the thread's own count when
/// the chunk is [put away](put_away).
#[inline(always)]
pub(super) fn alloc_at_hand(thread: &ThreadState, size: usize) -> Option<NonNull<u8>> {
    let at = thread.bump.get();
    let behind = at.wrapping_add(size);
    if behind > thread.bump_end.get() {
        return None;
    }
    thread.bump.set(behind);
    // SAFETY: there is room, so there is a chunk, in which it lies. (Null has none: no block has
    // size 0.)
    Some(unsafe { NonNull::new_unchecked(at) })
}

/// The next block; null where the inner allocator has to give it.
pub(super) fn alloc(thread: &ThreadState, size: usize) -> *mut u8 {
    if size > LARGEST {
        return ptr::null_mut();
    }
    let mut block = alloc_at_hand(thread, rounded(size));
    if block.is_none() && next_chunk(thread) {
        block = alloc_at_hand(thread, rounded(size));
    }
    block.map_or(ptr::null_mut(), NonNull::as_ptr)
}

/// Blocks the thread counted so far.
fn counted(thread: &ThreadState) -> u64 {
    thread.counters.allocs.get()
}

/// From here on blocks come from a chunk.
pub(super) fn take_up(thread: &ThreadState, chunk: &'static Chunk) {
    thread.chunk().set(chunk);
    thread.bump_end.set(chunk.end());
    thread.chunk_since.set(counted(thread));
}

/// No more blocks come from the chunk at hand: it is told how many did. Room and pointer stay as
/// they are.
pub(super) fn put_away(thread: &ThreadState) {
    // SAFETY: null, or a chunk, which is never unmapped.
    if let Some(chunk) = unsafe { thread.chunk().get().as_ref() } {
        chunk.gives(counted(thread).wrapping_sub(thread.chunk_since.get()));
        thread.chunk_since.set(counted(thread));
    }
}

/// Makes room: the chunk at hand waits for its blocks, another takes its place; whether there was
/// one. If not, the scope is not routed any more.
fn next_chunk(thread: &ThreadState) -> bool {
    // SAFETY: null, or this thread's heap, which is never freed; the hook is not called from within
    // `owned`.
    let Some(heap) = (unsafe { thread.region().get().as_ref() }) else { return false };
    // SAFETY: as above.
    unsafe {
        heap.owned(|owned| {
            if let Some(full) = thread.chunk().get().as_ref() {
                put_away(thread);
                if full.settle() == 0 {
                    begin(thread, full);
                    return true;
                }
                full.set(State::Listed);
                owned.list.push_last(full);
            }
            thread.chunk().set(ptr::null());
            let found = if survivors::watch(owned) { None } else { fresh(heap, owned) };
            match found {
                Some(chunk) => begin(thread, chunk),
                None => stop(thread),
            }
            found.is_some()
        })
    }
}

/// An empty chunk for the innermost routed scope.
pub(super) fn fresh(heap: &ThreadRegion, owned: &mut Owned) -> Option<&'static Chunk> {
    let chunk = owned.chunk()?;
    let level = &owned.levels[owned.depth - 1];
    chunk.own_as_bump(ptr::from_ref(heap).cast(), level.site, level.call);
    Some(chunk)
}

/// Goes on at the start of an empty chunk.
pub(super) fn begin(thread: &ThreadState, chunk: &'static Chunk) {
    take_up(thread, chunk);
    thread.bump.set(chunk.start().wrapping_add(Chunk::FIRST));
}

/// The scope takes its blocks from the inner allocator from here on.
fn stop(thread: &ThreadState) {
    thread.set_route(Route::Plain);
    thread.chunk().set(ptr::null());
    thread.bump.set(ptr::null_mut());
    thread.bump_end.set(ptr::null_mut());
}

/// A block of this thread's own chunk is freed.
#[inline(always)]
pub(super) fn free(thread: &ThreadState, chunk: &'static Chunk) {
    if chunk.takes(1) == 0 {
        emptied(thread, chunk);
    }
}

/// The last block in use of a chunk was freed, as far as the chunk knows: not where it is at hand.
#[cold]
#[inline(never)]
fn emptied(thread: &ThreadState, chunk: &'static Chunk) {
    if ptr::eq(thread.chunk().get(), chunk) {
        if thread.route.get() == Route::Bump {
            put_away(thread);
            if chunk.live() == 0 {
                begin(thread, chunk);
            }
        }
    } else if chunk.is(State::Listed) {
        // SAFETY: the chunk is this thread's, so the heap is there; the hook is not called from
        // within `owned`.
        unsafe {
            (*thread.region().get()).owned(|owned| {
                owned.list.remove(chunk);
                owned.leave(chunk);
            });
        }
    }
}

/// A block of another thread's chunk is freed.
///
/// PERF: noted here while the blocks come from one chunk, and told to the chunk together: one
/// locked addition a chunk instead of one a block.
pub(super) fn free_remote(thread: &ThreadState, chunk: &'static Chunk) {
    if ptr::eq(thread.remote().get(), chunk) {
        thread.remote_blocks.set(thread.remote_blocks.get() + 1);
        return;
    }
    if thread.is_running() {
        tell(thread);
        thread.remote().set(chunk);
        thread.remote_blocks.set(1);
    } else {
        chunk.freed_remotely(1);
    }
}

/// Tells another thread's chunk of the blocks that were freed here.
pub(super) fn tell(thread: &ThreadState) {
    // SAFETY: null, or a chunk, which is never unmapped.
    if let Some(chunk) = unsafe { thread.remote().replace(ptr::null()).as_ref() } {
        chunk.freed_remotely(thread.remote_blocks.take());
    }
}

/// Changes the size of the block handed out last; whether it was that one and there is room.
pub(super) fn resize(thread: &ThreadState, block: *mut u8, old: usize, new: usize) -> bool {
    let at = block.addr();
    let behind = at + rounded(new);
    if at + rounded(old) != thread.bump.get().addr()
        || behind > thread.bump_end.get().addr()
        || new > LARGEST
    {
        return false;
    }
    thread.bump.set(thread.bump.get().with_addr(behind));
    true
}
