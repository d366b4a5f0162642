//! The finding `memopt::task-leak` over tokio's tasks: told where they begin and do not end, and of
//! no others.

use memopt::report::Finding;
use memopt::report::{Concurrency, TaskSite};
use memopt::runtime::concurrency;
use memopt::{Context, TrackAlloc, scope, site};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot::{Receiver, Sender, channel};
use tokio::task::yield_now;

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

/// Readings, and tasks that begin between two.
const READINGS: usize = 12;
const TASKS: usize = 10;

/// One test at a time: readings are of the whole process.
fn one() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Tells a client what happens until the client is gone.
async fn notify_client(gone: Receiver<()>) {
    let news = vec![1u8; 100];
    let _ = gone.await;
    drop(news);
}

/// The last reading of those made after each round. What the rounds did is as it was; a round
/// counts as two seconds, so that nobody has to wait for the rule's ten.
fn watch(mut round: impl FnMut(usize)) -> Concurrency {
    let mut last = None;
    for number in 0..READINGS {
        round(number);
        last = Some(concurrency());
        // Births are told apart by ticks of the kernel, of 10 ms at the most.
        std::thread::sleep(Duration::from_millis(25));
    }
    let mut profile = last.expect("there were rounds");
    for site in &mut profile.tasks {
        for (number, point) in site.history.iter_mut().enumerate() {
            point.at_ns = number as u64 * 2_000_000_000;
        }
    }
    profile
}

fn runtime() -> Runtime {
    Builder::new_current_thread().build().unwrap()
}

/// Runs `work` on the runtime, then its tasks until they wait.
fn run<T>(runtime: &Runtime, work: impl FnOnce() -> T) -> T {
    runtime.block_on(async {
        let value = work();
        for _ in 0..4 {
            yield_now().await;
        }
        value
    })
}

fn live(site: &TaskSite) -> Vec<u64> {
    site.history.iter().map(|point| point.live).collect()
}

/// What is found of the site whose name ends so, and the site.
fn found<'a>(profile: &'a Concurrency, name: &str) -> (&'a TaskSite, Vec<Finding>) {
    let site = profile.task_site(name).unwrap_or_else(|| panic!("no site is called {name}"));
    (site, profile.findings().into_iter().filter(|finding| finding.site == site.site).collect())
}

#[test]
fn tasks_that_wait_for_ever_are_found_with_the_line_that_spawns_them() {
    let _one = one();
    let (runtime, mut clients) = (runtime(), Vec::new());
    let mut line = 0;
    let profile = watch(|_| {
        run(&runtime, || {
            let _scope = scope!("accept_client");
            for _ in 0..TASKS {
                let (connected, gone) = channel();
                line = line!() + 1;
                memopt::spawn(notify_client(gone));
                // Kept after the client went.
                clients.push(connected);
            }
        });
    });
    let (site, findings) = found(&profile, "notify_client");
    assert_eq!(live(site), (1..=READINGS as u64).map(|n| n * TASKS as u64).collect::<Vec<_>>());
    let [finding] = findings.as_slice() else { panic!("one finding, not {findings:?}") };
    assert_eq!((finding.code.as_str(), finding.line), ("memopt::task-leak", line));
    assert!(finding.file.ends_with("task_leaks.rs"), "{}", finding.file);
    let facts: Vec<String> = finding.evidence.iter().map(ToString::to_string).collect();
    let text = format!("{}; {}", finding.title, facts.join("; "));
    // From 10 to 120; in the middle, at the sixth of twelve readings, there were 60.
    assert!(text.contains("begin and do not end: 110 more in 22.0 s"), "{text}");
    assert!(
        text.contains("their number never fell in ")
            && text.contains(": 10 at first, 60 in the middle, 120 now"),
        "{text}"
    );
    assert!(text.contains("60 of the 60 that were alive in the middle still are"), "{text}");
    assert!(
        site.waiting[0].scopes.iter().any(|scope| scope.ends_with("accept_client")),
        "{site:?}"
    );
}

#[test]
fn tasks_tracked_by_hand_are_found_by_their_site() {
    let _one = one();
    let (runtime, mut clients) = (runtime(), Vec::new());
    let profile = watch(|_| {
        run(&runtime, || {
            for _ in 0..TASKS {
                let (connected, gone) = channel();
                let task = notify_client(gone).track_alloc(site!("by_hand"));
                tokio::spawn(Context::current().attach(task));
                clients.push(connected);
            }
        });
    });
    let (site, findings) = found(&profile, "by_hand");
    assert_eq!((site.live, findings.len()), (120, 1), "{findings:?}");
}

#[test]
fn tasks_that_end_are_not_found_be_they_as_many_or_more_and_more() {
    async fn steady(gone: Receiver<()>) {
        notify_client(gone).await;
    }
    async fn growing(gone: Receiver<()>) {
        notify_client(gone).await;
    }
    let _one = one();
    let runtime = runtime();
    let mut clients: Vec<Sender<()>> = Vec::new();
    let profile = watch(|number| {
        run(&runtime, || {
            // Those of the round before end.
            clients.clear();
            for n in 0..TASKS * (number + 1) {
                let (connected, gone) = channel();
                if n < TASKS {
                    memopt::spawn(steady(gone));
                } else {
                    memopt::spawn(growing(gone));
                }
                clients.push(connected);
            }
        });
    });
    let (site, findings) = found(&profile, "steady");
    assert_eq!(live(site), [TASKS as u64; READINGS]);
    assert!(findings.is_empty(), "{findings:?}");
    let (site, findings) = found(&profile, "growing");
    // Their number only grows, as where they leak, but none of them stays.
    assert_eq!(live(site), (1..READINGS as u64).map(|n| n * TASKS as u64).collect::<Vec<_>>());
    assert_eq!((site.live, site.completed, site.cancelled), (110, 550, 0));
    assert!(findings.is_empty(), "{findings:?}");
}
