//! What one thread has of the region: the chunks of its arenas, level by level, and its slabs.
//!
//! It belongs to the thread's slot, like the records: made when the thread's first scope is routed, never freed, used on
//! by the next thread that gets the slot. Blocks of ended threads stay valid that way, and their chunks have an owner
//! again as soon as such a thread comes.

use super::chunk::{Chunk, State};
use super::slab::Classes;
use super::space;
use crate::site::Site;
use crate::thread::route::Route;
use crate::thread::state::ThreadState;
use crate::thread::{Room, at_end};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::UnsafeCell;
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Routed scopes that can be open within each other, each with chunks of its own; those further in share the innermost.
const LEVELS: usize = 16;

/// Empty chunks a thread keeps for itself.
const SPARE: usize = 8;

/// Chunks looked at, oldest first, for one whose blocks others freed.
const LOOKED_AT: usize = 4;

/// Chunks taken into use that had been used before, and those that had not.
pub(super) static REUSED: AtomicU64 = AtomicU64::new(0);
pub(super) static FRESH: AtomicU64 = AtomicU64::new(0);
/// Chunks no longer in use.
pub(super) static LEFT: AtomicU64 = AtomicU64::new(0);

/// One thread's part of the region.
#[derive(Debug)]
#[repr(align(64))]
pub(crate) struct ThreadRegion {
    /// Only the owning thread looks in here.
    owned: UnsafeCell<Owned>,
}

/// What only the owning thread touches.
#[derive(Debug)]
pub(super) struct Owned {
    /// Routed scopes now open.
    pub(super) depth: usize,
    pub(super) levels: [Level; LEVELS],
    /// Chunks of arenas that are full and have blocks in use, the oldest first.
    pub(super) list: List,
    spare: [*const Chunk; SPARE],
    spares: usize,
    /// Routed calls so far.
    pub(super) calls: u32,
    /// Chunks taken since the survivors were last counted.
    pub(super) unwatched: u32,
    /// Notes of [`trim`](super::trim) that were read.
    pub(super) heeded: u32,
    pub(super) slabs: Classes,
    /// Slabs of sampled blocks.
    pub(super) sampled: Classes,
}

/// What a routed scope found when it was entered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Saved {
    pub(super) route: Route,
    pub(super) bump: *mut u8,
    pub(super) end: *mut u8,
    pub(super) chunk: *const Chunk,
}

/// The arena of the scopes at one depth.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level {
    /// The chunk blocks are taken from; null for none.
    pub(super) chunk: *const Chunk,
    /// Where the next block lies, while no scope is open at this depth.
    pub(super) bump: *mut u8,
    pub(super) saved: Saved,
    pub(super) site: *const Site,
    pub(super) call: u32,
}

const NOTHING: Saved =
    Saved { route: Route::Plain, bump: ptr::null_mut(), end: ptr::null_mut(), chunk: ptr::null() };

impl ThreadRegion {
    /// Makes an empty one; `None` where the system has no memory.
    fn make() -> Option<&'static Self> {
        // SAFETY: `ThreadRegion` has a size; `System` is not the wrapped allocator.
        let place = unsafe { System.alloc(Layout::new::<Self>()) }.cast::<Self>();
        if place.is_null() {
            return None;
        }
        let level =
            Level { chunk: ptr::null(), bump: ptr::null_mut(), saved: NOTHING, site: ptr::null(), call: 0 };
        let owned = Owned {
            depth: 0,
            levels: [level; LEVELS],
            list: List::new(),
            spare: [ptr::null(); SPARE],
            spares: 0,
            calls: 0,
            unwatched: 0,
            heeded: 0,
            slabs: Classes::new(),
            sampled: Classes::new(),
        };
        // SAFETY: freshly allocated for a `ThreadRegion`, never freed.
        unsafe {
            place.write(Self { owned: UnsafeCell::new(owned) });
            Some(&*place)
        }
    }

    /// The calling thread's heap, made at the first call; `None` for a thread that is ending, while our own work is done,
    /// and where the system has no memory.
    pub(super) fn of(thread: &ThreadState) -> Option<&'static Self> {
        let known = thread.region().get();
        if !known.is_null() {
            // SAFETY: heaps are never freed.
            return Some(unsafe { &*known });
        }
        let slot = thread.slot()?;
        let mut heap: *const Self = slot.heap();
        if heap.is_null() {
            heap = if space::reserve() { Self::make()? } else { return None };
            at_end(Room::Region, super::route::thread_ends);
            slot.set_heap(heap);
        }
        thread.region().set(heap);
        // SAFETY: heaps are never freed.
        Some(unsafe { &*heap })
    }

    /// Gives the owner access to what only it touches.
    ///
    /// # Safety
    ///
    /// - Only the thread that has the heap may call it, and not from within `work`.
    #[inline(always)]
    pub(super) unsafe fn owned<T>(&self, work: impl FnOnce(&mut Owned) -> T) -> T {
        // SAFETY: one thread has the heap, and by the caller's word the borrow is not nested.
        work(unsafe { &mut *self.owned.get() })
    }
}

impl Owned {
    /// An empty chunk: one whose blocks others freed meanwhile, one kept, or one from the space.
    pub(super) fn chunk(&mut self) -> Option<&'static Chunk> {
        for _ in 0..LOOKED_AT.min(self.list.len) {
            let Some(oldest) = self.list.first() else { break };
            self.list.remove(oldest);
            if oldest.settle() == 0 {
                REUSED.fetch_add(1, Relaxed);
                LEFT.fetch_add(1, Relaxed);
                return Some(oldest);
            }
            self.list.push_last(oldest);
        }
        if self.spares > 0 {
            self.spares -= 1;
            REUSED.fetch_add(1, Relaxed);
            // SAFETY: chunks are never unmapped; only empty ones are put there.
            return Some(unsafe { &*self.spare[self.spares] });
        }
        let chunk = space::take()?;
        if chunk.was_used() { &REUSED } else { &FRESH }.fetch_add(1, Relaxed);
        Some(chunk)
    }

    /// Takes a chunk back that is in no list and has no block in use.
    pub(super) fn leave(&mut self, chunk: &'static Chunk) {
        LEFT.fetch_add(1, Relaxed);
        if self.spares < SPARE {
            chunk.disown();
            self.spare[self.spares] = chunk;
            self.spares += 1;
        } else {
            space::give(chunk);
        }
    }

    /// The slabs of sampled blocks, or the others.
    pub(super) fn slabs(&mut self, sampled: bool) -> &mut Classes {
        if sampled { &mut self.sampled } else { &mut self.slabs }
    }

    /// Lets every slab go that is empty.
    pub(super) fn tidy_slabs(&mut self) {
        let mut slabs = std::mem::replace(&mut self.slabs, Classes::new());
        slabs.trim(self);
        self.slabs = slabs;
        let mut sampled = std::mem::replace(&mut self.sampled, Classes::new());
        sampled.trim(self);
        self.sampled = sampled;
    }

    /// Gives what is empty back to the space.
    pub(super) fn give_spares(&mut self) {
        for at in 0..std::mem::take(&mut self.spares) {
            // SAFETY: as in `chunk`.
            space::give(unsafe { &*self.spare[at] });
        }
    }

    /// The thread ends: what is empty goes back, what is not waits for the next thread that gets the heap.
    pub(super) fn end(&mut self) {
        self.depth = 0;
        for level in &mut self.levels {
            // SAFETY: null, or a chunk, which is never unmapped.
            let Some(chunk) = (unsafe { std::mem::replace(&mut level.chunk, ptr::null()).as_ref() }) else {
                continue;
            };
            chunk.set(State::Listed);
            self.list.push_last(chunk);
        }
        for _ in 0..self.list.len {
            let Some(chunk) = self.list.first() else { break };
            self.list.remove(chunk);
            if chunk.settle() == 0 {
                self.leave(chunk);
            } else {
                self.list.push_last(chunk);
            }
        }
        self.tidy_slabs();
        self.give_spares();
    }
}

/// Chunks in a row, linked through their heads; only the owner of the chunks walks it.
#[derive(Debug)]
pub(super) struct List {
    first: *const Chunk,
    last: *const Chunk,
    pub(super) len: usize,
}

impl List {
    pub(super) const fn new() -> Self {
        Self { first: ptr::null(), last: ptr::null(), len: 0 }
    }

    pub(super) fn first(&self) -> Option<&'static Chunk> {
        // SAFETY: null, or a chunk, which is never unmapped.
        unsafe { self.first.as_ref() }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &'static Chunk> {
        std::iter::successors(self.first(), |chunk| after(chunk))
    }

    pub(super) fn push_last(&mut self, chunk: &'static Chunk) {
        link(chunk, self.last, ptr::null());
        // SAFETY: null, or a chunk, which is never unmapped.
        match unsafe { self.last.as_ref() } {
            Some(last) => last.after.store(ptr::from_ref(chunk).cast_mut(), Relaxed),
            None => self.first = chunk,
        }
        self.last = chunk;
        self.len += 1;
    }

    pub(super) fn push_first(&mut self, chunk: &'static Chunk) {
        link(chunk, ptr::null(), self.first);
        match self.first() {
            Some(first) => first.before.store(ptr::from_ref(chunk).cast_mut(), Relaxed),
            None => self.last = chunk,
        }
        self.first = chunk;
        self.len += 1;
    }

    /// Takes a chunk out that is in this list.
    pub(super) fn remove(&mut self, chunk: &Chunk) {
        let (left, right) = (chunk.before.load(Relaxed), chunk.after.load(Relaxed));
        // SAFETY: null, or chunks, which are never unmapped.
        let (before, behind) = unsafe { (left.as_ref(), right.as_ref()) };
        match before {
            Some(before) => before.after.store(right, Relaxed),
            None => self.first = right,
        }
        match behind {
            Some(behind) => behind.before.store(left, Relaxed),
            None => self.last = left,
        }
        self.len -= 1;
    }
}

fn link(chunk: &Chunk, before: *const Chunk, behind: *const Chunk) {
    chunk.before.store(before.cast_mut(), Relaxed);
    chunk.after.store(behind.cast_mut(), Relaxed);
}

fn after(chunk: &Chunk) -> Option<&'static Chunk> {
    // SAFETY: null, or a chunk, which is never unmapped.
    unsafe { chunk.after.load(Relaxed).as_ref() }
}
