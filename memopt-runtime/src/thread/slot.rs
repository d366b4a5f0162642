//! Where readers find the counters of every thread, running or ended.
//!
//! A thread claims a slot at its first allocation and gives it back when it ends. Slots are never
//! freed: the list only grows, to the largest number of threads that lived at once, so readers walk
//! it without a lock. The counters themselves live in the thread's own storage, which goes when the
//! thread goes; the short lock of a slot keeps a reader from sampling a pointer into it at that
//! moment.

use super::Counters;
use crate::report::Totals;
use crate::sync::{AtomicBool, AtomicPtr, AtomicU64, Ordering, constant, fence, relax};
use core::ptr;

/// The place of one thread.
#[derive(Debug)]
pub(crate) struct Slot {
    /// Held by a reader for six loads, by the thread once, when it ends.
    lock: AtomicBool,
    /// Counters of the thread that has the slot now.
    /// Invariant: non-null only while that thread's storage lives; changed under `lock`.
    running: AtomicPtr<Counters>,
    /// The thread that has the slot now: its number among all that ever had one, from 1, and the
    /// system's number for it, 0 where that is not known; written under `lock`.
    thread: AtomicU64,
    os_id: AtomicU64,
    /// What ended threads counted here; written under `lock`.
    retired: Counters,
    /// Odd while the thread does our own work, whose operations show in its counters until they are
    /// taken back.
    epoch: AtomicU64,
    /// Its counters when that work began; written only while `epoch` is even.
    held: Counters,
    taken: AtomicBool,
    /// Set before the slot is published, never changed after.
    next: AtomicPtr<Slot>,
    /// The records of the slot: made by its first thread that opens a scope, used on by those after
    /// it.
    shard: AtomicPtr<()>,
    /// What the thread has of the region: made when a scope is first routed, used on likewise.
    heap: AtomicPtr<()>,
}

impl Slot {
    pub(crate) fn new() -> Self {
        Self {
            lock: AtomicBool::new(false),
            running: AtomicPtr::new(ptr::null_mut()),
            thread: AtomicU64::new(0),
            os_id: AtomicU64::new(0),
            retired: Counters::new(),
            epoch: AtomicU64::new(0),
            held: Counters::new(),
            taken: AtomicBool::new(true),
            next: AtomicPtr::new(ptr::null_mut()),
            shard: AtomicPtr::new(ptr::null_mut()),
            heap: AtomicPtr::new(ptr::null_mut()),
        }
    }

    /// The records of the slot, null where none were made.
    pub(crate) fn shard<T>(&self) -> *const T {
        // Acquire: pairs with the Release in `set_shard`, so the reader sees the records
        // initialised.
        self.shard.load(Ordering::Acquire).cast_const().cast()
    }

    pub(crate) fn set_shard<T>(&self, shard: *const T) {
        self.shard.store(shard.cast_mut().cast(), Ordering::Release);
    }

    /// What the thread has of the region, null where nothing was made. Only for the thread that has
    /// the slot.
    pub(crate) fn heap<T>(&self) -> *const T {
        // The Acquire in `claim` pairs with the Release in `retire`.
        self.heap.load(Ordering::Relaxed).cast_const().cast()
    }

    pub(crate) fn set_heap<T>(&self, heap: *const T) {
        self.heap.store(heap.cast_mut().cast(), Ordering::Relaxed);
    }

    /// Shows the counters of the thread that has the slot now, if one has.
    pub(crate) fn running(&self, see: impl FnOnce(*const Counters)) {
        self.locked(|| {
            let running = self.running.load(Ordering::Relaxed);
            if !running.is_null() {
                see(running);
            }
        });
    }

    /// Runs `work` while no thread leaves the slot and no reader is in it.
    fn locked<T>(&self, work: impl FnOnce() -> T) -> T {
        // Acquire on success pairs with the Release below: what the last reclaimable wrote is seen.
        while self.lock.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_err()
        {
            relax();
        }
        let value = work();
        self.lock.store(false, Ordering::Release);
        value
    }

    /// Our own work begins on the thread that has the slot: readers see its counters as they are
    /// now.
    pub(crate) fn begin_untracked(&self, counters: &Counters) {
        self.held.set(&counters.read());
        self.epoch.fetch_add(1, Ordering::Release);
        // Orders the store above before what the work does to the counters; pairs with the fence in
        // `steady`.
        fence(Ordering::Release);
    }

    /// It is over, and all of it was taken back.
    pub(crate) fn end_untracked(&self) {
        // Release: what was taken back is seen by whoever sees the new epoch.
        self.epoch.fetch_add(1, Ordering::Release);
    }

    /// The thread's counters without our own work.
    fn steady(&self, counters: &Counters) -> Totals {
        loop {
            // Acquire pairs with the Release of `begin_untracked` and `end_untracked`.
            let epoch = self.epoch.load(Ordering::Acquire);
            let totals = if epoch % 2 == 1 { self.held.read() } else { counters.read() };
            // What was read of such work makes the changed epoch seen too.
            fence(Ordering::Acquire);
            if self.epoch.load(Ordering::Relaxed) == epoch {
                return totals;
            }
            relax();
        }
    }

    /// The number of the thread that has the slot, and the system's for it. Within
    /// [`look`](Self::look).
    #[cfg_attr(loom, allow(dead_code, reason = "the model has no use for it"))]
    pub(crate) fn thread(&self) -> (u64, u64) {
        (self.thread.load(Ordering::Relaxed), self.os_id.load(Ordering::Relaxed))
    }

    /// Traffic of all threads that had the slot.
    pub(crate) fn totals(&self) -> Totals {
        self.look(|totals, _| totals)
    }

    /// Shows `see` the traffic of all threads that had the slot, and the counters of the one that
    /// has it now with its part of the traffic.
    pub(crate) fn look<T>(&self, see: impl FnOnce(Totals, Option<(&Counters, Totals)>) -> T) -> T {
        self.locked(|| {
            // SAFETY: under the lock a non-null `running` points into the storage of a living
            // thread, see the field's invariant; all its words are atomic.
            let running = unsafe { self.running.load(Ordering::Relaxed).as_ref() };
            let mut totals = self.retired.read();
            let running = running.map(|counters| (counters, self.steady(counters)));
            if let Some((_, now)) = &running {
                totals.add(now);
            }
            see(totals, running)
        })
    }
}

/// All slots, and the traffic of threads that have none (any more).
#[derive(Debug)]
pub(crate) struct Registry {
    head: AtomicPtr<Slot>,
    /// Slots in the list that no thread has.
    free: AtomicU64,
    /// Threads that ever had a slot.
    threads: AtomicU64,
    /// Operations before a thread is registered or after its storage was torn down.
    pub(crate) orphans: Counters,
}

impl Registry {
    constant! {
        pub(crate) fn new() -> Self {
            Self {
                head: AtomicPtr::new(ptr::null_mut()),
                free: AtomicU64::new(0),
                threads: AtomicU64::new(0),
                orphans: Counters::new(),
            }
        }
    }

    /// Gives the calling thread a slot that shows `counters` to readers until
    /// [`retire`](Self::retire).
    ///
    /// `os_id` is the system's number for the thread, 0 where it tells none. `make` gives the
    /// memory for a new slot, which is never freed; `None` is passed on.
    pub(crate) fn claim(
        &self,
        counters: *const Counters,
        os_id: u64,
        make: impl FnOnce() -> Option<&'static Slot>,
    ) -> Option<&'static Slot> {
        let reused = if self.free.load(Ordering::Relaxed) == 0 {
            None
        } else {
            // Acquire pairs with the Release in `retire`: the last thread's writes to the records
            // are seen.
            self.slots().find(|slot| {
                slot.taken
                    .compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed)
                    .is_ok()
            })
        };
        let slot = match reused {
            Some(slot) => {
                self.free.fetch_sub(1, Ordering::Relaxed);
                slot
            }
            None => make()?,
        };
        let thread = self.threads.fetch_add(1, Ordering::Relaxed) + 1;
        slot.locked(|| {
            slot.thread.store(thread, Ordering::Relaxed);
            slot.os_id.store(os_id, Ordering::Relaxed);
            slot.running.store(counters.cast_mut(), Ordering::Relaxed);
        });
        if reused.is_none() {
            self.publish(slot);
        }
        Some(slot)
    }

    fn publish(&self, slot: &'static Slot) {
        let mut head = self.head.load(Ordering::Relaxed);
        loop {
            slot.next.store(head, Ordering::Relaxed);
            // Release pairs with the Acquire in `slots`: whoever finds the slot sees it
            // initialised.
            match self.head.compare_exchange_weak(
                head,
                ptr::from_ref(slot).cast_mut(),
                Ordering::Release,
                Ordering::Relaxed,
            ) {
                Ok(_) => return,
                Err(now) => head = now,
            }
        }
    }

    /// Threads that ever had a slot.
    #[cfg_attr(loom, allow(dead_code, reason = "the model has no use for it"))]
    pub(crate) fn threads(&self) -> u64 {
        self.threads.load(Ordering::Relaxed)
    }

    /// Keeps what the thread counted and frees the slot for another thread.
    pub(crate) fn retire(&self, slot: &'static Slot, counters: &Counters) {
        slot.locked(|| {
            slot.retired.add(&counters.read());
            slot.running.store(ptr::null_mut(), Ordering::Relaxed);
        });
        // Counted before it is offered, so that `free` never goes below zero.
        self.free.fetch_add(1, Ordering::Relaxed);
        slot.taken.store(false, Ordering::Release);
    }

    /// Every slot ever made, newest first.
    pub(crate) fn slots(&self) -> impl Iterator<Item = &'static Slot> {
        // SAFETY: slots are never freed, and the Acquire load pairs with the Release in `publish`.
        let mut at = unsafe { self.head.load(Ordering::Acquire).as_ref() };
        core::iter::from_fn(move || {
            let slot: &'static Slot = at?;
            // SAFETY: as above; `next` was set before the slot was published and does not change.
            at = unsafe { slot.next.load(Ordering::Relaxed).as_ref() };
            Some(slot)
        })
    }

    /// Traffic of the whole process.
    pub(crate) fn totals(&self) -> Totals {
        let mut totals = self.orphans.read();
        for slot in self.slots() {
            totals.add(&slot.totals());
        }
        totals
    }
}
