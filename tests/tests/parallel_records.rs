//! Sixty-four tests at once, each with exact figures of its own: recordings do not see each other.
//!
//! Every test allocates sizes that tell its number, with threads that carry its context and threads
//! that do not.

use memopt_runtime::{Alloc, Context, record, report, scope};
use std::hint::black_box;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Barrier;
use std::thread;

#[global_allocator]
static ALLOC: Alloc = Alloc::system();

/// `count` blocks of `size` bytes, all gone again.
fn churn(count: usize, size: usize) {
    for _ in 0..count {
        drop(black_box(Vec::<u8>::with_capacity(size)));
    }
}

/// One test: 3 blocks in the closure, 5 in a scope, 7 on each of two threads that carry the
/// context, any number on a thread that does not.
fn body(number: usize) {
    let size = 10 + number;
    // The threads are made outside, as making them allocates.
    let (start, end) = (Barrier::new(4), Barrier::new(4));
    let given: std::sync::Mutex<Option<Context>> = std::sync::Mutex::new(None);
    thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| {
                start.wait();
                let context = given.lock().unwrap().clone().unwrap();
                context.run(|| churn(7, size));
                churn(2, 3 * size);
                end.wait();
            });
        }
        threads.spawn(|| {
            start.wait();
            let _scope = scope!("stranger");
            churn(50, size);
            end.wait();
        });
        let recording = record(|| {
            churn(3, size);
            let _scope = scope!("inside");
            churn(5, size);
            *given.lock().unwrap() = Some(Context::current());
            start.wait();
            end.wait();
            *given.lock().unwrap() = None;
            number
        });
        assert_eq!(recording.value, number);
        let total = recording.report.total();
        let blocks = 3 + 5 + 2 * 7;
        assert_eq!((total.allocs, total.frees), (blocks, blocks));
        assert_eq!((total.bytes, total.freed_bytes), (blocks * size as u64, blocks * size as u64));
        assert_eq!((total.reallocs, total.copied_bytes), (0, 0));
        assert_eq!(
            (recording.report.unattributed().allocs, recording.peak_bytes),
            (3, size as u64)
        );
        let [inside] = recording.report.sites() else { panic!("one site was entered within") };
        assert_eq!((inside.calls, inside.own.allocs, inside.inclusive.allocs), (1, 19, 19));
        // What was carried is the scope's, but not part of its value per call.
        assert_eq!((inside.allocs.count(), inside.allocs.max()), (1, 5));
        assert_eq!(inside.open, 0);
    });
}

/// Recordings in each other: the outer holds the inner, the inner nothing of the outer.
fn nested(number: usize) {
    let outer = record(|| {
        churn(1, 100);
        let inner = record(|| {
            let _scope = scope!("innermost");
            churn(number, 10);
            let caught = catch_unwind(AssertUnwindSafe(|| {
                record(|| {
                    churn(1, 1);
                    resume_unwind(Box::new(()));
                })
            }));
            assert!(caught.is_err());
            churn(number, 10);
        });
        churn(1, 100);
        inner
    });
    let inner = outer.value.report.total();
    // A panic allocates one block, which goes when it is caught.
    assert_eq!((inner.allocs, inner.frees), (2 * number as u64 + 2, 2 * number as u64 + 2));
    assert_eq!(outer.report.total().allocs, inner.allocs + 2);
    assert_eq!(outer.report.total().bytes, inner.bytes + 200);
    assert_eq!(outer.report.unattributed().allocs, 2);
}

macro_rules! tests {
    ($($name:ident $number:literal)*) => { $(
        #[test]
        fn $name() {
            body($number);
            nested($number);
            body($number + 100);
        }
    )* };
}

tests! {
    r00 0 r01 1 r02 2 r03 3 r04 4 r05 5 r06 6 r07 7 r08 8 r09 9 r10 10 r11 11 r12 12 r13 13 r14 14 r15 15
    r16 16 r17 17 r18 18 r19 19 r20 20 r21 21 r22 22 r23 23 r24 24 r25 25 r26 26 r27 27 r28 28 r29 29 r30 30 r31 31
    r32 32 r33 33 r34 34 r35 35 r36 36 r37 37 r38 38 r39 39 r40 40 r41 41 r42 42 r43 43 r44 44 r45 45 r46 46 r47 47
    r48 48 r49 49 r50 50 r51 51 r52 52 r53 53 r54 54 r55 55 r56 56 r57 57 r58 58 r59 59 r60 60 r61 61 r62 62 r63 63
}

#[test]
fn a_hundred_times_over_eight_threads() {
    thread::scope(|threads| {
        for number in 0..8 {
            threads.spawn(move || {
                for turn in 0..100 {
                    body(8 * turn + number);
                }
            });
        }
    });
    let report = report();
    let mut sum = *report.unattributed();
    for node in report.tree().nodes() {
        sum.allocs += node.own.allocs;
        sum.bytes += node.own.bytes;
    }
    assert!(sum.allocs >= 800 * (22 + 50 + 4));
}
