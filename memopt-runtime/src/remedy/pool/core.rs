//! A pool without the type of its objects: its number, its threads' thread caches, and what they
//! have in common.

use super::common::{Common, Counts, Kind, Limits};
use super::index::{NO_INDEX, next_index};
use super::local;
use super::room::Room;
use super::slot::{DropQueue, Header};
use super::thread_cache::ThreadCache;
use crate::remedy::reclaimable::{Pressure, Reclaimable};
use crate::remedy::registry::register;
use crate::report::{ReclaimableReport, Remedy};
use std::ptr::{self, NonNull};
use std::sync::Once;
use std::sync::atomic::{
    AtomicPtr, AtomicU64, AtomicUsize,
    Ordering::{AcqRel, Acquire, Relaxed},
};

/// A pool of objects of one type, which its users know.
pub(crate) struct Core {
    /// The pool's place in the threads' tables.
    index: AtomicUsize,
    pub(super) name: Option<&'static str>,
    registered: Once,
    thread_caches: AtomicPtr<ThreadCache>,
    pub(super) common: Common,
}

impl Core {
    pub(super) const fn new(kind: Kind, name: Option<&'static str>, limits: Limits) -> Self {
        Self {
            index: AtomicUsize::new(NO_INDEX),
            name,
            registered: Once::new(),
            thread_caches: AtomicPtr::new(ptr::null_mut()),
            common: Common::new(kind, limits),
        }
    }

    #[inline(always)]
    fn index(&self) -> usize {
        self.index.load(Relaxed)
    }

    /// Gives the pool its number and lists it among the reclaimables, once.
    fn register(&'static self) -> usize {
        self.registered.call_once(|| {
            register(self);
            self.index.store(next_index(), Relaxed);
        });
        self.index()
    }

    /// Takes an idle object.
    #[inline(always)]
    pub(super) fn take(&'static self) -> Option<NonNull<Header>> {
        match local::find(self.index()) {
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
        let (block, drop_queue) = self.cache()?.refill();
        self.common.release(drop_queue);
        block
    }

    /// Counts an object that had to be made.
    pub(super) fn made(&'static self) {
        self.register();
        self.common.made();
    }

    /// Takes an object back.
    ///
    /// # Safety
    ///
    /// - The block is one of this pool's type and held by the caller, who gives it up.
    #[inline(always)]
    pub(super) unsafe fn give(&'static self, block: NonNull<Header>, bytes: usize) {
        match local::find(self.index()) {
            Some(thread_cache) if thread_cache.push_hot(block, bytes) => {}
            // SAFETY: the caller's; the thread cache did not take it.
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
            // SAFETY: the caller's; the thread cache did not take it.
            unsafe { self.give_slow(block, bytes) };
        }
    }

    /// # Safety
    ///
    /// - As [`give`](Self::give).
    #[cold]
    #[inline(never)]
    unsafe fn give_slow(&'static self, block: NonNull<Header>, bytes: usize) {
        let drop_queue = if let Some(thread_cache) = self.cache() {
            // SAFETY: the caller's.
            unsafe { thread_cache.keep(block, bytes) }
        } else {
            let mut drop_queue = DropQueue::NONE;
            // SAFETY: the caller's.
            unsafe { drop_queue.push(block, bytes) };
            drop_queue
        };
        self.common.release(drop_queue);
    }

    /// This thread's thread cache; `None` while the thread ends.
    fn cache(&'static self) -> Option<&'static ThreadCache> {
        if let Some(thread_cache) = local::find(self.index()) {
            return Some(thread_cache);
        }
        let index = self.register();
        if local::has_ended() {
            return None;
        }
        let thread_cache = self.claim();
        local::set(index, thread_cache);
        Some(thread_cache)
    }

    /// A thread cache for this thread: one that an ended thread left, or a new one.
    fn claim(&'static self) -> &'static ThreadCache {
        let left = self.thread_caches().find(|thread_cache| {
            // Acquire: pairs with the release of the thread that left it, whose writes to its cells
            // are seen.
            thread_cache.claimed.compare_exchange(false, true, Acquire, Relaxed).is_ok()
        });
        left.unwrap_or_else(|| {
            let thread_cache: &'static ThreadCache =
                crate::untracked(|| Box::leak(Box::new(ThreadCache::new(&self.common))));
            let mut head = self.thread_caches.load(Relaxed);
            loop {
                thread_cache.next.store(head, Relaxed);
                // Release: who finds the thread cache sees what is in it.
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

    fn thread_caches(&self) -> impl Iterator<Item = &'static ThreadCache> {
        // SAFETY: listed thread caches are never freed; acquire pairs with the release that listed
        // them.
        let first = unsafe { self.thread_caches.load(Acquire).as_ref() };
        // SAFETY: as above; `next` is fixed once the thread cache is listed.
        std::iter::successors(first, |thread_cache| unsafe {
            thread_cache.next.load(Relaxed).as_ref()
        })
    }

    /// Objects and bytes idle in the whole pool.
    pub(super) fn idle(&self) -> Room {
        let mut idle = {
            let mut shared = self.common.hold();
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
            if let Some(own) = local::find(self.index()) {
                bytes += self.common.release(own.answer());
            }
        }
        let drop_queue = match pressure {
            Pressure::None => DropQueue::NONE,
            Pressure::Low => self.common.hold().trim_unneeded(),
            Pressure::Medium | Pressure::Critical => self.common.hold().trim_all(),
        };
        bytes + self.common.release(drop_queue)
    }
}

impl Reclaimable for Core {
    fn report(&self) -> ReclaimableReport {
        let name = self.name.unwrap_or_else(self.common.kind.name);
        let idle = self.idle();
        let load = |count: &AtomicU64| count.load(Relaxed);
        let Counts { misses, released, detached, most, contention } = &*self.common.counts;
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
