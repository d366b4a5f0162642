//! What the threads of a pool have in common: its limits, the kind of its objects, what they share
//! and what is counted.

use super::magazine::PLACES;
use super::room::Room;
use super::shared::{Held, Shared};
use super::slot::{DropQueue, Header, Slot};
use crossbeam_utils::CachePadded;
use std::any::type_name;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// How much a pool may keep idle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Objects, over all threads.
    pub max_idle: usize,
    /// Bytes of these objects, over all threads.
    pub max_bytes: usize,
    /// Bytes a single object is or holds: a larger one is dropped.
    pub max_object: usize,
}

impl Limits {
    /// 1024 objects, 64 MiB, 4 MiB.
    pub const DEFAULT: Self = Self { max_idle: 1024, max_bytes: 64 << 20, max_object: 4 << 20 };

    /// Objects in a list that moves as one: many, so that moving is rare; a share of the limit, so
    /// that one thread cannot keep all.
    pub(super) const fn batch(&self) -> usize {
        match self.max_idle / 8 {
            0 => 1,
            share if share < PLACES => share,
            _ => PLACES,
        }
    }

    /// Bytes in such a list, unless a single object has more.
    pub(super) const fn batch_bytes(&self) -> usize {
        self.max_bytes / 16
    }
}

/// What the type of the objects would have told.
#[derive(Clone, Copy)]
pub(super) struct Kind {
    pub(super) name: fn() -> &'static str,
    /// Bytes of an object without what it holds.
    size: usize,
    destroy: unsafe fn(*mut Header),
}

impl Kind {
    pub(super) const fn of<T>() -> Self {
        Self { name: type_name::<T>, size: size_of::<T>(), destroy: Slot::<T>::destroy }
    }
}

/// A pool as the caches of its threads know it.
pub(super) struct Common {
    pub(super) limits: Limits,
    pub(super) kind: Kind,
    pub(super) shared: CachePadded<Shared>,
    pub(super) counts: CachePadded<Counts>,
}

/// Counted off the fast path, by all threads.
pub(super) struct Counts {
    /// Objects made.
    pub(super) misses: AtomicU64,
    pub(super) released: AtomicU64,
    pub(super) detached: AtomicU64,
    /// The most objects there were at once.
    pub(super) most: AtomicU64,
    pub(super) contention: AtomicU64,
}

impl Common {
    pub(super) const fn new(kind: Kind, limits: Limits) -> Self {
        Self {
            limits,
            kind,
            shared: CachePadded::new(Shared::new()),
            counts: CachePadded::new(Counts {
                misses: AtomicU64::new(0),
                released: AtomicU64::new(0),
                detached: AtomicU64::new(0),
                most: AtomicU64::new(0),
                contention: AtomicU64::new(0),
            }),
        }
    }

    /// Bytes of the largest object it keeps, with the object's own.
    pub(super) fn max_object(&self) -> usize {
        if self.kind.size <= self.limits.max_object {
            self.limits.max_object.saturating_add(self.kind.size)
        } else {
            // Too large before it holds anything.
            self.kind.size - 1
        }
    }

    /// Counts an object that had to be made.
    pub(super) fn made(&self) {
        let made = self.counts.misses.fetch_add(1, Relaxed) + 1;
        let gone = self.counts.released.load(Relaxed) + self.counts.detached.load(Relaxed);
        let there = made.saturating_sub(gone);
        if there > self.counts.most.load(Relaxed) {
            self.counts.most.fetch_max(there, Relaxed);
        }
    }

    /// Counts an object that its user keeps.
    pub(super) fn detached(&self) {
        self.counts.detached.fetch_add(1, Relaxed);
    }

    /// Destroys objects of this pool and says how many bytes they were.
    pub(super) fn release(&self, drop_queue: DropQueue) -> u64 {
        if drop_queue.len == 0 {
            return 0;
        }
        self.counts.released.fetch_add(drop_queue.len as u64, Relaxed);
        let bytes = drop_queue.bytes as u64;
        // SAFETY: they are of this pool, whose kind is that of its objects.
        unsafe { drop_queue.destroy(self.kind.destroy) };
        bytes
    }

    /// Destroys one object that is not to come back.
    ///
    /// # Safety
    ///
    /// - The block is one of this pool's type and held by the caller, who gives it up.
    pub(super) unsafe fn release_one(&self, block: NonNull<Header>) {
        let mut drop_queue = DropQueue::NONE;
        // SAFETY: the caller's.
        unsafe { drop_queue.push(block, 0) };
        self.release(drop_queue);
    }

    /// Enters the shared part.
    pub(super) fn hold(&self) -> Held<'_> {
        let limits = Room { objects: self.limits.max_idle, bytes: self.limits.max_bytes };
        self.shared.hold(limits, || self.met())
    }

    /// Counts that a thread found another at what all share.
    pub(super) fn met(&self) {
        self.counts.contention.fetch_add(1, Relaxed);
    }
}
