//! Following while threads begin and end, and while it is itself started and stopped.
#![cfg(all(feature = "track", target_os = "linux", not(miri)))]

use memopt_runtime::report::{CallPath, Estimate, HeapReport};
use memopt_runtime::{Alloc, Scope, heap, scope};
use std::cell::RefCell;
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Barrier, Mutex, MutexGuard, PoisonError};
use std::thread;

#[global_allocator]
static ALLOC: Alloc = Alloc::system();

/// One test at a time: the mode is the process's.
fn one() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the call paths of a scope have in use.
fn live(heap: &HeapReport, name: &str) -> Estimate {
    let mut sum = Estimate::default();
    for call_path in heap
        .call_paths
        .iter()
        .filter(|call_path| call_path.scopes.iter().any(|scope| scope.ends_with(name)))
    {
        sum.add(&call_path.live);
    }
    sum
}

/// A size of its own for each step, small ones and some large.
fn size(step: usize) -> usize {
    if step.is_multiple_of(64) { 1000 + step % 5000 } else { 8 + step * 7 % 600 }
}

#[test]
fn counts_stay_exact_while_sampling_is_started_and_stopped() {
    const THREADS: usize = 8;
    const STEPS: usize = 30_000;
    let _one = one();
    let done = AtomicBool::new(false);
    thread::scope(|threads| {
        let workers: Vec<_> = (0..THREADS)
            .map(|_| {
                threads.spawn(|| {
                    // In no scope, so that the list is not the scope's.
                    let mut kept: Vec<Vec<u8>> = Vec::with_capacity(64);
                    let _scope = scope!("stopped_and_started");
                    for step in 0..STEPS {
                        kept.push(black_box(Vec::with_capacity(size(step))));
                        if kept.len() == 64 {
                            kept.clear();
                        }
                    }
                    kept.clear();
                })
            })
            .collect();
        let switcher = threads.spawn(|| {
            let mut times = 0;
            while !done.load(Relaxed) {
                match times % 4 {
                    0 => heap::start_exact().unwrap(),
                    1 => heap::start_sampling(4096).unwrap(),
                    2 => heap::stop(),
                    _ => heap::start_sampling(512 << 10).unwrap(),
                }
                times += 1;
                if times % 64 == 0 {
                    black_box(heap::snapshot());
                }
            }
        });
        for worker in workers {
            worker.join().unwrap();
        }
        done.store(true, Relaxed);
        switcher.join().unwrap();
    });
    heap::stop();
    let report = memopt_runtime::report();
    let totals = report.site("stopped_and_started").unwrap().inclusive;
    let bytes: usize = (0..STEPS).map(size).sum();
    assert_eq!(totals.allocs, (THREADS * STEPS) as u64);
    assert_eq!(totals.bytes, (THREADS * bytes) as u64);
    assert_eq!((totals.frees, totals.freed_bytes), (totals.allocs, totals.bytes));
    let heap = heap::snapshot();
    assert_eq!(heap.lost, 0);
    let live = live(&heap, "stopped_and_started");
    assert_eq!((live.samples, live.bytes, live.bytes_variance), (0, 0, 0.0), "all was freed");
}

#[test]
fn blocks_outlive_their_threads() {
    const THREADS: usize = 64;
    let _one = one();
    heap::start_exact().unwrap();
    let mut left: Vec<Vec<u8>> = Vec::new();
    for _ in 0..THREADS {
        left.extend(
            thread::spawn(|| {
                let mut left: Vec<Vec<u8>> = Vec::with_capacity(100);
                let _scope = scope!("outlives");
                left.extend((0..100).map(|step| Vec::with_capacity(size(step))));
                left
            })
            .join()
            .unwrap(),
        );
    }
    let bytes: usize = (0..100).map(size).sum();
    let before = live(&heap::snapshot(), "outlives");
    assert_eq!((before.blocks, before.bytes), (100 * THREADS as u64, (THREADS * bytes) as u64));
    heap::stop();
    drop(left);
    assert_eq!(live(&heap::snapshot(), "outlives"), Estimate::default());
}

#[test]
fn what_is_in_use_is_told_by_the_thread_that_allocated() {
    let _one = one();
    for start in [heap::start_exact as fn() -> Result<(), memopt_runtime::Error>, || {
        heap::start_sampling(256)
    }] {
        start().unwrap();
        let by = |name: &str, blocks: usize| {
            let make = move || {
                let mut left: Vec<Vec<u8>> = Vec::with_capacity(blocks);
                let _scope = scope!("told_by_thread");
                left.extend((0..blocks).map(|step| Vec::with_capacity(size(step))));
                // Freed by who made it, half of it.
                left.truncate(blocks / 2);
                left
            };
            thread::Builder::new().name(name.to_owned()).spawn(make).unwrap().join().unwrap()
        };
        let kept = [by("baker", 2000), by("miller", 600)];
        let heap = heap::snapshot();
        let whole = live(&heap, "told_by_thread");
        let call_paths = || {
            heap.call_paths
                .iter()
                .filter(|call_path| call_path.scopes.iter().any(|s| s.ends_with("told_by_thread")))
        };
        let of = |name: &str| {
            let mut sum = Estimate::default();
            for part in call_paths().flat_map(|call_path| &call_path.live_by_thread) {
                // The second round's threads have a number behind their names.
                if heap.threads[part.thread as usize].starts_with(name) {
                    sum.add(&part.live);
                }
            }
            sum
        };
        let (baker, miller) = (of("baker"), of("miller"));
        assert_eq!(baker.samples + miller.samples, whole.samples);
        assert_eq!(baker.bytes + miller.bytes, whole.bytes);
        let kept =
            kept.map(|blocks| blocks.iter().map(|block| block.capacity() as u64).sum::<u64>());
        if heap.interval == 1 {
            assert_eq!([baker.bytes, miller.bytes], kept);
            assert_eq!([baker.blocks, miller.blocks], [1000, 300]);
        } else {
            for (part, bytes) in [baker, miller].iter().zip(kept) {
                let (low, high) = part.bytes_interval();
                // The interval is of 95 %: twice as wide misses one run in ten thousand.
                assert!(
                    part.samples > 50 && low / 2 < bytes && bytes < high * 2,
                    "{part:?} {bytes}"
                );
            }
        }
    }
    heap::stop();
}

/// Two threads and more at work in one scope, each with sums of its own.
#[test]
fn threads_in_one_scope_add_up_exactly() {
    /// What each thread keeps to itself of the peaks, at most.
    const SHARE: u64 = 4096;
    const STEPS: usize = 20_000;
    /// Threads, and the scope they work in.
    type Case = (usize, &'static str, fn() -> Scope);
    let _one = one();
    heap::start_exact().unwrap();
    let cases: [Case; 4] = [
        (1, "adds_up_one", || scope!("adds_up_one")),
        (2, "adds_up_two", || scope!("adds_up_two")),
        (5, "adds_up_five", || scope!("adds_up_five")),
        (40, "adds_up_forty", || scope!("adds_up_forty")),
    ];
    for (threads, name, enter) in cases {
        let barrier = Barrier::new(threads);
        let before = heap::snapshot().peak_bytes;
        let mut kept: Vec<Vec<Vec<u8>>> = (0..threads).map(|_| Vec::with_capacity(STEPS)).collect();
        thread::scope(|scope| {
            for kept in &mut kept {
                let barrier = &barrier;
                scope.spawn(move || {
                    barrier.wait();
                    let _scope = enter();
                    for step in 0..STEPS {
                        kept.push(black_box(Vec::with_capacity(size(step))));
                        // Another that goes at once.
                        black_box(Vec::<u8>::with_capacity(size(step + 1)));
                    }
                });
            }
        });
        let each: usize = (0..STEPS).map(size).sum();
        let beside: usize = (1..=STEPS).map(size).sum();
        let heap = heap::snapshot();
        let named = |heap: &HeapReport| {
            let of =
                |call_path: &&CallPath| call_path.scopes.iter().any(|scope| scope.ends_with(name));
            let call_paths: Vec<CallPath> = heap.call_paths.iter().filter(of).cloned().collect();
            let [call_path] = &call_paths[..] else { panic!("{} call_paths", call_paths.len()) };
            call_path.clone()
        };
        let call_path = named(&heap);
        let (threads, live) = (threads as u64, (threads * each) as u64);
        assert_eq!(call_path.allocated.blocks, threads * 2 * STEPS as u64);
        assert_eq!(call_path.allocated.bytes, live + threads * beside as u64);
        assert_eq!((call_path.live.blocks, call_path.live.bytes), (threads * STEPS as u64, live));
        assert_eq!(call_path.live_by_thread.len() as u64, threads);
        assert!(call_path.live_by_thread.iter().all(|of| of.live.bytes == each as u64));
        // The largest of the blocks that go at once, and what each thread may have kept.
        let most = live + threads * (6000 + SHARE);
        assert!(
            (live..=most).contains(&call_path.peak_bytes),
            "{live} {} {most}",
            call_path.peak_bytes
        );
        assert!(heap.peak_bytes + threads * SHARE >= live, "{live} {} {before}", heap.peak_bytes);
        if threads == 1 {
            let last = size(STEPS) as u64;
            assert!(
                call_path.peak_bytes <= live + last.max(size(STEPS - 1) as u64),
                "one thread is exact"
            );
        }
        // Freed by another thread than the one that allocated.
        drop(kept);
        let call_path = named(&heap::snapshot());
        assert_eq!((call_path.live.blocks, call_path.live.bytes), (0, 0));
        assert!(call_path.live_by_thread.is_empty());
        assert_eq!(heap.lost, 0);
    }
    heap::stop();
}

/// Allocates and frees when it is dropped, besides what it holds.
struct Last(RefCell<Vec<Vec<u8>>>);

impl Drop for Last {
    fn drop(&mut self) {
        let _scope = scope!("torn_down");
        self.0.borrow_mut().push(Vec::with_capacity(5000));
        black_box(vec![1u8; 77]);
    }
}

thread_local! {
    static LAST: Last = const { Last(RefCell::new(Vec::new())) };
}

#[test]
fn blocks_freed_while_thread_locals_are_torn_down_are_gone() {
    let _one = one();
    for start in [heap::start_exact as fn() -> Result<(), memopt_runtime::Error>, || {
        heap::start_sampling(64)
    }] {
        start().unwrap();
        // Before anything of ours is in the thread, and behind it.
        for first in [true, false] {
            thread::spawn(move || {
                if first {
                    LAST.with(|_| ());
                }
                let _scope = scope!("torn_down");
                LAST.with(|last| {
                    last.0.borrow_mut().extend((0..200).map(|step| Vec::with_capacity(size(step))));
                });
            })
            .join()
            .unwrap();
        }
        let heap = heap::snapshot();
        assert_eq!(heap.lost, 0);
        let live = live(&heap, "torn_down");
        assert_eq!((live.samples, live.bytes), (0, 0));
    }
    heap::stop();
}
