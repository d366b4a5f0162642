//! The concurrency profile over real threads and tokio's tasks. Each test has sites of its own, so
//! that all may run at once.

use memopt_runtime::report::{Concurrency, RunState, TaskSite};
use memopt_runtime::{Alloc, TrackAlloc, concurrency, record, record_async, scope, site};
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Barrier, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, mpsc};
use std::task::Poll;
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;

#[global_allocator]
static ALLOC: Alloc = Alloc::system();

/// What the profile itself holds is of the whole process: the test of it runs alone.
static TURN: RwLock<()> = RwLock::new(());

fn beside() -> RwLockReadGuard<'static, ()> {
    TURN.read().unwrap_or_else(PoisonError::into_inner)
}

fn alone() -> RwLockWriteGuard<'static, ()> {
    TURN.write().unwrap_or_else(PoisonError::into_inner)
}

fn workers(count: usize) -> Runtime {
    Builder::new_multi_thread().worker_threads(count).enable_time().build().unwrap()
}

fn of<'a>(profile: &'a Concurrency, site: &str) -> &'a TaskSite {
    profile.task_site(site).unwrap_or_else(|| panic!("no site is called {site}"))
}

/// Live tasks of a site, 0 where none was ever seen.
fn live(profile: &Concurrency, site: &str) -> u64 {
    profile.task_site(site).map_or(0, |site| site.live)
}

/// Those of them that are polled by no thread.
fn waiting(profile: &Concurrency, site: &str) -> u64 {
    profile.task_site(site).map_or(0, |site| site.live.saturating_sub(site.running))
}

/// Reads until `holds`; what the system does on its own time is waited for, not slept for. The last
/// reading, if it never did.
fn read_until(holds: impl Fn(&Concurrency) -> bool) -> Result<Concurrency, String> {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(60) {
        let profile = concurrency();
        if holds(&profile) {
            return Ok(profile);
        }
        std::thread::sleep(Duration::from_micros(500));
    }
    Err(concurrency().to_string())
}

fn until(holds: impl Fn(&Concurrency) -> bool) -> Concurrency {
    read_until(holds).unwrap_or_else(|last| panic!("never came to be:\n{last}"))
}

/// Holds a block and waits for ever, or until told.
async fn hold(bytes: usize, go: Arc<Notify>, held: Arc<Semaphore>) {
    let block = black_box(vec![1u8; bytes]);
    // Made before the others learn of it: from then on it is told.
    let told = go.notified();
    held.add_permits(1);
    told.await;
    drop(block);
}

#[test]
#[cfg(target_os = "linux")]
fn threads_have_names_states_scopes_and_figures() {
    let _beside = beside();
    let (stop, ready) = (AtomicBool::new(false), Barrier::new(3));
    let (send, receive) = mpsc::channel::<()>();
    let profile = std::thread::scope(|threads| {
        let (stop, ready) = (&stop, &ready);
        std::thread::Builder::new()
            .name("spinner".into())
            .spawn_scoped(threads, move || {
                let _outer = scope!("spins outside");
                let _inner = scope!("spins inside");
                let kept = black_box(vec![0u8; 5000]);
                drop(black_box(vec![0u8; 300]));
                ready.wait();
                while !stop.load(Relaxed) {
                    std::hint::spin_loop();
                }
                drop(kept);
            })
            .unwrap();
        std::thread::Builder::new()
            .name("sleeper".into())
            .spawn_scoped(threads, move || {
                ready.wait();
                receive.recv().unwrap();
            })
            .unwrap();
        ready.wait();
        let state =
            |profile: &Concurrency, name: &str| profile.threads_named(name).next().map(|t| t.state);
        let profile = read_until(|profile| {
            state(profile, "spinner") == Some(RunState::Running)
                && state(profile, "sleeper") == Some(RunState::Sleeping)
        });
        stop.store(true, Relaxed);
        send.send(()).unwrap();
        profile
    });
    let profile = profile.unwrap_or_else(|last| panic!("never came to be:\n{last}"));
    {
        let spinner = profile.threads_named("spinner").next().unwrap();
        // The standard library allocates a little for each thread.
        assert!((5300..8000).contains(&spinner.totals.bytes), "{spinner:?}");
        // It frees the closure that the spawning thread allocated, which goes off what it holds.
        assert!((4000..7000).contains(&spinner.live_bytes()), "{spinner:?}");
        let scopes: Vec<&str> =
            spinner.scopes.iter().map(|s| s.rsplit("::").next().unwrap()).collect();
        assert_eq!(scopes, ["spins outside", "spins inside"]);
        assert!(spinner.os_id > 0);
        assert!(profile.threads_named("sleeper").all(|thread| thread.scopes.is_empty()));
    }
    // Both are gone, and what they did is in the sum.
    let profile = until(|profile| profile.threads_named("spinner").next().is_none());
    assert!(profile.ended.count >= 1 && profile.ended.totals.bytes >= 5300, "{:?}", profile.ended);
}

#[test]
fn rates_are_of_the_window() {
    let _beside = beside();
    let (send, receive) = mpsc::channel::<usize>();
    let (done, wait) = mpsc::channel::<()>();
    let thread = std::thread::Builder::new()
        .name("by turns".into())
        .spawn(move || {
            for blocks in receive {
                for _ in 0..blocks {
                    drop(black_box(vec![0u8; 1000]));
                }
                done.send(()).unwrap();
            }
        })
        .unwrap();
    let turn = |blocks| {
        send.send(blocks).unwrap();
        wait.recv().unwrap();
    };
    turn(10);
    let mut seen = concurrency();
    for blocks in [2000, 0] {
        turn(blocks);
        let before = seen;
        seen = concurrency().since(&before);
        let pick = |profile: &Concurrency| {
            let by_name = cfg!(target_os = "linux");
            let mut threads = profile.threads.iter();
            threads.find(|t| by_name && t.name == "by turns").cloned()
        };
        let (Some(before), Some(now)) = (pick(&before), pick(&seen)) else { break };
        // Other tests read too, which makes no difference.
        let grown = (now.totals.allocs - before.totals.allocs) as f64;
        let counted = now.allocs_per_s * seen.window_ns as f64 / 1e9;
        assert!((counted - grown).abs() < 0.5, "{counted} of {grown}");
        assert!(grown >= blocks as f64 && grown <= blocks as f64 + 100.0, "{grown}");
    }
    drop(send);
    thread.join().unwrap();
}

#[test]
fn a_thousand_waiting_tasks_are_counted_and_vanish_when_cancelled() {
    let _beside = beside();
    let (go, held) = (Arc::new(Notify::new()), Arc::new(Semaphore::new(0)));
    workers(2).block_on(async {
        let mut tasks = JoinSet::new();
        for _ in 0..1000 {
            tasks.spawn(hold(1000, go.clone(), held.clone()).track_alloc(site!("thousand")));
        }
        held.acquire_many(1000).await.unwrap().forget();
        let profile = until(|profile| waiting(profile, "thousand") == 1000);
        let site = of(&profile, "thousand");
        assert_eq!((site.held_bytes, site.polls, site.running), (1_000_000, 1000, 0));
        assert_eq!((site.completed, site.cancelled, site.panicked), (0, 0, 0));
        assert!(
            site.future_bytes >= 1000 * 64 && site.future_bytes.is_multiple_of(1000),
            "{}",
            site.future_bytes
        );
        assert!(site.age_min_ns <= site.age_median_ns && site.age_median_ns <= site.age_max_ns);
        assert!(site.age_max_ns < 60_000_000_000, "{}", site.age_max_ns);
        let [place] = site.waiting.as_slice() else { panic!("one place, not {:?}", site.waiting) };
        assert_eq!((place.tasks, place.held_bytes), (1000, 1_000_000));
        assert!(place.scopes[0].ends_with("thousand") && place.scopes.len() == 1, "{place:?}");
        assert!(profile.own_bytes >= 64_000);

        tasks.abort_all();
        while tasks.join_next().await.is_some() {}
        let profile = concurrency();
        let site = of(&profile, "thousand");
        assert_eq!((site.live, site.held_bytes, site.cancelled, site.completed), (0, 0, 1000, 0));
        assert!(site.waiting.is_empty());
        assert_eq!(site.history.last().map(|point| point.live), Some(0));
    });
}

#[test]
fn tasks_that_end_are_completed_or_panicked() {
    let _beside = beside();
    workers(2).block_on(async {
        let (go, held) = (Arc::new(Notify::new()), Arc::new(Semaphore::new(0)));
        let mut tasks = JoinSet::new();
        for n in 0..30 {
            let task = hold(10, go.clone(), held.clone());
            let task = async move {
                task.await;
                if n < 10 {
                    std::panic::resume_unwind(Box::new(()));
                }
            };
            tasks.spawn(task.track_alloc(site!("ends")));
        }
        held.acquire_many(30).await.unwrap().forget();
        until(|profile| waiting(profile, "ends") == 30);
        go.notify_waiters();
        while tasks.join_next().await.is_some() {}
        let profile = concurrency();
        let site = of(&profile, "ends");
        assert_eq!((site.live, site.completed, site.cancelled, site.panicked), (0, 20, 0, 10));
    });
}

#[test]
fn a_task_that_moves_between_threads_is_one_task() {
    let _beside = beside();
    /// Pends, and wakes itself, `polls` times.
    async fn yields(polls: u64) {
        let mut left = polls;
        std::future::poll_fn(|cx| {
            if left == 0 {
                return Poll::Ready(());
            }
            left -= 1;
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }
    let (go, moved) = (Arc::new(Notify::new()), Arc::new(Semaphore::new(0)));
    workers(4).block_on(async {
        let mut tasks = JoinSet::new();
        for _ in 0..200 {
            let (go, moved) = (go.clone(), moved.clone());
            let task = async move {
                let mut blocks = Vec::with_capacity(8);
                for _ in 0..8 {
                    blocks.push(black_box(vec![1u8; 125]));
                    yields(5).await;
                }
                let told = go.notified();
                moved.add_permits(1);
                told.await;
            };
            tasks.spawn(task.track_alloc(site!("moves")));
        }
        moved.acquire_many(200).await.unwrap().forget();
        let profile = until(|profile| of(profile, "moves").polls == 200 * 41);
        let site = of(&profile, "moves");
        assert_eq!((site.live, site.held_bytes), (200, 200 * (8 * 125 + 8 * 24)));
        go.notify_waiters();
        while tasks.join_next().await.is_some() {}
    });
    assert_eq!(live(&concurrency(), "moves"), 0);
}

#[test]
fn futures_within_tell_where_a_task_waits_and_are_no_tasks() {
    let _beside = beside();
    async fn inner(go: Arc<Notify>) {
        go.notified().await;
    }
    let (go, held) = (Arc::new(Notify::new()), Arc::new(Semaphore::new(0)));
    Builder::new_current_thread().build().unwrap().block_on(async {
        for n in 0..50 {
            let (go, held) = (go.clone(), held.clone());
            let outer = async move {
                held.add_permits(1);
                if n < 20 {
                    inner(go)
                        .track_alloc(site!("innermost"))
                        .track_alloc(site!("in the middle"))
                        .await;
                } else {
                    go.notified().await;
                }
            };
            tokio::spawn(outer.track_alloc(site!("outermost")));
        }
        held.acquire_many(50).await.unwrap().forget();
        let profile = until(|profile| live(profile, "outermost") == 50);
        assert_eq!((live(&profile, "innermost"), live(&profile, "in the middle")), (0, 0));
        let places: Vec<(u64, Vec<&str>)> = of(&profile, "outermost")
            .waiting
            .iter()
            .map(|w| (w.tasks, w.scopes.iter().map(|s| s.rsplit("::").next().unwrap()).collect()))
            .collect();
        assert_eq!(
            places,
            [(30, vec!["outermost"]), (20, vec!["outermost", "in the middle", "innermost"])]
        );
        go.notify_waiters();
    });
}

#[test]
fn spawned_tasks_have_the_place_of_the_call_and_the_scope_around_it() {
    let _beside = beside();
    async fn serve(go: Arc<Notify>, held: Arc<Semaphore>) -> u32 {
        hold(100, go, held).await;
        7
    }
    let (go, held) = (Arc::new(Notify::new()), Arc::new(Semaphore::new(0)));
    workers(2).block_on(async {
        let line = line!() + 4;
        let tasks: Vec<_> = {
            let _scope = scope!("accepts");
            let task = || serve(go.clone(), held.clone());
            (0..40).map(|_| memopt_runtime::spawn(task())).collect()
        };
        held.acquire_many(40).await.unwrap().forget();
        let profile = until(|profile| waiting(profile, "serve") == 40);
        let site = of(&profile, "serve");
        assert_eq!((site.line, site.held_bytes), (line, 4000));
        assert!(site.file.ends_with("concurrency.rs"), "{}", site.file);
        let scopes: Vec<&str> =
            site.waiting[0].scopes.iter().map(|s| s.rsplit("::").next().unwrap()).collect();
        assert_eq!(scopes, ["accepts", "serve"]);
        go.notify_waiters();
        for task in tasks {
            assert_eq!(task.await.unwrap(), 7);
        }
        assert_eq!((live(&concurrency(), "serve"), of(&concurrency(), "serve").completed), (0, 40));
    });
}

#[test]
fn readings_do_not_show_in_recordings() {
    let _beside = beside();
    let read = record(|| {
        drop(black_box(vec![0u8; 100]));
        let profile = concurrency();
        drop(profile.clone());
        drop(profile);
    });
    let total = read.report.total();
    assert_eq!((total.allocs, total.bytes, total.frees), (1, 100, 1));
}

#[test]
fn tasks_of_a_recording_count_for_it_alone() {
    let _beside = beside();
    Builder::new_current_thread().build().unwrap().block_on(async {
        let go = Arc::new(Notify::new());
        let held = Arc::new(Semaphore::new(0));
        let recording = record_async(async {
            let task = hold(500, go.clone(), held.clone()).track_alloc(site!("within a recording"));
            let mut task = std::pin::pin!(task);
            std::future::poll_fn(|cx| {
                assert!(task.as_mut().poll(cx).is_pending());
                Poll::Ready(())
            })
            .await;
            let profile = concurrency();
            let site = of(&profile, "within a recording");
            assert_eq!((site.live, site.held_bytes), (1, 500));
            go.notify_waiters();
            task.await;
        })
        .await;
        let total = recording.report.total();
        assert_eq!((total.bytes, total.live_bytes()), (500, 0));
        // The recording is folded away; its nodes may be other sites' by now.
        drop(record(|| drop(black_box(vec![0u8; 1]))));
        assert_eq!(live(&concurrency(), "within a recording"), 0);
    });
}

#[test]
fn a_hundred_thousand_tasks_that_come_and_go_leave_nothing() {
    let _alone = alone();
    async fn short(kept: usize) {
        let block = black_box(vec![0u8; kept]);
        tokio::task::yield_now().await;
        drop(block);
    }
    fn thousand(runtime: &Runtime) {
        runtime.block_on(async {
            let mut tasks = JoinSet::new();
            for n in 0..1000 {
                tasks.spawn(short(1 + n % 50).track_alloc(site!("come and go")));
            }
            while tasks.join_next().await.is_some() {}
        });
    }
    let runtime = workers(4);
    (0..5).for_each(|_| thousand(&runtime));
    let before = concurrency().own_bytes;
    (0..95).for_each(|_| thousand(&runtime));
    let profile = concurrency();
    assert_eq!(live(&profile, "come and go"), 0);
    // A chunk of 16 KiB holds 255 tasks.
    let grown = profile.own_bytes - before;
    assert!(grown <= 16 * 16 * 1024, "{grown} bytes more after 95,000 tasks");
    drop(runtime);
    // Threads that end leave their entries to others.
    for _ in 0..20 {
        thousand(&workers(2));
    }
    assert!(concurrency().own_bytes - before <= 24 * 16 * 1024);
}

#[test]
fn a_task_dropped_by_a_thread_that_ends_is_gone() {
    let _beside = beside();
    struct Last(std::cell::RefCell<Option<std::pin::Pin<Box<dyn Future<Output = ()>>>>>);
    thread_local! {
        static LAST: Last = const { Last(std::cell::RefCell::new(None)) };
    }
    std::thread::spawn(|| {
        // Registered before the thread's counters are, so dropped after they are gone.
        LAST.with(|last| {
            let mut task: std::pin::Pin<Box<dyn Future<Output = ()>>> =
                Box::pin(std::future::pending().track_alloc(site!("dropped last")));
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            assert!(task.as_mut().poll(&mut context).is_pending());
            *last.0.borrow_mut() = Some(task);
        });
        assert_eq!(live(&concurrency(), "dropped last"), 1);
    })
    .join()
    .unwrap();
    assert_eq!(live(&concurrency(), "dropped last"), 0);
}
