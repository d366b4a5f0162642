//! Every interleaving of threads that claim and retire slots with a reader that adds them up, and of threads that take and
//! give back chunks.
//!
//! `RUSTFLAGS="--cfg loom" cargo test -p memopt-runtime --test loom --release`
#![cfg(loom)]

/// The atomics of the model checker in place of the machine's.
mod sync {
    pub(crate) use loom::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, Ordering, fence};

    pub(crate) fn relax() {
        loom::thread::yield_now();
    }

    pub(crate) unsafe fn own(word: &AtomicU64) -> u64 {
        // SAFETY: by the caller's word this thread is the only one that writes; the model checks it.
        unsafe { word.unsync_load() }
    }

    macro_rules! constant {
        ($(#[$meta:meta])* $visible:vis fn $($rest:tt)*) => {
            $(#[$meta])* $visible fn $($rest)*
        };
    }

    pub(crate) use constant;
}

mod report {
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub(crate) struct Totals {
        pub(crate) allocs: u64,
        pub(crate) bytes: u64,
        pub(crate) frees: u64,
        pub(crate) freed_bytes: u64,
        pub(crate) reallocs: u64,
        pub(crate) copied_bytes: u64,
    }

    impl Totals {
        pub(crate) fn add(&mut self, other: &Self) {
            self.allocs += other.allocs;
            self.bytes += other.bytes;
            self.frees += other.frees;
            self.freed_bytes += other.freed_bytes;
            self.reallocs += other.reallocs;
            self.copied_bytes += other.copied_bytes;
        }
    }
}

#[path = "../src/alloc/counters.rs"]
mod counters;
#[path = "../src/alloc/slot.rs"]
mod slot;
#[path = "../src/alloc/region/stack.rs"]
mod stack;

use counters::Counters;
use slot::{Registry, Slot};

fn registry() -> &'static Registry {
    Box::leak(Box::new(Registry::new()))
}

/// What a thread does from its first allocation to its end; its storage goes with it.
fn live(registry: &'static Registry, blocks: u64) {
    let counters = Box::new(Counters::new());
    let slot = registry.claim(&raw const *counters, 1, || Some(Box::leak(Box::new(Slot::new())))).unwrap();
    for _ in 0..blocks {
        counters.allocs.add(1);
        counters.bytes.add(10);
    }
    registry.retire(slot, &counters);
    drop(counters);
}

#[test]
fn no_count_is_lost_and_totals_only_grow() {
    loom::model(|| {
        let registry = registry();
        let thread = loom::thread::spawn(move || live(registry, 2));
        let first = registry.totals();
        let second = registry.totals();
        assert!(first.allocs <= second.allocs && second.allocs <= 2);
        thread.join().unwrap();
        assert_eq!((registry.totals().allocs, registry.totals().bytes), (2, 20));
    });
}

#[test]
fn our_own_work_never_shows() {
    loom::model(|| {
        let registry = registry();
        let thread = loom::thread::spawn(move || {
            let counters = Box::new(Counters::new());
            let slot =
                registry.claim(&raw const *counters, 1, || Some(Box::leak(Box::new(Slot::new())))).unwrap();
            counters.allocs.add(1);
            slot.begin_quiet(&counters);
            counters.allocs.add(1);
            counters.allocs.add(u64::MAX);
            slot.end_quiet();
            registry.retire(slot, &counters);
        });
        assert!(registry.totals().allocs <= 1);
        thread.join().unwrap();
        assert_eq!(registry.totals().allocs, 1);
    });
}

#[test]
fn two_threads_never_share_a_slot() {
    loom::model(|| {
        let registry = registry();
        let threads = [1, 2].map(|blocks| loom::thread::spawn(move || live(registry, blocks)));
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(registry.totals().allocs, 3);
        assert!((1..=2).contains(&registry.slots().count()));
    });
}

/// Chunks 0 and 1, taken and given back by two threads: nobody gets one that another has, none is lost.
#[test]
fn a_chunk_has_one_owner_and_none_is_lost() {
    use loom::sync::Arc;
    use sync::{AtomicU32, Ordering};

    struct Free {
        stack: stack::Stack,
        links: [AtomicU32; 2],
        owned: [AtomicU32; 2],
    }

    fn take_and_give(free: &Free) {
        for _ in 0..2 {
            let Some(number) = free.stack.pop(&free.links) else { continue };
            let owned = &free.owned[number as usize];
            assert_eq!(owned.swap(1, Ordering::Relaxed), 0, "a chunk was given out twice");
            owned.store(0, Ordering::Relaxed);
            free.stack.push(&free.links, number);
        }
    }

    // All interleavings with up to three preemptions: without a bound there are too many.
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(|| {
        let zeroes = || [AtomicU32::new(0), AtomicU32::new(0)];
        let free = Arc::new(Free { stack: stack::Stack::new(), links: zeroes(), owned: zeroes() });
        free.stack.push(&free.links, 0);
        free.stack.push(&free.links, 1);
        let other = {
            let free = free.clone();
            loom::thread::spawn(move || take_and_give(&free))
        };
        take_and_give(&free);
        other.join().unwrap();
        let left = [free.stack.pop(&free.links), free.stack.pop(&free.links)];
        assert!(left == [Some(0), Some(1)] || left == [Some(1), Some(0)], "{left:?}");
        assert_eq!(free.stack.pop(&free.links), None);
    });
}
