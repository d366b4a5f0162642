//! Every interleaving of threads that claim and retire slots with a reader that adds them up, and
//! of threads that take and give back chunks, and free blocks of other threads' chunks; of futures
//! that have an entry one after the other with a reader; and of threads that exchange the lists of
//! a pool.
//!
//! `RUSTFLAGS="--cfg loom" cargo test -p memopt-runtime --test loom --release`
#![cfg(loom)]

/// The atomics of the model checker in place of the machine's.
mod sync {
    pub(crate) use loom::sync::atomic::{
        AtomicBool, AtomicPtr, AtomicU32, AtomicU64, Ordering, fence,
    };

    pub(crate) fn relax() {
        loom::thread::yield_now();
    }

    pub(crate) trait Word {
        fn read(&self) -> u64;

        fn write(&self, value: u64);

        unsafe fn own(&self) -> u64;
    }

    impl Word for AtomicU64 {
        fn read(&self) -> u64 {
            self.load(Ordering::Relaxed)
        }

        fn write(&self, value: u64) {
            self.store(value, Ordering::Relaxed);
        }

        unsafe fn own(&self) -> u64 {
            // SAFETY: by the caller's word this thread is the only one that writes; the model
            // checks it.
            unsafe { self.unsync_load() }
        }
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

#[path = "../src/tasks/chunk.rs"]
mod chunk;
#[path = "../src/thread/counters.rs"]
mod counters;
#[path = "../src/remedy/pool/depot.rs"]
mod depot;
#[path = "../src/tasks/entry.rs"]
mod entry;
#[path = "../src/region/remote.rs"]
mod remote;
#[path = "../src/thread/slot.rs"]
mod slot;
#[path = "../src/tasks/spares.rs"]
mod spares;
#[path = "../src/region/stack.rs"]
mod stack;

mod site {
    #[derive(Debug)]
    pub(crate) struct Site;
}

mod record {
    #[derive(Debug)]
    pub(crate) struct Node;
}

use chunk::Chunk;
use counters::Counters;
use entry::Task;
use slot::{Registry, Slot};
use spares::Spares;

fn registry() -> &'static Registry {
    Box::leak(Box::new(Registry::new()))
}

/// What a thread does from its first allocation to its end; its storage goes with it.
fn live(registry: &'static Registry, blocks: u64) {
    let counters = Box::new(Counters::new());
    let slot =
        registry.claim(&raw const *counters, 1, || Some(Box::leak(Box::new(Slot::new())))).unwrap();
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
            let slot = registry
                .claim(&raw const *counters, 1, || Some(Box::leak(Box::new(Slot::new()))))
                .unwrap();
            counters.allocs.add(1);
            slot.begin_untracked(&counters);
            counters.allocs.add(1);
            counters.allocs.add(u64::MAX);
            slot.end_untracked();
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

/// Chunks 0 and 1, taken and given back by two threads: nobody gets one that another has, none is
/// lost.
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

/// A future of site 8 and one of site 16 have an entry one after the other; all words of each are
/// alike.
#[test]
fn a_reader_sees_one_future_or_none() {
    use std::ptr::without_provenance;
    fn live(spares: &'static Spares, mark: usize) {
        let (task, _): (&'static Task, u32) =
            spares.take(1, || Some(Box::leak(Box::new(Chunk::new())))).unwrap();
        let words = mark as u64;
        task.enter(
            without_provenance(mark),
            without_provenance(mark),
            without_provenance(mark),
            words,
            words,
            mark as u32,
        );
        task.leave();
        spares.give(task, task);
    }
    loom::model(|| {
        let spares: &'static Spares = Box::leak(Box::new(Spares::new()));
        let polls = loom::thread::spawn(move || {
            live(spares, 8);
            live(spares, 16);
        });
        spares.each(|seen| {
            let mark = seen.site.addr();
            assert_eq!(
                (seen.node.addr(), seen.waits.addr(), seen.size as usize),
                (mark, mark, mark)
            );
            assert_eq!((seen.born, seen.held, seen.polls), (mark as u64, mark as i64, 1));
        });
        polls.join().unwrap();
    });
}

/// Two threads take the last entries of a chunk and one more at once.
#[test]
fn no_entry_is_handed_out_twice() {
    loom::model(|| {
        let spares: &'static Spares = Box::leak(Box::new(Spares::new()));
        let take = move || {
            let (task, _) = spares.take(1, || Some(Box::leak(Box::new(Chunk::new())))).unwrap();
            std::ptr::from_ref::<Task>(task).addr()
        };
        let other = loom::thread::spawn(take);
        let own = take();
        assert_ne!(own, other.join().unwrap());
    });
}

/// A full magazine, known by its number, goes one way and an empty one the other, while a third
/// thread takes out what lies there: each magazine has one owner at a time, who sees what the last
/// one wrote, and none is lost.
#[test]
fn a_magazine_has_one_owner_and_none_is_lost() {
    use depot::Depot;
    use loom::sync::Arc;
    use std::ptr::NonNull;

    /// Objects in it, which only its owner may touch: the model checks it.
    struct Magazine(loom::cell::UnsafeCell<u32>);

    fn change(magazine: NonNull<Magazine>, from: u32, to: u32) {
        // SAFETY: magazines are not freed before the model ends, and this one is the caller's.
        unsafe {
            magazine
                .as_ref()
                .0
                .with_mut(|objects| assert_eq!(std::mem::replace(&mut *objects, to), from))
        };
    }

    struct Shared(Depot<Magazine>);
    // SAFETY: what is under test.
    unsafe impl Send for Shared {}
    // SAFETY: what is under test.
    unsafe impl Sync for Shared {}

    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(|| {
        let make = || NonNull::from(Box::leak(Box::new(Magazine(loom::cell::UnsafeCell::new(0)))));
        let shared = Arc::new(Shared(Depot::new()));
        assert!(shared.0.offer(make()));
        let giver = {
            let shared = shared.clone();
            let full = make().as_ptr().expose_provenance();
            loom::thread::spawn(move || {
                let full =
                    NonNull::new(std::ptr::with_exposed_provenance_mut::<Magazine>(full)).unwrap();
                change(full, 0, 7);
                match shared.0.give(full, || ()) {
                    Some(empty) => change(empty, 0, 0),
                    None => change(full, 7, 0),
                }
                1
            })
        };
        let taker = {
            let shared = shared.clone();
            let empty = make().as_ptr().expose_provenance();
            loom::thread::spawn(move || {
                let empty =
                    NonNull::new(std::ptr::with_exposed_provenance_mut::<Magazine>(empty)).unwrap();
                change(empty, 0, 0);
                match shared.0.take(empty.as_ptr(), || ()) {
                    Some(full) => change(full, 7, 0),
                    None => change(empty, 0, 0),
                }
                1
            })
        };
        let mut drained = 0;
        let mut drain = || {
            shared.0.drain(|magazine, full| {
                change(magazine, if full { 7 } else { 0 }, 0);
                drained += 1;
            });
        };
        drain();
        let kept = giver.join().unwrap() + taker.join().unwrap();
        drain();
        assert_eq!(drained + kept, 3);
    });
}

/// A block of a chunk: the link of a free one, and contents that only its user may touch, which the
/// model checks.
#[repr(C)]
struct Block {
    link: *mut u8,
    contents: loom::cell::UnsafeCell<u32>,
}

// SAFETY: what is under test.
unsafe impl Sync for Block {}
// SAFETY: what is under test.
unsafe impl Send for Block {}

impl Block {
    fn new() -> Self {
        Self { link: std::ptr::null_mut(), contents: loom::cell::UnsafeCell::new(0) }
    }

    fn write(&self, value: u32) {
        // SAFETY: the caller uses the block; the model checks that it is the only one.
        self.contents.with_mut(|contents| unsafe { *contents = value });
    }
}

/// Two threads free the blocks of an arena's chunk; its owner uses the chunk again when it has seen
/// both frees, and never before.
#[test]
fn a_chunk_is_used_again_when_all_frees_elsewhere_were_seen() {
    loom::model(|| {
        let remote: &'static remote::Remote = Box::leak(Box::new(remote::Remote::new()));
        remote.clear();
        let blocks: &'static [Block; 2] = Box::leak(Box::new([Block::new(), Block::new()]));
        let threads = [0, 1].map(|at| {
            loom::thread::spawn(move || {
                blocks[at].write(1);
                remote.add(1);
            })
        });
        let mut live = 2;
        let mut look = || {
            live -= remote.take();
            if live == 0 {
                blocks.iter().for_each(|block| block.write(2));
            }
            live
        };
        look();
        look();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(look(), 0);
    });
}

/// Two threads free blocks of a slab while its owner collects: each block comes back once, and what
/// was done with it comes first.
#[test]
fn blocks_freed_elsewhere_come_back_once() {
    loom::model(|| {
        let remote: &'static remote::Remote = Box::leak(Box::new(remote::Remote::new()));
        let threads = [(); 2].map(|()| {
            let address = Box::into_raw(Box::new(Block::new())).expose_provenance();
            loom::thread::spawn(move || {
                let block = std::ptr::with_exposed_provenance_mut::<Block>(address);
                // SAFETY: leaked, and this thread's until it is pushed.
                unsafe {
                    (*block).write(1);
                    remote.push(block.cast(), <*mut u8>::cast);
                }
            })
        });
        let mut seen = 0;
        let mut collect = || {
            let mut block = remote.take_list();
            while !block.is_null() {
                // SAFETY: a block that was pushed begins with its link; it is the owner's now.
                block = unsafe {
                    let free = &*block.cast::<Block>();
                    free.write(2);
                    free.link
                };
                seen += 1;
            }
            seen
        };
        assert!(collect() <= 2);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(collect(), 2);
        assert!(remote.take_list().is_null());
    });
}
