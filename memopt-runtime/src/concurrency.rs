//! The concurrency profile: threads and tasks as they are now, beside the reading before.
//!
//! Rooms: [`system`] (what the system says of threads), [`past`] (what earlier readings saw). The
//! model and its text are in `report::concurrency`, the rule that reads the history in
//! `detect::task_leak`.

mod past;
mod system;

use self::past::Past;
use crate::process::PerProcess;
use crate::record::threads::{self, ThreadSnapshot, Threads};
use crate::record::{self, Node};
use crate::report::{Concurrency, EndedThreads, RunState, TaskSite, ThreadReport, Waiting};
use crate::site::Site;
use crate::tasks::{self, TaskSnapshot};
use crate::thread::state::now_ns;
use std::collections::HashMap;

static PAST: PerProcess<Past> = PerProcess::new(Past::new);

/// Every thread and every tracked task that is alive: the counterpart of a goroutine profile.
///
/// For each **thread**: its name and state, what it allocated so far and per second, what it holds,
/// and the chain of scopes it is in. Threads that have ended are summed.
///
/// For the **tasks** of each site: how many are alive, their ages and polls, the bytes they hold,
/// where they wait, how many have ended and how. A task is a tracked future
/// (`#[track_alloc] async fn`, [`TrackAlloc`](crate::TrackAlloc), `memopt::spawn`) that is not
/// polled within another one, from its first pending poll to its end. It counts as live at its own
/// site wherever it is polled; tracked futures inside it show where it waits.
///
/// ```
/// use memopt::{TrackAlloc, site};
/// use memopt::runtime::concurrency;
/// use std::future::{Future, pending};
/// use std::pin::pin;
/// use std::task::{Context, Waker};
///
/// let mut task = pin!(pending::<()>().track_alloc(site!("never")));
/// assert!(task.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
///
/// let profile = concurrency();
/// assert_eq!(profile.task_site("never").unwrap().live, 1);
/// println!("{profile}");
/// ```
///
/// Rates are means since a reading that is at least ten seconds old, or since the process began if
/// there is none. Other readers do not shorten this time. For the time between two readings of your
/// own, use [`since`](Concurrency::since). Each reading is also a point in the history of the sites
/// that have tasks, which [`findings`](Concurrency::findings) judges.
///
/// # Cost
///
/// On Linux it reads two small files of `/proc` for each thread, and everywhere each task's entry
/// of 64 bytes, so call it every few seconds and not in every request. No other thread stops or
/// waits, except that a thread that ends may wait for a moment. The program pays 6 instructions a
/// poll, and for each task an entry and a share of a clock reading (5 ns for 1 to 16 tasks). What
/// this allocates is not counted.
///
/// # Limits
///
/// Names and states of threads are known on Linux only, where threads that never allocated are
/// listed too. A task is not listed before its first pending poll. The bytes it holds do not
/// include what was allocated when it was made. Ages are exact to a tick of the kernel (1 to 10
/// ms). If a thread is interrupted while it begins many tasks, up to 15 tasks that it begins
/// afterwards may seem older, by the time of the interruption.
///
/// Guide: [Async and threads](https://docs.rs/memopt/latest/memopt/docs/async_and_threads/).
pub fn concurrency() -> Concurrency {
    crate::untracked(|| read(&mut PAST.lock()))
}

fn read(past: &mut Past) -> Concurrency {
    let mut profile = Concurrency::empty(record::status());
    let threads = threads::threads();
    profile.at_ns = now_ns();
    (profile.window_ns, profile.since_start) = past.begin(profile.at_ns);
    let seconds = profile.window_ns.max(1) as f64 / 1e9;
    profile.tasks = task_sites(past, profile.at_ns, &threads);
    let Threads { alive, ended, of_ended, outside } = threads;
    profile.ended = EndedThreads::new(ended, of_ended);
    profile.outside = outside;
    let mut others = system::threads();
    let of = |thread: ThreadSnapshot| {
        others.retain(|id| *id != thread.os_id);
        let (name, state) = system::thread(thread.os_id);
        let (allocs, bytes) = past.since(thread.number, &thread.totals);
        let mut report = ThreadReport::default();
        report.name = name;
        report.os_id = thread.os_id;
        report.state = state;
        report.totals = thread.totals;
        report.allocs_per_s = allocs as f64 / seconds;
        report.bytes_per_s = bytes as f64 / seconds;
        report.scopes = names(&thread.scopes);
        report
    };
    let known: Vec<ThreadReport> = alive.into_iter().map(of).collect();
    profile.threads = known;
    profile.threads.extend(others.into_iter().map(silent));
    profile.threads.sort_by(|a, b| {
        b.totals
            .bytes
            .cmp(&a.totals.bytes)
            .then_with(|| (&a.name, a.os_id).cmp(&(&b.name, b.os_id)))
    });
    past.turn();
    (profile.own_bytes, profile.unlisted) = tasks::memory();
    profile
}

/// A thread that has allocated nothing.
fn silent(os_id: u64) -> ThreadReport {
    let (name, state): (String, RunState) = system::thread(os_id);
    let mut thread = ThreadReport::default();
    thread.name = name;
    thread.os_id = os_id;
    thread.state = state;
    thread
}

fn names(sites: &[&'static Site]) -> Vec<String> {
    sites.iter().map(|site| site.full_name()).collect()
}

/// The tasks by their sites, those of this reading and of earlier ones.
fn task_sites(past: &mut Past, at_ns: u64, threads: &Threads) -> Vec<TaskSite> {
    let now = tasks::now_ns();
    let mut by_site: HashMap<*const Site, Vec<TaskSnapshot>> = HashMap::new();
    tasks::each(|task| by_site.entry(task.site).or_default().push(task));
    for site in by_site.keys() {
        past.meet(*site);
    }
    let nodes: Vec<*const Node> = {
        let each = by_site.values().flatten().flat_map(|task| [task.node, task.waits]);
        let mut nodes: Vec<*const Node> = each.filter(|node| !node.is_null()).collect();
        nodes.sort_unstable();
        nodes.dedup();
        nodes
    };
    let paths = threads::paths(&nodes);
    let ends = threads::ends();
    let mut sites: Vec<TaskSite> = past
        .sites()
        .map(|(of, history)| {
            let tasks = by_site.get(&of).map_or(&[][..], Vec::as_slice);
            // SAFETY: sites are static.
            let site: &'static Site = unsafe { &*of };
            let mut report = summed(site, tasks, now, &paths);
            history.add(now, at_ns, report.live);
            report.history =
                history.points(|born_by| tasks.iter().filter(|task| task.born <= born_by).count());
            let ends = ends.get(&of).copied().unwrap_or_default();
            (report.cancelled, report.panicked) = (ends.cancelled, ends.panics);
            report.completed = ends.calls.saturating_sub(ends.cancelled + ends.panics);
            let open = threads.alive.iter().flat_map(|thread| &thread.open);
            report.running = open.filter(|open| std::ptr::eq(**open, of)).count() as u64;
            report
        })
        .collect();
    sites.sort_by(|a, b| b.live.cmp(&a.live).then_with(|| a.site.cmp(&b.site)));
    sites
}

/// The tasks of one site, without what is not known of tasks alone.
fn summed(
    site: &'static Site,
    tasks: &[TaskSnapshot],
    now: u64,
    paths: &HashMap<*const Node, Vec<&'static Site>>,
) -> TaskSite {
    let mut ages: Vec<u64> = tasks.iter().map(|task| now.saturating_sub(task.born)).collect();
    ages.sort_unstable();
    let mut waiting: HashMap<Vec<*const Site>, (&[&'static Site], Waiting)> = HashMap::new();
    let own = [site];
    for task in tasks {
        let has = |path: &&Vec<&'static Site>| path.iter().any(|on| std::ptr::eq(*on, site));
        // A node may have been taken for something else since.
        let path = [task.waits, task.node].iter().find_map(|node| paths.get(node).filter(has));
        let path = path.map_or(&own[..], Vec::as_slice);
        let key = path.iter().map(|site| std::ptr::from_ref(*site)).collect();
        let (_, place) = waiting.entry(key).or_insert_with(|| (path, Waiting::default()));
        place.tasks += 1;
        place.held_bytes += task.held;
    }
    let named = |(path, mut place): (&[&'static Site], Waiting)| {
        place.scopes = names(path);
        place
    };
    let mut waiting: Vec<Waiting> = waiting.into_values().map(named).collect();
    waiting.sort_by(|a, b| b.tasks.cmp(&a.tasks).then_with(|| a.scopes.cmp(&b.scopes)));
    let place = site.place();
    let mut report = TaskSite::default();
    report.site = site.full_name();
    place.file.clone_into(&mut report.file);
    report.line = place.line;
    report.column = place.column;
    report.manifest_dir = place.manifest_dir.map(str::to_owned);
    report.live = tasks.len() as u64;
    report.age_min_ns = ages.first().copied().unwrap_or(0);
    report.age_median_ns = ages.get(ages.len() / 2).copied().unwrap_or(0);
    report.age_max_ns = ages.last().copied().unwrap_or(0);
    report.polls = tasks.iter().map(|task| task.polls).sum();
    report.held_bytes = tasks.iter().map(|task| task.held).sum();
    report.future_bytes = tasks.iter().map(|task| u64::from(task.size)).sum();
    report.waiting = waiting;
    report
}
