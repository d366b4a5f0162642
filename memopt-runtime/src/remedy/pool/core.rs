//! A pool without the type of its objects: its limits, its threads' thread_caches, the shared part and what is counted.

use super::local;
use super::magazine::PLACES;
use super::shared::{Held, Room, Shared};
use super::slot::{DropQueue, Header, Slot};
use super::thread_cache::ThreadCache;
use crate::remedy::{Pressure, Reclaimable, register};
use crate::report::{ReclaimableReport, Remedy};
use crossbeam_utils::CachePadded;
use std::any::type_name;
use std::ptr::{self, NonNull};
use std::sync::Once;
use std::sync::atomic::{
    AtomicPtr, AtomicU64, AtomicUsize,
    Ordering::{AcqRel, Acquire, Relaxed, Release},
};

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

    /// Objects in a list that moves as one: many, so that moving is cold_path; a share of the limit, so that one thread cannot keep all.
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

/// A pool of objects of one type, which its users know.
pub(crate) struct Core {
    /// The pool's place in the threads' tables.
    index: AtomicUsize,
    pub(super) limits: Limits,
    kind: Kind,
    pub(super) name: Option<&'static str>,
    registered: Once,
    thread_caches: AtomicPtr<ThreadCache>,
    pub(super) shared: CachePadded<Shared>,
    counts: CachePadded<Counts>,
}

/// Counted off the fast path, by all threads.
struct Counts {
    /// Objects made.
    misses: AtomicU64,
    released: AtomicU64,
    detached: AtomicU64,
    /// The most objects there were at once.
    most: AtomicU64,
    contention: AtomicU64,
}

impl Core {
    pub(super) const fn new(kind: Kind, name: Option<&'static str>, limits: Limits) -> Self {
        Self {
            index: AtomicUsize::new(local::NO_INDEX),
            limits,
            kind,
            name,
            registered: Once::new(),
            thread_caches: AtomicPtr::new(ptr::null_mut()),
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

    #[inline(always)]
    pub(super) fn index(&self) -> usize {
        self.index.load(Relaxed)
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

    /// Gives the pool its number and lists it among the reclaimables, once.
    pub(super) fn register(&'static self) -> usize {
        self.registered.call_once(|| {
            register(self);
            self.index.store(local::next_index(), Relaxed);
        });
        self.index()
    }

    /// Takes an idle object.
    #[inline(always)]
    pub(super) fn take(&'static self) -> Option<NonNull<Header>> {
        match local::find(self) {
            Some(thread_cache) => match thread_cache.pop() {
                Some(block) => Some(block),
                None => self.take_slow(),
            },
            None => self.take_slow(),
        }
    }

    #[cold]
    #[inline(never)]
    fn take_slow(&'static self) -> Option<NonNull<Header>> {
        let (block, drop_queue) = local::find_or_claim(self)?.refill();
        self.release(drop_queue);
        block
    }

    /// Counts an object that had to be made.
    pub(super) fn made(&'static self) {
        self.register();
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

    /// Takes an object back.
    ///
    /// # Safety
    ///
    /// - The block is one of this pool's type and held by the caller, who gives it up.
    #[inline(always)]
    pub(super) unsafe fn give(&'static self, block: NonNull<Header>, bytes: usize) {
        match local::find(self) {
            Some(thread_cache) if thread_cache.push_hot(block, bytes) => {}
            // SAFETY: the caller's; the thread_cache did not take it.
            Some(thread_cache) => unsafe { self.give_listed(thread_cache, block, bytes) },
            // SAFETY: the caller's.
            None => unsafe { self.give_slow(block, bytes) },
        }
    }

    /// # Safety
    ///
    /// - As [`give`](Self::give).
    #[inline(never)]
    unsafe fn give_listed(
        &'static self,
        thread_cache: &'static ThreadCache,
        block: NonNull<Header>,
        bytes: usize,
    ) {
        if !thread_cache.push_even(block, bytes) && !thread_cache.push(block, bytes) {
            // SAFETY: the caller's; the thread_cache did not take it.
            unsafe { self.give_slow(block, bytes) };
        }
    }

    /// # Safety
    ///
    /// - As [`give`](Self::give).
    #[cold]
    #[inline(never)]
    unsafe fn give_slow(&'static self, block: NonNull<Header>, bytes: usize) {
        let drop_queue = if let Some(thread_cache) = local::find_or_claim(self) {
            // SAFETY: the caller's.
            unsafe { thread_cache.keep(block, bytes) }
        } else {
            let mut drop_queue = DropQueue::NONE;
            // SAFETY: the caller's.
            unsafe { drop_queue.push(block, bytes) };
            drop_queue
        };
        self.release(drop_queue);
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
    /// - As [`give`](Self::give).
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

    /// A thread_cache for this thread: one that an ended thread left, or a new one.
    pub(super) fn claim(&'static self) -> &'static ThreadCache {
        let left = self.thread_caches().find(|thread_cache| {
            // Acquire: pairs with the release of the thread that left it, whose writes to its cells are seen.
            thread_cache.claimed.compare_exchange(false, true, Acquire, Relaxed).is_ok()
        });
        left.unwrap_or_else(|| {
            let thread_cache: &'static ThreadCache =
                crate::untracked(|| Box::leak(Box::new(ThreadCache::new(self))));
            let mut head = self.thread_caches.load(Relaxed);
            loop {
                thread_cache.next.store(head, Relaxed);
                // Release: who finds the thread_cache sees what is in it.
                match self.thread_caches.compare_exchange_weak(
                    head,
                    ptr::from_ref(thread_cache).cast_mut(),
                    AcqRel,
                    Relaxed,
                ) {
                    Ok(_) => return thread_cache,
                    Err(now) => head = now,
                }
            }
        })
    }

    /// The thread of the thread_cache ends.
    pub(super) fn leave(&self, thread_cache: &ThreadCache) {
        let drop_queue = thread_cache.leave();
        // Release: pairs with the acquire of the thread that claims it next.
        thread_cache.claimed.store(false, Release);
        self.release(drop_queue);
    }

    fn thread_caches(&self) -> impl Iterator<Item = &'static ThreadCache> {
        // SAFETY: listed thread_caches are never freed; acquire pairs with the release that listed them.
        let first = unsafe { self.thread_caches.load(Acquire).as_ref() };
        // SAFETY: as above; `next` is fixed once the thread_cache is listed.
        std::iter::successors(first, |thread_cache| unsafe { thread_cache.next.load(Relaxed).as_ref() })
    }

    /// Objects and bytes idle in the whole pool.
    pub(super) fn idle(&self) -> Room {
        let mut idle = {
            let mut shared = self.hold();
            shared.settle();
            shared.idle()
        };
        for thread_cache in self.thread_caches() {
            let here = thread_cache.idle();
            idle.objects += here.objects;
            idle.bytes += here.bytes;
        }
        idle
    }

    /// Gives idle objects back, as [`Reclaimable::reclaim`].
    pub(super) fn trim(&self, pressure: Pressure) -> u64 {
        let mut bytes = 0;
        if pressure >= Pressure::Medium {
            for thread_cache in self.thread_caches() {
                thread_cache.ask(pressure);
            }
            if let Some(own) = local::find(self) {
                bytes += self.release(own.answer());
            }
        }
        let drop_queue = match pressure {
            Pressure::None => DropQueue::NONE,
            Pressure::Low => self.hold().trim_unneeded(),
            Pressure::Medium | Pressure::Critical => self.hold().trim_all(),
        };
        bytes + self.release(drop_queue)
    }
}

impl Reclaimable for Core {
    fn report(&self) -> ReclaimableReport {
        let name = self.name.unwrap_or_else(self.kind.name);
        let idle = self.idle();
        let load = |count: &AtomicU64| count.load(Relaxed);
        let Counts { misses, released, detached, most, contention } = &*self.counts;
        let gone = load(released) + load(detached);
        let mut report = ReclaimableReport::new(name, Remedy::Pool);
        report.hits = self.thread_caches().map(ThreadCache::hits).sum();
        report.misses = load(misses);
        // Other threads go on meanwhile, so the parts need not fit exactly.
        report.live = load(misses).saturating_sub(gone + idle.objects as u64);
        report.high_water = load(most);
        report.idle = idle.objects as u64;
        report.idle_bytes = idle.bytes as u64;
        report.released = load(released);
        report.contention = load(contention);
        report
    }

    fn reclaim(&self, pressure: Pressure) -> u64 {
        self.trim(pressure)
    }
}
