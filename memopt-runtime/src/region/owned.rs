//! What only the owning thread touches of its part of the region: chunks of its arenas, level by
//! level, and its slabs.

use super::chunk::{Chunk, State};
use super::list::List;
use super::size::CLASSES;
use super::space;
use crate::site::Site;
use crate::thread::route::Route;
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Routed scopes that can be open within each other, each with chunks of its own; those further in
/// share the innermost.
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

/// One class of a thread.
#[derive(Clone, Copy, Debug)]
pub(super) struct Class {
    /// The slab blocks are taken from; null for none.
    pub(super) current: *const Chunk,
}

/// All classes of a thread.
#[derive(Debug)]
pub(super) struct Classes {
    pub(super) classes: [Class; CLASSES],
    /// The slabs that are not current; those that are known to have free blocks come first.
    pub(super) lists: [List; CLASSES],
}

impl Classes {
    pub(super) const fn new() -> Self {
        Self {
            classes: [Class { current: ptr::null() }; CLASSES],
            lists: [const { List::new() }; CLASSES],
        }
    }
}

impl Owned {
    /// Nothing yet.
    pub(super) const fn new() -> Self {
        let level = Level {
            chunk: ptr::null(),
            bump: ptr::null_mut(),
            saved: NOTHING,
            site: ptr::null(),
            call: 0,
        };
        Self {
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
        }
    }

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

    /// Gives what is empty back to the space.
    pub(super) fn give_spares(&mut self) {
        for at in 0..std::mem::take(&mut self.spares) {
            // SAFETY: as in `chunk`.
            space::give(unsafe { &*self.spare[at] });
        }
    }
    /// The thread ends, and no arena is open any more: empty chunks are let go, the others wait for
    /// the next thread that gets this.
    pub(super) fn end(&mut self) {
        self.depth = 0;
        for level in &mut self.levels {
            // SAFETY: null, or a chunk, which is never unmapped.
            let Some(chunk) =
                (unsafe { std::mem::replace(&mut level.chunk, ptr::null()).as_ref() })
            else {
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
    }
}
