//! What the threads of one pool share: full lists of idle objects, and the room that is left under
//! the limits.
//!
//! It is visited once for a whole list of objects, not for each, and only where the [`Depot`] has
//! nothing to give: so a lock will do, and keeps the accounts exact. No object is made or dropped
//! while it is held.

use super::depot::Depot;
use super::magazine::{Head, Magazine, Places};
use super::room::Room;
use super::slot::DropQueue;
use crossbeam_utils::CachePadded;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

/// The shared part of a pool.
pub(super) struct Shared {
    /// Where magazines change hands without the lock, each with the room that was granted to it.
    pub(super) depot: CachePadded<Depot<Places>>,
    state: Mutex<State>,
    /// Lists in it, for a look without the lock.
    batches: AtomicUsize,
}

/// What the lock guards.
///
/// Invariant: `claimed` is what is granted to thread caches, to magazines in the depot and to those
/// in `batches`, and stays within the limits, in objects and in bytes. A magazine in `batches` has
/// no room it does not use.
struct State {
    batches: Vec<Magazine>,
    /// Magazines with nothing on them.
    empty: Vec<Magazine>,
    /// Sums over `batches`.
    idle: Room,
    /// What of the limits is taken.
    claimed: Room,
    /// The fewest lists there were since the last light trim: so many were not needed.
    unneeded: usize,
}

/// The shared part while it is held.
pub(super) struct Held<'a> {
    depot: &'a Depot<Places>,
    state: MutexGuard<'a, State>,
    limits: Room,
    batches: &'a AtomicUsize,
}

impl Shared {
    pub(super) const fn new() -> Self {
        let state = State {
            batches: Vec::new(),
            empty: Vec::new(),
            idle: Room::NONE,
            claimed: Room::NONE,
            unneeded: 0,
        };
        Self {
            depot: CachePadded::new(Depot::new()),
            state: Mutex::new(state),
            batches: AtomicUsize::new(0),
        }
    }

    /// Whether there seems to be a list to take.
    pub(super) fn has_some(&self) -> bool {
        self.batches.load(Relaxed) > 0
    }

    /// Enters, to stay within `limits`; `waited` is called where another thread is within.
    pub(super) fn hold(&self, limits: Room, waited: impl FnOnce()) -> Held<'_> {
        // Nothing within panics, so a poisoned lock is whole.
        let state = match self.state.try_lock() {
            Ok(state) => state,
            Err(TryLockError::Poisoned(state)) => state.into_inner(),
            Err(TryLockError::WouldBlock) => {
                waited();
                self.state.lock().unwrap_or_else(PoisonError::into_inner)
            }
        };
        Held { depot: &self.depot, state, limits, batches: &self.batches }
    }
}

impl Held<'_> {
    /// Takes a list; what is granted goes with it.
    pub(super) fn pop(&mut self) -> Option<Magazine> {
        let state = &mut *self.state;
        let batch = state.batches.pop()?;
        state.idle = state.idle - batch.head.room;
        state.unneeded = state.unneeded.min(state.batches.len());
        self.batches.store(state.batches.len(), Relaxed);
        Some(batch)
    }

    /// Adds a list, with what was granted for it. What it does not use of that is free again.
    pub(super) fn push(&mut self, mut batch: Magazine) {
        self.give_back(batch.shrink());
        let state = &mut *self.state;
        if batch.head.len == 0 {
            if !batch.places.is_null() {
                batch.head = Head::NONE;
                push(&mut state.empty, batch);
            }
            return;
        }
        state.idle = state.idle + batch.head.room;
        push(&mut state.batches, batch);
        self.batches.store(state.batches.len(), Relaxed);
    }

    /// Moves what lies in the depot to the lists, so that it is free or can be counted and trimmed;
    /// whether there was any.
    pub(super) fn settle(&mut self) -> bool {
        let depot = self.depot;
        let mut any = false;
        depot.drain(|magazine, _| {
            any = true;
            // SAFETY: taken out, so it is ours; magazines in the depot are packed.
            self.push(unsafe { Magazine::unpack(magazine) });
        });
        any
    }

    /// A magazine with nothing on it.
    pub(super) fn empty(&mut self) -> Magazine {
        self.state.empty.pop().unwrap_or_else(Magazine::make)
    }

    /// All of this, if it is free.
    pub(super) fn grant(&mut self, room: Room) -> bool {
        let claimed = self.state.claimed;
        let fits = room.objects <= self.limits.objects - claimed.objects
            && room.bytes <= self.limits.bytes - claimed.bytes;
        if fits {
            self.state.claimed = claimed + room;
        }
        fits
    }

    /// Up to `objects` of what is free.
    pub(super) fn grant_objects(&mut self, objects: usize) -> usize {
        let granted = objects.min(self.limits.objects - self.state.claimed.objects);
        self.state.claimed.objects += granted;
        granted
    }

    /// Up to `want` bytes of what is free; nothing if that is not even `need`.
    pub(super) fn grant_bytes(&mut self, need: usize, want: usize) -> usize {
        let free = self.limits.bytes - self.state.claimed.bytes;
        let granted = if free < need { 0 } else { want.min(free) };
        self.state.claimed.bytes += granted;
        granted
    }

    /// Takes back what was granted.
    pub(super) fn give_back(&mut self, room: Room) {
        self.state.claimed = self.state.claimed - room;
    }

    /// Takes out, to be destroyed, the lists that nobody needed since the last time.
    pub(super) fn trim_unneeded(&mut self) -> DropQueue {
        let count = self.state.unneeded;
        self.settle();
        let drop_queue = self.trim(count);
        self.state.unneeded = self.state.batches.len();
        drop_queue
    }

    /// Takes out all lists, to be destroyed.
    pub(super) fn trim_all(&mut self) -> DropQueue {
        self.settle();
        self.trim(usize::MAX)
    }

    fn trim(&mut self, most: usize) -> DropQueue {
        let mut drop_queue = DropQueue::NONE;
        for _ in 0..most {
            let Some(mut batch) = self.pop() else { break };
            batch.queue_drops(&mut drop_queue);
            self.give_back(batch.shrink());
            batch.free();
        }
        self.state.empty.drain(..).for_each(Magazine::free);
        drop_queue
    }

    /// Objects and bytes in the lists.
    pub(super) fn idle(&self) -> Room {
        self.state.idle
    }

    #[cfg(test)]
    pub(super) fn claimed(&self) -> Room {
        self.state.claimed
    }
}

fn push(list: &mut Vec<Magazine>, magazine: Magazine) {
    if list.len() == list.capacity() {
        crate::untracked(|| list.reserve(16));
    }
    list.push(magazine);
}
