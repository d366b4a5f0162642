//! Exact mode: every block is tracked, whatever its layout and whatever becomes of it.

use memopt_runtime::report::{CallPath, HeapMode, HeapReport};
use memopt_runtime::{Alloc, heap, scope};
use std::alloc::{GlobalAlloc, Layout};
use std::sync::{Mutex, MutexGuard};

#[global_allocator]
static ALLOC: Alloc = Alloc::system();

/// One test at a time: the mode is the process's.
fn exact() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    let one = ONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    heap::start_exact().unwrap();
    one
}

/// The call path of the scope named so.
fn call_path(heap: &HeapReport, name: &str) -> CallPath {
    let mut found = heap
        .call_paths
        .iter()
        .filter(|call_path| call_path.scopes.last().is_some_and(|last| last.ends_with(name)));
    let call_path = found.next().unwrap_or_else(|| panic!("no call_path of {name}")).clone();
    assert!(found.next().is_none(), "two call_paths of {name}");
    call_path
}

#[test]
fn what_is_allocated_is_in_use_until_it_is_freed() {
    let _one = exact();
    let blocks: Vec<Box<[u8; 40]>> = {
        let _scope = scope!("forty");
        let mut blocks = Vec::with_capacity(10);
        blocks.extend((0..10).map(|_| Box::new([1; 40])));
        blocks
    };
    let heap = heap::snapshot();
    assert_eq!((heap.mode, heap.interval, heap.lost), (HeapMode::Exact, 1, 0));
    let before = call_path(&heap, "forty");
    assert_eq!((before.live.blocks, before.live.bytes), (11, 10 * 40 + 10 * 8));
    assert_eq!(before.live.bytes_interval(), (480, 480));
    drop(blocks);
    let after = call_path(&heap::snapshot(), "forty");
    assert_eq!((after.live.blocks, after.live.bytes, after.allocated.bytes), (0, 0, 480));
    assert_eq!(after.peak_bytes, 480);
}

#[test]
fn every_layout_is_served_and_sampled() {
    let _one = exact();
    let _scope = scope!("layouts");
    for align in [1, 8, 16, 32, 4096] {
        for size in [1, 7, 16, 100, 919, 920, 921, 928, 960, 961, 5000, 300_000] {
            let layout = Layout::from_size_align(size, align).unwrap();
            // SAFETY: layouts with a size, blocks used within it and freed with it.
            unsafe {
                let block = ALLOC.alloc(layout);
                assert_eq!(block.addr() % align, 0, "{size} at {align}");
                block.write_bytes(7, size);
                let zeroed = ALLOC.alloc_zeroed(layout);
                assert!((0..size).all(|at| zeroed.add(at).read() == 0), "{size} at {align}");
                let live = call_path(&heap::snapshot(), "layouts").live;
                assert_eq!((live.blocks, live.bytes), (2, 2 * size as u64), "{size} at {align}");
                let grown = ALLOC.realloc(block, layout, size * 2);
                assert!((0..size).all(|at| grown.add(at).read() == 7), "{size} at {align}");
                let live = call_path(&heap::snapshot(), "layouts").live;
                assert_eq!((live.blocks, live.bytes), (2, 3 * size as u64), "{size} at {align}");
                ALLOC.dealloc(grown, Layout::from_size_align(size * 2, align).unwrap());
                ALLOC.dealloc(zeroed, layout);
                assert_eq!(
                    call_path(&heap::snapshot(), "layouts").live.blocks,
                    0,
                    "{size} at {align}"
                );
            }
        }
    }
}

#[test]
fn a_block_freed_elsewhere_is_told_from_whom_to_whom() {
    let _one = exact();
    let made: Vec<Box<u64>> = {
        let _scope = scope!("maker");
        (0..4096).map(Box::new).collect()
    };
    std::thread::Builder::new()
        .name("reaper".into())
        .spawn(move || {
            let _scope = scope!("breaker");
            drop(made);
        })
        .unwrap()
        .join()
        .unwrap();
    let heap = heap::snapshot();
    assert_eq!(call_path(&heap, "maker").live.blocks, 0);
    let hand_off = heap
        .hand_offs
        .iter()
        .find(|way| way.from.ends_with("maker") && way.to.ends_with("breaker"))
        .expect("one of 16 blocks is told of");
    assert_eq!(heap.threads[hand_off.to_thread as usize], "reaper");
    // One block in 16 is noted, and stands for 16: a standard error of 248, five of them are passed
    // once in a million runs.
    assert!((2856..=5336).contains(&hand_off.freed.blocks), "{:?}", hand_off.freed);
}

#[test]
fn one_in_sixteen_is_drawn_by_chance_and_not_in_step_with_the_program() {
    let _one = exact();
    for _ in 0..8192 {
        {
            let _scope = scope!("one_step");
            drop(std::hint::black_box(Box::new(1u64)));
        }
        let _scope = scope!("the_other_step");
        drop(std::hint::black_box(Box::new(1u64)));
    }
    let heap = heap::snapshot();
    for name in ["one_step", "the_other_step"] {
        let lifetimes = call_path(&heap, name).lifetimes;
        // A standard error of 350 blocks.
        assert!((6442..=9942).contains(&lifetimes.blocks), "{name}: {lifetimes:?}");
        assert!(lifetimes.mean_ns().unwrap() > 0.0);
    }
}

#[test]
fn large_blocks_are_all_followed_to_their_end() {
    const SIZE: usize = 1 << 20;
    let _one = exact();
    let blocks: Vec<Vec<u8>> = {
        let _scope = scope!("large");
        (0..3).map(|_| Vec::with_capacity(SIZE)).collect()
    };
    {
        let _scope = scope!("taker");
        for mut block in blocks {
            block.extend(std::iter::repeat_n(7, SIZE / 4));
        }
    }
    let heap = heap::snapshot();
    let large = call_path(&heap, "large");
    // Beside the list of them, which is small.
    let of_large = |bytes: u64| bytes / SIZE as u64 * SIZE as u64;
    assert_eq!(of_large(large.contents.looked_at), 3 * SIZE as u64);
    assert_eq!(of_large(large.contents.never_written * 4 / 3), 3 * SIZE as u64);
    let handed = heap.hand_offs.iter().find(|hand_off| hand_off.to.ends_with("taker")).unwrap();
    assert_eq!(of_large(handed.freed.bytes), 3 * SIZE as u64);
}

#[test]
fn what_was_allocated_before_is_freed_and_not_seen() {
    let _one = exact();
    heap::stop();
    let before = {
        let _scope = scope!("before");
        vec![0u8; 100]
    };
    heap::start_exact().unwrap();
    drop(before);
    let heap = heap::snapshot();
    assert!(
        !heap
            .call_paths
            .iter()
            .any(|call_path| call_path.scopes.last().is_some_and(|last| last.ends_with("before")))
    );
}

#[test]
fn the_snapshot_at_the_peak_holds_what_was_in_use_then() {
    let _one = exact();
    let high = heap::snapshot().peak_bytes as usize + (1 << 20);
    {
        let _outer = scope!("at_the_peak");
        let stays = vec![1u8; 1000];
        let big = vec![1u8; high];
        drop(big);
        drop(stays);
        drop(vec![1u8; 500]);
    }
    let call_path = call_path(&heap::snapshot(), "at_the_peak");
    assert_eq!((call_path.at_peak.bytes, call_path.at_peak.blocks), (high as u64 + 1000, 2));
    assert_eq!(call_path.live.bytes, 0);
}

/// A block of a scope named so.
fn make(name: &str, bytes: usize) -> Vec<u8> {
    let _scope = match name {
        "outer" => scope!("rec_outer"),
        "inner" => scope!("rec_inner"),
        "innermost" => scope!("rec_innermost"),
        _ => scope!("rec_carried"),
    };
    vec![1; bytes]
}

#[test]
fn an_outer_recording_tells_what_inner_ones_left() {
    let _one = exact();
    let left = |report: &memopt_runtime::report::Report| {
        let heap = report.heap().expect("every block is sampled");
        let mut bytes: Vec<u64> =
            heap.call_paths.iter().map(|call_path| call_path.live.bytes).collect();
        bytes.sort_unstable();
        bytes
    };
    let (mut kept, mut elsewhere) = (Vec::with_capacity(8), Vec::with_capacity(1));
    let outer = memopt_runtime::record(|| {
        kept.push(make("outer", 100));
        let inner = memopt_runtime::record(|| {
            kept.push(make("inner", 20));
            drop(make("inner", 7000));
            let innermost = memopt_runtime::record(|| kept.push(make("innermost", 3)));
            assert_eq!(left(&innermost.report), [3]);
            // On a thread that carries the recording, in one of its own.
            let context = memopt_runtime::Context::current();
            let carried = std::thread::spawn(move || {
                context.run(|| memopt_runtime::record(|| make("carried", 4000)).value)
            });
            kept.push(carried.join().unwrap());
        });
        assert_eq!(left(&inner.report), [3, 20, 4000]);
        // A recording on a thread that carries nothing is not within.
        let beside = || memopt_runtime::record(|| make("outer", 50_000)).value;
        elsewhere.push(std::thread::spawn(beside).join().unwrap());
    });
    assert_eq!(left(&outer.report), [3, 20, 100, 4000]);
    let next = memopt_runtime::record(|| kept.push(make("outer", 9)));
    assert_eq!(left(&next.report), [9]);
    kept.clear();
    elsewhere.clear();
}
