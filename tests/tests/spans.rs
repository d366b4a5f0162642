//! Spans of `tracing` as sites: exact over nesting, tasks, threads, panics, and whatever order they
//! are left in.
//!
//! Each test has spans of its own names, so that all of them may run at once under one subscriber.

use memopt::integrate::tracing::{AllocLayer, Spans, Untracked, layer};
use memopt::report::{Report, SiteKind, SiteReport};
use memopt::{Alloc, record, scope, track_alloc};
use memopt_tests::yield_now;
use std::hint::black_box;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Once;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;
use tracing::{Instrument, debug_span, info_span, instrument, trace_span};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;

#[global_allocator]
static ALLOC: Alloc = Alloc::system();

/// The subscriber of all tests but those that bring their own.
fn subscribed() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let subscriber = Untracked::new(tracing_subscriber::registry().with(layer()));
        tracing::subscriber::set_global_default(subscriber).unwrap();
    });
}

fn four_workers() -> Runtime {
    Builder::new_multi_thread().worker_threads(4).build().unwrap()
}

fn find<'a>(report: &'a Report, name: &str) -> Option<&'a SiteReport> {
    let mut named = report.sites().iter().filter(|s| s.name == format!("spans::{name}"));
    let found = named.next();
    assert!(named.next().is_none(), "several sites are called {name}");
    found
}

fn site<'a>(report: &'a Report, name: &str) -> &'a SiteReport {
    find(report, name).unwrap_or_else(|| panic!("no site is called {name}"))
}

/// Own blocks and bytes of a span.
fn own(report: &Report, name: &str) -> (u64, u64) {
    let site = site(report, name);
    (site.own.allocs, site.own.bytes)
}

/// A block of `size` bytes that is gone at once.
fn touch(size: usize) {
    drop(black_box(vec![1u8; size]));
}

#[test]
fn nested_spans_have_their_own_bytes_and_their_place_in_the_tree() {
    #[track_alloc]
    fn attributed() {
        touch(7);
        info_span!("nested inner").in_scope(|| touch(100));
    }
    subscribed();
    let recording = record(|| {
        for _ in 0..100 {
            let _outer = info_span!("nested outer", number = 1).entered();
            touch(10);
            attributed();
            touch(20);
        }
        touch(1);
    });
    let report = &recording.report;
    assert_eq!(own(report, "nested outer"), (200, 3000));
    assert_eq!(own(report, "nested inner"), (100, 10_000));
    let outer = site(report, "nested outer");
    assert_eq!((outer.kind, outer.calls, outer.panics, outer.open), (SiteKind::Span, 100, 0, 0));
    assert_eq!((outer.inclusive.allocs, outer.inclusive.bytes), (400, 13_700));
    assert_eq!((outer.bytes.min(), outer.bytes.max(), outer.peak.max()), (137, 137, 100));
    assert_eq!(outer.retained.total(), 0);
    assert!(outer.file.ends_with("spans.rs") && outer.line > 0);
    let parents = |name: &str| -> Vec<&str> {
        let nodes = report.tree().nodes();
        let of = nodes.iter().filter(|node| report.sites()[node.site].name.ends_with(name));
        of.map(|node| node.parent.map_or("", |at| &*report.sites()[nodes[at].site].name)).collect()
    };
    assert_eq!(parents("nested inner").len(), 1);
    assert!(parents("nested inner")[0].ends_with("::attributed"));
    assert_eq!(parents("::attributed"), ["spans::nested outer"]);
    assert_eq!(report.total().bytes, 13_701);
}

#[test]
fn instrumented_tasks_on_four_workers_are_counted_exactly() {
    const TASKS: u64 = 1000;
    #[instrument(name = "task", skip_all)]
    async fn task() -> Vec<u8> {
        for _ in 0..3 {
            touch(100);
            yield_now().await;
            step().await;
        }
        vec![0u8; 5]
    }
    #[instrument(name = "step")]
    async fn step() {
        touch(10);
        yield_now().await;
        touch(10);
    }
    subscribed();
    four_workers().block_on(async {
        let mut tasks = JoinSet::new();
        for _ in 0..TASKS {
            tasks.spawn(task());
        }
        while let Some(block) = tasks.join_next().await {
            assert_eq!(block.unwrap().len(), 5);
        }
    });
    let report = memopt::report();
    assert_eq!(own(&report, "task"), (4 * TASKS, 305 * TASKS));
    assert_eq!(own(&report, "step"), (6 * TASKS, 60 * TASKS));
    let (task, step) = (site(&report, "task"), site(&report, "step"));
    assert_eq!((task.calls, task.recursive_calls, task.cancelled, task.open), (TASKS, 0, 0, 0));
    assert_eq!((task.bytes.total(), task.bytes.min(), task.bytes.max()), (365 * TASKS, 365, 365));
    assert_eq!((task.retained.total(), task.retained.max()), (5 * TASKS, 5));
    assert_eq!((step.calls, step.bytes.min(), step.bytes.max()), (3 * TASKS, 20, 20));
}

#[test]
fn of_two_interleaved_tasks_only_the_one_that_allocates_is_billed() {
    subscribed();
    Builder::new_current_thread().build().unwrap().block_on(async {
        let busy = async {
            for _ in 0..50 {
                touch(64);
                yield_now().await;
            }
        };
        let idle = async {
            for _ in 0..50 {
                yield_now().await;
            }
        };
        let busy = tokio::spawn(busy.instrument(info_span!("busy")));
        let idle = tokio::spawn(idle.instrument(info_span!("idle")));
        busy.await.unwrap();
        idle.await.unwrap();
    });
    let report = memopt::report();
    assert_eq!(own(&report, "busy"), (50, 3200));
    assert_eq!(own(&report, "idle"), (0, 0));
    assert_eq!((site(&report, "idle").calls, site(&report, "idle").bytes.max()), (1, 0));
}

#[test]
fn spans_left_in_the_order_they_were_entered_keep_their_bytes() {
    subscribed();
    let recording = record(|| {
        let [a, b, c] = [info_span!("order a"), info_span!("order b"), info_span!("order c")];
        for _ in 0..10 {
            let in_a = a.enter();
            touch(1);
            let in_b = b.enter();
            touch(10);
            let in_c = c.enter();
            touch(100);
            drop(in_a);
            touch(100);
            drop(in_b);
            touch(100);
            drop(in_c);
            touch(1000);
        }
    });
    let report = &recording.report;
    assert_eq!(own(report, "order a"), (10, 10));
    assert_eq!(own(report, "order b"), (10, 100));
    assert_eq!(own(report, "order c"), (30, 3000));
    for (name, bytes) in [("order a", 1 + 10 + 100), ("order b", 10 + 200), ("order c", 300)] {
        let site = site(report, name);
        assert_eq!((site.calls, site.bytes.max(), site.open), (1, 10 * bytes, 0), "{name}");
    }
    assert_eq!(report.total().bytes, 10 * 1311);
}

#[test]
fn a_span_entered_twice_is_left_twice() {
    subscribed();
    let recording = record(|| {
        let span = info_span!("twice");
        let outer = span.enter();
        touch(1);
        let inner = span.enter();
        touch(10);
        drop(outer);
        touch(100);
        drop(inner);
        touch(1000);
    });
    assert_eq!(own(&recording.report, "twice"), (3, 111));
    let site = site(&recording.report, "twice");
    assert_eq!((site.calls, site.recursive_calls, site.bytes.max()), (1, 0, 111));
}

#[test]
fn a_span_entered_on_other_threads_is_one_call() {
    subscribed();
    let span = info_span!("abroad");
    std::thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| (0..250).for_each(|_| span.in_scope(|| touch(8))));
        }
    });
    assert_eq!(site(&memopt::report(), "abroad").calls, 0);
    drop(span);
    let report = memopt::report();
    let site = site(&report, "abroad");
    assert_eq!((site.calls, site.allocs.max(), site.bytes.max()), (1, 1000, 8000));
}

#[test]
fn a_span_left_open_closes_with_its_thread() {
    subscribed();
    for _ in 0..3 {
        let thread = std::thread::spawn(|| {
            std::mem::forget(info_span!("left open").entered());
            touch(1000);
        });
        thread.join().unwrap();
    }
    let report = memopt::report();
    assert_eq!(own(&report, "left open"), (3, 3000));
    assert_eq!((site(&report, "left open").calls, site(&report, "left open").open), (3, 0));
}

#[test]
fn recursion_counts_what_the_outermost_span_did() {
    #[instrument(name = "descend")]
    fn descend(depth: u32) {
        touch(10);
        if depth > 0 {
            descend(depth - 1);
        }
    }
    subscribed();
    let recording = record(|| descend(4));
    let site = site(&recording.report, "descend");
    assert_eq!((site.calls, site.recursive_calls), (5, 4));
    assert_eq!((site.own.bytes, site.bytes.count(), site.bytes.max()), (50, 1, 50));
}

#[test]
fn a_panic_is_counted_in_every_span_it_leaves() {
    subscribed();
    let recording = record(|| {
        let _around = info_span!("catches").entered();
        for _ in 0..10 {
            let thrown = catch_unwind(AssertUnwindSafe(|| {
                let _outer = info_span!("unwound outer").entered();
                let _inner = info_span!("unwound inner").entered();
                touch(8);
                resume_unwind(Box::new(()));
            }));
            thrown.unwrap_err();
            info_span!("after").in_scope(|| touch(4));
        }
    });
    let report = &recording.report;
    for (name, calls, panics) in
        [("catches", 1, 0), ("unwound outer", 10, 10), ("unwound inner", 10, 10), ("after", 10, 0)]
    {
        let site = site(report, name);
        assert_eq!((site.calls, site.panics, site.open), (calls, panics, 0), "{name}");
    }
    // A block of ours and the one the exception lies in.
    assert_eq!(own(report, "unwound inner").0, 20);
    assert_eq!(own(report, "after"), (10, 40));
}

#[test]
fn a_guard_that_outlives_its_span_disturbs_no_total() {
    subscribed();
    let recording = record(|| {
        let span = info_span!("crossed");
        let entered = span.enter();
        touch(1);
        let guard = scope!("crosses");
        touch(10);
        drop(entered);
        touch(100);
        drop(guard);
        touch(1000);
        info_span!("afterwards").in_scope(|| touch(2));
    });
    let report = &recording.report;
    assert_eq!(own(report, "crossed"), (1, 1));
    assert_eq!(site(report, "crossed").calls, 1);
    assert_eq!(own(report, "afterwards"), (1, 2));
    assert_eq!(report.total().bytes, 1113);
    // What no scope was open for any more.
    assert_eq!(report.sites().iter().map(|site| site.own.bytes).sum::<u64>(), 13);
}

#[test]
fn forgotten_guards_do_not_pile_up() {
    subscribed();
    let recording = record(|| {
        for _ in 0..1000 {
            let _around = scope!("forgetful");
            let span = info_span!("forgotten");
            std::mem::forget(span.enter());
            touch(1);
        }
        touch(10);
    });
    assert_eq!(own(&recording.report, "forgotten"), (1000, 1000));
    assert_eq!(site(&recording.report, "forgotten").calls, 1000);
    assert_eq!(recording.report.total().bytes, 1010);
}

#[test]
fn a_disabled_span_is_no_site_and_allocates_nothing() {
    subscribed();
    let recording = record(|| {
        for n in 0..100 {
            let span = debug_span!("disabled", n, text = %"never formatted");
            assert!(span.is_disabled());
            span.in_scope(|| touch(1));
        }
    });
    assert!(find(&memopt::report(), "disabled").is_none());
    assert_eq!((recording.report.total().allocs, recording.report.total().bytes), (100, 100));
}

#[test]
fn filters_choose_spans_by_level_and_target() {
    let spans = Spans::up_to(LevelFilter::DEBUG).of_target("spans").of_target("other");
    let subscriber = tracing_subscriber::registry().with(AllocLayer::new().with_filter(spans));
    let recording = tracing::subscriber::with_default(subscriber, || {
        record(|| {
            debug_span!("chosen").in_scope(|| touch(1));
            info_span!(target: "other::inner", "chosen").in_scope(|| touch(1));
            info_span!(target: "others", "chosen").in_scope(|| touch(1));
            trace_span!("too verbose").in_scope(|| touch(1));
        })
    });
    let report = &recording.report;
    let mut names: Vec<_> = report.sites().iter().map(|site| &*site.name).collect();
    names.sort_unstable();
    assert_eq!(names, ["other::inner::chosen", "spans::chosen"]);
}

#[test]
fn what_a_formatter_allocates_is_not_billed_under_unbilled() {
    let format = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(std::io::sink);
    let subscriber = Untracked::new(tracing_subscriber::registry().with(format).with(layer()));
    tracing::subscriber::with_default(subscriber, || {
        let recording = record(|| {
            let _outer = info_span!("formatted", text = %"a".to_owned()).entered();
            for n in 0..100 {
                touch(16);
                tracing::info!(
                    n,
                    "an event of more than a hundred bytes, which have to be kept somewhere {:>100}",
                    n
                );
            }
        });
        // The field's string is the program's own, made in the argument before the span was.
        assert_eq!(own(&recording.report, "formatted"), (100, 1600));
        assert_eq!(recording.report.total().bytes, 1601);
        assert_eq!(recording.report.total().live_bytes(), 0);
    });
}

#[test]
fn without_unbilled_a_span_has_its_own_bytes_too() {
    let subscriber = tracing_subscriber::registry().with(layer());
    tracing::subscriber::with_default(subscriber, || {
        let recording = record(|| {
            for _ in 0..100 {
                info_span!("bare").in_scope(|| touch(16));
            }
        });
        assert_eq!(own(&recording.report, "bare"), (100, 1600));
        assert_eq!(site(&recording.report, "bare").calls, 100);
    });
}
