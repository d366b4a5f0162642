//! The whole way of an allocation, small enough for Miri: counting, scopes, recursion, recordings,
//! contexts, futures, threads that end.
#![cfg(feature = "track")]

use memopt_runtime::{
    __private, Alloc, Context, TrackAlloc, record, record_async, report, scope, site,
};
use std::future::Future;
use std::pin::pin;
use std::task::{Context as TaskContext, Poll, Waker};

#[global_allocator]
static ALLOC: Alloc = Alloc::system();

fn bytes(n: usize) -> Vec<u8> {
    let _scope = scope!("bytes");
    vec![1; n]
}

fn down(depth: usize) -> usize {
    let _scope = scope!("down");
    let here = bytes(depth + 1);
    if depth == 0 { here.len() } else { here.len() + down(depth - 1) }
}

fn ready<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut task = TaskContext::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut task) {
            return value;
        }
    }
}

async fn twice() {
    let mut first = true;
    std::future::poll_fn(move |_| {
        drop(bytes(10));
        if std::mem::take(&mut first) { Poll::Pending } else { Poll::Ready(()) }
    })
    .track_alloc(site!("twice"))
    .await;
}

#[test]
fn scopes_nest_and_recurse() {
    let report = record(|| down(3)).report;
    let (down, bytes) = (report.site("down").unwrap(), report.site("bytes").unwrap());
    assert_eq!((down.calls, down.recursive_calls, down.bytes.count()), (4, 3, 1));
    assert_eq!((bytes.calls, bytes.bytes.total(), down.inclusive.bytes), (4, 1 + 2 + 3 + 4, 10));
    assert_eq!(report.total().bytes, 10);
    assert_eq!(report.total().live_bytes(), 0);
}

#[test]
fn recordings_hold_what_carries_their_context() {
    let outer = record(|| {
        let inner = record(|| {
            let context = Context::current();
            std::thread::scope(|threads| {
                threads.spawn(move || context.run(|| drop(bytes(100))));
            });
        });
        drop(bytes(7));
        inner.report
    });
    assert_eq!(outer.value.site("bytes").unwrap().inclusive.bytes, 100);
    assert_eq!(outer.report.site("bytes").unwrap().inclusive.bytes, 107);
    assert_eq!(outer.report.site("bytes").unwrap().calls, 2);
}

#[test]
fn polls_add_up_to_one_call() {
    let report = ready(record_async(twice())).report;
    let site = report.site("twice").unwrap();
    assert_eq!((site.calls, site.bytes.max(), site.bytes.count()), (1, 20, 1));
}

#[test]
fn a_dropped_future_is_cancelled() {
    let report = record(|| {
        let mut future = Box::pin(twice());
        let mut task = TaskContext::from_waker(Waker::noop());
        assert!(future.as_mut().poll(&mut task).is_pending());
    })
    .report;
    assert_eq!(report.site("twice").unwrap().cancelled, 1);
}

/// As the attribute writes it: the body in place, with a guard that each await tells.
async fn in_place(depth: usize) -> Vec<u8> {
    let mut scope = __private::enter_body(site!("in place"));
    let mut all = bytes(10);
    if depth > 0 {
        all.extend(__private::awaited!(await, scope, Box::pin(in_place(depth - 1))));
    }
    __private::awaited_simple!(await, scope, twice());
    all.extend(bytes(10));
    all
}

#[test]
fn a_body_in_place_keeps_what_its_polls_did() {
    let recording = record(|| {
        assert_eq!(ready(in_place(2)).len(), 60);
        let mut waiting = Box::pin(in_place(1));
        assert!(waiting.as_mut().poll(&mut TaskContext::from_waker(Waker::noop())).is_pending());
        drop(waiting);
    });
    let site = recording.report.site("in place").unwrap();
    assert_eq!((site.calls, site.cancelled), (5, 2));
    // From thread to thread, its last poll elsewhere.
    let mut future = Box::pin(in_place(1));
    for _ in 0..2 {
        future = std::thread::spawn(move || {
            assert!(future.as_mut().poll(&mut TaskContext::from_waker(Waker::noop())).is_pending());
            future
        })
        .join()
        .unwrap();
    }
    assert_eq!(ready(future).len(), 40);
}

#[test]
fn guards_dropped_out_of_order_or_never_do_not_unsettle_the_stack() {
    let report = record(|| {
        let outer = scope!("outer");
        let inner = scope!("inner");
        drop(outer);
        drop(inner);
        std::mem::forget(scope!("forgotten"));
    })
    .report;
    for name in ["outer", "inner", "forgotten"] {
        // The forgotten one closed with the recording around it.
        assert_eq!(report.site(name).unwrap().calls, 1, "{name}");
    }
    let after = record(|| drop(bytes(3))).report;
    assert_eq!(after.site("bytes").unwrap().calls, 1);
}

#[test]
fn threads_come_go_and_are_read_meanwhile() {
    std::thread::scope(|threads| {
        for _ in 0..3 {
            threads.spawn(|| {
                for n in 1..6 {
                    drop(bytes(n));
                }
            });
        }
        let mut before = 0;
        for _ in 0..3 {
            let total = report().total().bytes;
            assert!(total >= before, "{total} after {before}");
            before = total;
        }
    });
    assert!(report().site("bytes").unwrap().calls >= 15);
}

/// Loads, handles, evictions and waiters by turns on four threads.
#[test]
fn loaded_values_come_go_and_are_read_meanwhile() {
    use memopt_runtime::remedy::{Cache, Lazy, Loaded, Pressure, Reclaimable, Singleton};
    static ONE: Singleton<Vec<usize>> = Singleton::new("one", Vec::len);
    static MANY: Cache<usize, Vec<usize>> = Cache::new("many", Vec::len).max_bytes(20);
    let field: Lazy<Vec<usize>> = Lazy::new();
    std::thread::scope(|threads| {
        for thread in 0..4 {
            let field = &field;
            threads.spawn(move || {
                let mut kept: Vec<Loaded<Vec<usize>>> = Vec::new();
                for n in 0..12 {
                    let one = ONE.get(|| vec![7; 10]);
                    let many = ready(MANY.get_async(n % 5, |n| async move { vec![n; 8] }));
                    assert_eq!((one[9], many[7]), (7, n % 5));
                    if n % 3 == 0 {
                        kept.push(many.clone());
                    }
                    drop(one);
                    if thread == 0 {
                        kept.clear();
                        ONE.reclaim(Pressure::Critical);
                        MANY.reclaim(Pressure::Medium);
                    }
                    let failed = n == 0 && thread != 3;
                    let value =
                        field.get_or_try_load(|| if failed { Err(()) } else { Ok(vec![5]) });
                    assert!(value.is_err() && failed || value.is_ok_and(|value| *value == [5]));
                }
            });
        }
    });
    let left = ONE.report().misses - ONE.report().released;
    assert_eq!(ONE.reclaim(Pressure::Critical), left * 10);
    MANY.reclaim(Pressure::Critical);
    assert_eq!((MANY.report().live, MANY.report().idle), (0, 0));
}

#[test]
fn learners_are_shared_by_threads() {
    use memopt_runtime::remedy::Learner;
    static LENGTHS: Learner = Learner::new("lengths");
    std::thread::scope(|threads| {
        for _ in 0..3 {
            threads.spawn(|| {
                for _ in 0..30 {
                    let mut all = LENGTHS.start(Vec::new());
                    let started = LENGTHS.started(&all);
                    all.extend(0..30u8);
                    LENGTHS.end(started, &all);
                }
            });
        }
    });
    assert_eq!(LENGTHS.state().start, Some(30));
}

/// A context made outside every scope leads to the thread's root, where no peak is kept.
#[test]
fn a_scope_goes_on_after_a_context_of_no_scope() {
    let outside = Context::current();
    {
        let _scope = scope!("goes on");
        outside.run(|| drop(vec![0u8; 10]));
        drop(vec![0u8; 1000]);
        drop(vec![0u8; 300]);
    }
    let report = report();
    let site = report.sites().iter().find(|site| site.name.ends_with("goes on")).unwrap();
    assert_eq!((site.peak.max(), site.inclusive.bytes), (1000, 1300));
    assert_eq!(site.size_classes.iter().map(|class| class.count).sum::<u64>(), 2);
}

#[test]
fn chains_of_growth_are_told_apart() {
    let report = record(|| {
        let _scope = scope!("grow");
        // Two buffers grow by turns; both start at 8 and end at 64 bytes, after three steps each.
        let (mut a, mut b) = (Vec::<u8>::with_capacity(8), Vec::<u8>::with_capacity(8));
        for n in 0..64 {
            a.push(n);
            b.push(n);
        }
    })
    .report;
    let site = report.site("grow").unwrap();
    assert_eq!((site.grows, site.final_capacity.count()), (6, 2));
    assert!((62..=66).contains(&site.final_capacity.p50()), "{:?}", site.final_capacity);
}

/// Counts are 16 bits wide at first; what they cannot hold is carried.
#[cfg(not(miri))]
#[test]
fn no_count_is_lost_where_one_bucket_takes_all() {
    const CALLS: u64 = 300_000;
    let report = record(|| {
        for _ in 0..CALLS {
            drop(bytes(100));
        }
        // The same site by another way, and growth counted beside calls.
        let _scope = scope!("around");
        for _ in 0..CALLS {
            let mut block = bytes(40);
            block.reserve_exact(1000);
        }
    })
    .report;
    let site = report.site("bytes").unwrap();
    assert_eq!((site.calls, site.bytes.count(), site.unplaced), (2 * CALLS, 2 * CALLS, 0));
    // 40 and 41 share a bucket.
    assert_eq!((site.bytes.min(), site.bytes.p50(), site.bytes.max()), (40, 41, 100));
    let around = report.site("around").unwrap();
    assert_eq!((around.grows, around.final_capacity.count()), (CALLS, CALLS));
    let process = report_of_bytes();
    assert!(process >= 2 * CALLS, "{process} of {CALLS} twice");
}

/// Calls in the histogram of the process-wide report, into which the recording was folded.
#[cfg(not(miri))]
fn report_of_bytes() -> u64 {
    report().site("bytes").unwrap().bytes.count()
}
