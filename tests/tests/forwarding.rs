//! All four methods reach the inner allocator as themselves, and a failure of it is passed on and
//! not counted.
//!
//! The inner allocator notes the calls of this thread and fails above a size on demand.

use memopt_runtime::{Alloc, record};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;

/// The system's allocator with a note of each call.
struct Noting;

thread_local! {
    /// `alloc`, `alloc_zeroed`, `realloc`, `dealloc`
    static CALLS: Cell<[u32; 4]> = const { Cell::new([0; 4]) };
    /// Requests of at least this size fail.
    static FAILS_FROM: Cell<usize> = const { Cell::new(usize::MAX) };
}

fn note(which: usize) {
    let mut calls = CALLS.get();
    calls[which] += 1;
    CALLS.set(calls);
}

fn refuses(size: usize) -> bool {
    size >= FAILS_FROM.get()
}

// SAFETY: forwards to `System`, or gives null, which every method may.
unsafe impl GlobalAlloc for Noting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(0);
        if refuses(layout.size()) {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller's contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(1);
        if refuses(layout.size()) {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller's contract.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        note(2);
        if refuses(new_size) {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller's contract.
        unsafe { System.realloc(block, layout, new_size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        note(3);
        // SAFETY: the caller's contract.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOC: Alloc<Noting> = Alloc::new(Noting);

/// What `work` calls: `alloc`, `alloc_zeroed`, `realloc`, `dealloc`.
fn calls(work: impl FnOnce()) -> [u32; 4] {
    let before = CALLS.get();
    work();
    let after = CALLS.get();
    std::array::from_fn(|i| after[i] - before[i])
}

#[test]
fn each_method_reaches_the_inner_one() {
    assert_eq!(calls(|| drop(black_box(Vec::<u8>::with_capacity(100)))), [1, 0, 0, 1]);
    assert_eq!(calls(|| drop(black_box(vec![0u8; 100]))), [0, 1, 0, 1]);
    let grown = calls(|| {
        let mut block = black_box(Vec::<u8>::with_capacity(100));
        block.reserve_exact(200);
        block.shrink_to(150);
        drop(black_box(block));
    });
    assert_eq!(grown, [1, 0, 2, 1]);
}

#[test]
fn counts_follow_the_calls() {
    let recording = record(|| {
        let mut block = black_box(vec![0u8; 100]);
        block.reserve_exact(200);
        block.truncate(50);
        block.shrink_to(150);
        drop(black_box(block));
    });
    let total = recording.report.total();
    // 100 at first, grown to 300, shrunk to 150, freed.
    assert_eq!((total.allocs, total.frees, total.reallocs), (1, 1, 2));
    assert_eq!((total.bytes, total.freed_bytes), (300, 150 + 150));
    assert_eq!(recording.peak_bytes, 300);
}

#[test]
fn a_refused_allocation_is_passed_on_and_not_counted() {
    let recording = record(|| {
        let mut kept = black_box(Vec::<u8>::with_capacity(64));
        FAILS_FROM.set(1000);
        let refused = calls(|| {
            // alloc, alloc_zeroed (no std way asks for it fallibly), realloc
            Vec::<u8>::new().try_reserve_exact(1000).unwrap_err();
            kept.try_reserve_exact(2000).unwrap_err();
            // SAFETY: the layout has a size; null is what is expected.
            let zeroed = unsafe { std::alloc::alloc_zeroed(Layout::array::<u8>(5000).unwrap()) };
            assert!(zeroed.is_null());
        });
        FAILS_FROM.set(usize::MAX);
        assert_eq!(refused, [1, 1, 1, 0]);
        assert_eq!(kept.capacity(), 64);
        // What was there before is whole and can go on.
        kept.try_reserve_exact(128).unwrap();
        kept.capacity()
    });
    let total = recording.report.total();
    assert_eq!(recording.value, 128);
    assert_eq!((total.allocs, total.frees, total.reallocs), (1, 1, 1));
    assert_eq!((total.bytes, total.freed_bytes), (128, 128));
    assert_eq!(recording.peak_bytes, 128);
}

#[test]
fn a_refused_small_allocation_leaves_no_trace() {
    let recording = record(|| {
        let _kept = black_box(Vec::<u8>::with_capacity(100));
        // The peak is raised once by what succeeds and twice by what fails, outside of it and at
        // it.
        FAILS_FROM.set(200);
        Vec::<u8>::new().try_reserve_exact(300).unwrap_err();
        drop(black_box(Vec::<u8>::with_capacity(150)));
        Vec::<u8>::new().try_reserve_exact(200).unwrap_err();
        FAILS_FROM.set(100);
        Vec::<u8>::new().try_reserve_exact(150).unwrap_err();
        Vec::<u8>::new().try_reserve_exact(120).unwrap_err();
        FAILS_FROM.set(usize::MAX);
    });
    let total = recording.report.total();
    assert_eq!((total.allocs, total.bytes, total.frees), (2, 250, 2));
    assert_eq!(recording.peak_bytes, 250);
}

#[memopt::track_alloc]
fn refused_in_a_scope() {
    drop(black_box(Vec::<u8>::with_capacity(40)));
    FAILS_FROM.set(40);
    Vec::<u8>::new().try_reserve_exact(40).unwrap_err();
    Vec::<u8>::new().try_reserve_exact(500).unwrap_err();
    FAILS_FROM.set(usize::MAX);
}

#[test]
fn a_refused_allocation_is_in_no_figure_of_its_site() {
    let recording = record(refused_in_a_scope);
    let site = recording.report.site("refused_in_a_scope").unwrap();
    assert_eq!((site.allocs.max(), site.bytes.max(), site.peak.max()), (1, 40, 40));
    let classes: Vec<(u64, u64)> =
        site.size_classes.iter().map(|class| (class.high, class.count)).collect();
    assert_eq!(classes, [(48, 1)]);
}

/// A random number below `limit` (xorshift).
fn below(state: &mut u64, limit: usize) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    (*state >> 33) as usize % limit
}

/// Allocates, frees and is refused at random; the most that was in use at once.
#[memopt::track_alloc]
fn refused_at_random(state: &mut u64, kept: &mut Vec<(*mut u8, Layout)>) -> u64 {
    let before: usize = kept.iter().map(|(_, layout)| layout.size()).sum();
    let (mut live, mut most) = (before, before);
    for _ in 0..1 + below(state, 40) {
        // Few sizes, so that the peak is often met exactly and often passed by part of a block.
        // Some are no small ones.
        let layout =
            Layout::from_size_align([1, 16, 40, 64, 100, 500, 768, 900][below(state, 8)], 1)
                .unwrap();
        match below(state, 3) {
            0 if !kept.is_empty() => {
                let (block, layout) = kept.swap_remove(below(state, kept.len()));
                // SAFETY: it was allocated with this layout.
                unsafe { std::alloc::dealloc(block, layout) };
                live -= layout.size();
            }
            1 => {
                FAILS_FROM.set(0);
                // SAFETY: the layout has a size; null is what is expected.
                assert!(unsafe { std::alloc::alloc(layout) }.is_null());
                FAILS_FROM.set(usize::MAX);
            }
            _ if kept.len() < kept.capacity() => {
                // SAFETY: the layout has a size.
                kept.push((unsafe { std::alloc::alloc(layout) }, layout));
                live += layout.size();
                most = most.max(live);
            }
            _ => {}
        }
    }
    (most - before) as u64
}

#[test]
fn the_peaks_are_those_of_what_was_not_refused() {
    let (mut state, mut kept) = (0x5EED, Vec::with_capacity(30));
    for call in 0..2000 {
        let recording = record(|| refused_at_random(&mut state, &mut kept));
        let site = recording.report.site("refused_at_random").unwrap();
        // The largest value is kept exactly, and there is one.
        assert_eq!((site.peak.count(), site.peak.max()), (1, recording.value), "call {call}");
    }
    for (block, layout) in kept {
        // SAFETY: it was allocated with this layout.
        unsafe { std::alloc::dealloc(block, layout) };
    }
}

#[test]
fn blocks_of_every_alignment_are_counted_by_size() {
    let recording = record(|| {
        for align in [1, 8, 16, 64, 4096, 1 << 16] {
            let layout = Layout::from_size_align(10, align).unwrap();
            // SAFETY: the layout has a size and the block is freed with it.
            unsafe {
                let block = std::alloc::alloc(layout);
                assert_eq!(block.addr() % align, 0);
                std::alloc::dealloc(black_box(block), layout);
            }
        }
    });
    assert_eq!((recording.report.total().allocs, recording.report.total().bytes), (6, 60));
}
