//! Scopes and recordings over tokio's tasks and rayon's jobs: exact however they move between
//! threads.
//!
//! Each test has sites of its own, so that all of them may run at once.

use memopt_runtime::report::{SiteReport, Totals};
use memopt_runtime::{Alloc, Context, Report, TrackAlloc, record, record_async, report, site};
use memopt_tests::yield_now;
use std::hint::black_box;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Barrier, Notify, oneshot};
use tokio::task::JoinSet;

#[global_allocator]
static ALLOC: Alloc = Alloc::system();

fn four_workers() -> Runtime {
    Builder::new_multi_thread().worker_threads(4).enable_time().build().unwrap()
}

fn site<'a>(report: &'a Report, name: &str) -> &'a SiteReport {
    let mut named = report.sites().iter().filter(|s| s.name.ends_with(name));
    let found = named.next().unwrap_or_else(|| panic!("no site is called {name}"));
    assert!(named.next().is_none(), "several sites are called {name}");
    found
}

/// A block of `size` bytes that is gone at once.
fn touch(size: usize) {
    drop(black_box(vec![1u8; size]));
}

#[test]
fn two_thousand_tasks_on_four_workers_are_counted_exactly() {
    const TASKS: u64 = 2000;
    const STEPS: u64 = 5;
    async fn task(kept: u64) -> Vec<u8> {
        for _ in 0..STEPS {
            touch(100);
            yield_now().await;
        }
        vec![0u8; kept as usize]
    }
    let kept: u64 = four_workers().block_on(async {
        let mut tasks = JoinSet::new();
        for n in 0..TASKS {
            tasks.spawn(task(1 + n % 10).track_alloc(site!("many tasks")));
        }
        let mut kept = 0;
        while let Some(block) = tasks.join_next().await {
            kept += block.unwrap().len() as u64;
        }
        kept
    });
    // 200 of each size from 1 to 10.
    assert_eq!(kept, 200 * 55);
    let report = report();
    let site = site(&report, "many tasks");
    assert_eq!(
        (site.calls, site.recursive_calls, site.panics, site.cancelled, site.open),
        (TASKS, 0, 0, 0, 0)
    );
    assert_eq!((site.own.allocs, site.own.frees), (TASKS * (STEPS + 1), TASKS * STEPS));
    assert_eq!(
        (site.own.bytes, site.own.freed_bytes),
        (TASKS * STEPS * 100 + kept, TASKS * STEPS * 100)
    );
    assert_eq!(
        (site.allocs.count(), site.allocs.min(), site.allocs.max()),
        (TASKS, STEPS + 1, STEPS + 1)
    );
    // The smallest of differing values is known to its bucket, which holds 496 to 511.
    assert!((496..=501).contains(&site.bytes.min()));
    assert_eq!(site.bytes.max(), 510);
    assert_eq!((site.retained.total(), site.retained.max()), (kept, 10));
    assert_eq!(site.peak.max(), 100);
    assert_eq!(site.inclusive, site.own);
}

#[test]
fn nested_tracked_futures_keep_their_place_on_any_thread() {
    async fn inner() {
        touch(10);
        yield_now().await;
        touch(10);
    }
    async fn outer() {
        touch(1);
        inner().track_alloc(site!("nested inner")).await;
        yield_now().await;
        inner().track_alloc(site!("nested inner")).await;
    }
    four_workers().block_on(async {
        let mut tasks = JoinSet::new();
        for _ in 0..300 {
            tasks.spawn(outer().track_alloc(site!("nested outer")));
        }
        while tasks.join_next().await.is_some() {}
    });
    let report = report();
    // `site!` stands twice: two sites of one name.
    let inner: Vec<_> =
        report.sites().iter().filter(|s| s.name.ends_with("nested inner")).collect();
    assert_eq!(inner.len(), 2);
    for inner in inner {
        assert_eq!((inner.calls, inner.own.allocs, inner.own.bytes), (300, 600, 6000));
        assert_eq!((inner.bytes.min(), inner.bytes.max()), (20, 20));
    }
    let outer = site(&report, "nested outer");
    assert_eq!((outer.own.allocs, outer.own.bytes), (300, 300));
    assert_eq!((outer.inclusive.allocs, outer.inclusive.bytes), (1500, 12_300));
    assert_eq!((outer.bytes.min(), outer.bytes.max()), (41, 41));
}

#[test]
fn an_idle_task_gets_nothing_of_the_task_it_is_interleaved_with() {
    const STEPS: u64 = 500;
    async fn x() {
        for _ in 0..STEPS {
            touch(1000);
            yield_now().await;
        }
    }
    async fn y() {
        for _ in 0..STEPS {
            yield_now().await;
        }
    }
    // On one thread, so that the two alternate at each step.
    Builder::new_current_thread().build().unwrap().block_on(async {
        let x = tokio::spawn(x().track_alloc(site!("busy X")));
        let y = tokio::spawn(y().track_alloc(site!("idle Y")));
        x.await.unwrap();
        y.await.unwrap();
    });
    let report = report();
    let (x, y) = (site(&report, "busy X"), site(&report, "idle Y"));
    assert_eq!((x.calls, x.inclusive.allocs, x.inclusive.bytes), (1, STEPS, STEPS * 1000));
    assert_eq!((x.bytes.max(), x.peak.max(), x.retained.max()), (STEPS * 1000, 1000, 0));
    assert_eq!((y.calls, y.inclusive), (1, Totals::default()));
    assert_eq!((y.bytes.count(), y.bytes.max(), y.peak.max()), (1, 0, 0));
}

#[test]
fn aborted_tasks_count_as_cancelled_and_free_in_their_scope() {
    four_workers().block_on(async {
        let mut tasks = JoinSet::new();
        let started = std::sync::Arc::new(Barrier::new(101));
        for _ in 0..100 {
            let started = started.clone();
            tasks.spawn(
                async move {
                    let held = black_box(vec![1u8; 64]);
                    started.wait().await;
                    std::future::pending::<()>().await;
                    drop(held);
                }
                .track_alloc(site!("aborted")),
            );
        }
        started.wait().await;
        tasks.abort_all();
        let mut aborted = 0;
        while let Some(ended) = tasks.join_next().await {
            aborted += u32::from(ended.unwrap_err().is_cancelled());
        }
        assert_eq!(aborted, 100);
    });
    let report = report();
    let site = site(&report, "aborted");
    assert_eq!((site.calls, site.cancelled, site.panics, site.open), (100, 100, 0, 0));
    assert_eq!((site.bytes.count(), site.retained.total()), (100, 0));
    // The block it held goes within its scope; so may tokio's own blocks of tasks that a waker
    // kept.
    assert_eq!((site.own.allocs, site.own.bytes), (100, 6400));
    assert!(site.own.frees >= 100 && site.own.freed_bytes >= 6400, "{:?}", site.own);
}

#[test]
fn a_timeout_cancels_and_an_unpolled_future_is_no_call() {
    Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
        let slow = async {
            let held = black_box(vec![1u8; 500]);
            std::future::pending::<()>().await;
            drop(held);
        };
        let timed =
            tokio::time::timeout(Duration::from_millis(5), slow.track_alloc(site!("timed out")));
        assert!(timed.await.is_err());
        drop(async { touch(1) }.track_alloc(site!("never polled")));
        async { touch(7) }.track_alloc(site!("in time")).await;
    });
    let report = report();
    let slow = site(&report, "timed out");
    assert_eq!((slow.calls, slow.cancelled), (1, 1));
    assert_eq!((slow.bytes.max(), slow.own.freed_bytes, slow.retained.max()), (500, 500, 0));
    let unpolled = report.sites().iter().find(|s| s.name.ends_with("never polled"));
    assert_eq!(unpolled.map_or(0, |s| s.calls), 0);
    assert_eq!((site(&report, "in time").calls, site(&report, "in time").cancelled), (1, 0));
}

#[test]
fn a_panicking_task_is_a_panicked_call() {
    four_workers().block_on(async {
        let task = async {
            yield_now().await;
            let _held = black_box(vec![1u8; 32]);
            std::panic::resume_unwind(Box::new(()));
        };
        assert!(
            tokio::spawn(task.track_alloc(site!("panicking task"))).await.unwrap_err().is_panic()
        );
    });
    let report = report();
    let site = site(&report, "panicking task");
    assert_eq!((site.calls, site.panics, site.cancelled, site.open), (1, 1, 0, 0));
    assert_eq!(site.bytes.count(), 1);
}

#[test]
fn recordings_of_tasks_see_their_own_work_only() {
    async fn work(n: usize) {
        for _ in 0..n {
            touch(n);
            yield_now().await;
        }
    }
    four_workers().block_on(async {
        let mut tasks = JoinSet::new();
        for n in 1..=200 {
            tasks.spawn(async move {
                (n, record_async(work(n).track_alloc(site!("recorded task"))).await)
            });
        }
        while let Some(ended) = tasks.join_next().await {
            let (n, recording) = ended.unwrap();
            let total = recording.report.total();
            assert_eq!((total.allocs, total.bytes), (n as u64, (n * n) as u64));
            assert_eq!((total.frees, total.freed_bytes), (n as u64, (n * n) as u64));
            assert_eq!(site(&recording.report, "recorded task").calls, 1);
        }
    });
    let report = report();
    let site = site(&report, "recorded task");
    // Σ n and Σ n² for n from 1 to 200.
    assert_eq!((site.calls, site.own.allocs, site.own.bytes), (200, 20_100, 2_686_700));
}

#[test]
fn a_spawned_task_belongs_to_a_recording_only_with_its_context() {
    four_workers().block_on(async {
        let recording = record_async(async {
            let (send, receive) = oneshot::channel();
            let context = Context::current();
            let carried = tokio::spawn(context.attach(async move {
                touch(1000);
                yield_now().await;
                touch(1000);
                receive.await.unwrap();
            }));
            let stranger = tokio::spawn(async { touch(5000) });
            stranger.await.unwrap();
            send.send(()).unwrap();
            carried.await.unwrap();
        })
        .await;
        // The tasks themselves and the channel are allocated within, the stranger's 5000 bytes are
        // not.
        let total = recording.report.total();
        assert!((2000..5000).contains(&total.bytes), "{total:?}");
        let classes = total.bytes - 2000;
        assert!(classes > 0, "spawning allocates the tasks");
    });
}

/// A task that is handed out of a recording, not awaited in it.
struct Spawned(tokio::task::JoinHandle<()>);

#[test]
fn a_task_that_outlives_its_recording_is_not_lost() {
    four_workers().block_on(async {
        let go = std::sync::Arc::new(Notify::new());
        let seen = go.clone();
        let recording = record_async(async {
            let task = async move {
                touch(100);
                seen.notified().await;
                touch(300);
            };
            Spawned(tokio::spawn(Context::current().attach(task.track_alloc(site!("outlives")))))
        })
        .await;
        go.notify_one();
        recording.value.0.await.unwrap();
        let report = report();
        let site = site(&report, "outlives");
        assert_eq!((site.calls, site.own.allocs, site.own.bytes), (1, 2, 400));
    });
}

#[test]
fn rayon_jobs_belong_to_the_scope_whose_context_they_carry() {
    use rayon::prelude::*;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(4).build().unwrap();
    let recording = record(|| {
        let _scope = memopt_runtime::scope!("rayon outer");
        let context = Context::current();
        pool.install(|| {
            (0..1000u64).into_par_iter().for_each(|_| {
                context.run(|| {
                    let _scope = memopt_runtime::scope!("rayon job");
                    touch(50);
                });
                // What carries no context is no part of the recording.
                touch(7);
            });
        });
    });
    let job = site(&recording.report, "rayon job");
    assert_eq!(
        (job.calls, job.own.allocs, job.own.bytes, job.own.freed_bytes),
        (1000, 1000, 50_000, 50_000)
    );
    assert_eq!((job.bytes.count(), job.bytes.min(), job.bytes.max()), (1000, 50, 50));
    let outer = site(&recording.report, "rayon outer");
    assert_eq!(outer.calls, 1);
    // Handing the job to the pool may allocate a little in the outer scope; the jobs' 50 000 bytes
    // are its own too.
    assert!((50_000..56_000).contains(&outer.inclusive.bytes), "{:?}", outer.inclusive);
    assert!(recording.report.total().bytes < 57_000);
    let tree = recording.report.tree();
    assert_eq!(tree.nodes().len(), 2);
    assert_eq!(tree.path(1).len(), 2, "the job stands below the outer scope");
}

#[memopt::track_alloc]
async fn tracked_job(kept: usize) -> Vec<u8> {
    touch(100);
    yield_now().await;
    vec![0u8; kept]
}

#[test]
fn a_spawned_tracked_function_is_one_site() {
    #[memopt::track_alloc]
    async fn in_a_box() -> Vec<u8> {
        tracked_job(7).await
    }
    let recording = four_workers().block_on(record_async(async {
        let here = memopt::spawn(tracked_job(10));
        let there = memopt::spawn(tracked_job(20));
        let boxed = memopt::spawn(Box::pin(in_a_box()));
        here.await.unwrap().len() + there.await.unwrap().len() + boxed.await.unwrap().len()
    }));
    assert_eq!(recording.value, 37);
    let report = &recording.report;
    let job = site(report, "tracked_job");
    assert_eq!((job.calls, job.inclusive.allocs, job.inclusive.bytes), (3, 6, 337));
    assert_eq!((job.bytes.count(), job.bytes.total()), (3, 337));
    let boxed = site(report, "in_a_box");
    assert_eq!((boxed.calls, boxed.self_allocs, boxed.inclusive.bytes), (1, 0, 107));
    let nodes: Vec<(u64, usize)> = report
        .tree()
        .nodes()
        .iter()
        .filter(|node| report.sites()[node.site].name.ends_with("tracked_job"))
        .map(|node| (node.calls, node.parent.map_or(0, |_| 1)))
        .collect();
    assert_eq!(nodes.iter().map(|(calls, _)| calls).sum::<u64>(), 3, "{nodes:?}");
    assert_eq!(nodes.len(), 2, "the two tasks are one node: {nodes:?}");
}
