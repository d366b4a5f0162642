//! A day of the whole engine at full rate, on a made-up machine whose clock is turned by hand:
//! sources, history with its store, analysis, alerts, rules and their files.
//!
//! `cargo test -p memopt-monitor --release --test whole_day -- --ignored --nocapture`

mod machine;
mod program;

use machine::{Heap, LIMIT, MIB, Machine, Noise, Shown};
use memopt_monitor::alerts::sink::{Callback, Delivery, Outbox};
use memopt_monitor::alerts::{Change, State};
use memopt_monitor::clock::{Clock, ManualClock, Stamp};
use memopt_monitor::config::{Layers, Watched};
use memopt_monitor::engine::{Engine, Parts};
use memopt_monitor::history::{Health, History, Tier, Window};
use memopt_monitor::series::Key;
use memopt_monitor::source::{Root, Source, cgroup, host, pressure, process};
use program::Shop;
use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Counts the bytes in use of this process, all of which are the engine's and the machine's.
struct Counting;

static LIVE: AtomicI64 = AtomicI64::new(0);

// SAFETY: all of it is the system's allocator, with a count beside.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(layout.size() as i64, SeqCst);
        // SAFETY: the caller's word.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size() as i64, SeqCst);
        // SAFETY: the caller's word.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOC: Counting = Counting;

const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;

/// What happens when, seconds since the start.
const LEAK: u64 = 10 * 60;
const SPIKE: std::ops::Range<u64> = 6 * HOUR..6 * HOUR + 180;
const THREADS: std::ops::Range<u64> = 8 * HOUR..12 * HOUR;
const SUSPENDED: u64 = 13 * HOUR;
const SUSPENDED_FOR: u64 = 600;
const CLOCK: [(u64, i64); 3] =
    [(15 * HOUR, -3_600_000), (16 * HOUR, 7_200_000), (17 * HOUR, -3_600_000)];
const GROUP_GONE: std::ops::Range<u64> = 18 * HOUR..18 * HOUR + 600;
const SETTINGS_BROKEN: std::ops::Range<u64> = 20 * HOUR..20 * HOUR + 900;
const COUNTERS_RESET: u64 = 22 * HOUR;

fn settings(folder: &Path) -> String {
    format!(
        "[storage]\npath = \"{}\"\n\n[rules]\nchange_mode = \"auto\"\n\n\
         [[rules.rules]]\nname = \"mend\"\non_alert = \"MemoryLeak\"\n\n\
         [[rules.rules.actions]]\ndo = \"heap-profile\"\n\n\
         [[rules.rules.actions]]\ndo = \"bundle\"\n\n\
         [[rules.rules.actions]]\ndo = \"reclaim\"\n",
        folder.join("history.redb").display()
    )
}

struct Day {
    folder: PathBuf,
    clock: Arc<ManualClock>,
    machine: Machine,
    shown: Arc<Mutex<Shown>>,
    shop: Shop,
    engine: Engine,
    history: Arc<History>,
    told: Arc<AtomicU64>,
    noise: Noise,
}

impl Day {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("memopt-whole-day-{}", std::process::id()));
        let machine = Machine::new(&folder.join("machine"));
        fs::write(folder.join("memopt.toml"), settings(&folder)).expect("settings are written");
        let begin = Stamp { run: 0, monotonic_ns: 0, unix_ms: 1_800_000_000_000 };
        let clock = Arc::new(ManualClock::at(begin));
        let settings = Watched::new(Layers::new().file(folder.join("memopt.toml")));
        let settings = settings.expect("the settings are right");
        let history = Arc::new(History::unopened(&Engine::history_options(settings.config())));
        let root = || Root::made_up(folder.join("machine"));
        let (shown, shop) = (Arc::new(Mutex::new(Shown::default())), Shop::default());
        let slow = settings.config().monitoring.slow_interval;
        let sources: Vec<Box<dyn Source>> = vec![
            Box::new(process::Process::new(root(), slow)),
            Box::new(cgroup::Cgroup::new(root())),
            Box::new(host::Host::new(root())),
            Box::new(pressure::Pressure::new(root())),
            Box::new(Heap::new(Arc::clone(&shown))),
        ];
        let (mut outbox, told) = (Outbox::new(), Arc::new(AtomicU64::new(0)));
        let count = Arc::clone(&told);
        let sink = Callback::new("count", move |_| {
            count.fetch_add(1, SeqCst);
        });
        outbox.add(Box::new(sink), Delivery::default());
        let mut engine = Engine::new(Parts {
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            settings,
            sources,
            program: Box::new(shop.clone()),
            history: Arc::clone(&history),
            outbox,
            callbacks: HashMap::new(),
        });
        engine.open_store();
        let noise = Noise(1);
        Self { folder, clock, machine, shown, shop, engine, history, told, noise }
    }

    /// What the machine shows in this second, and what happens in it.
    fn second(&mut self, second: u64) {
        let held = &self.shop.0;
        // Caches fill in three minutes; then a day that begins at its height, and a saw.
        let base = 600 * MIB * (second + 30).min(180) / 180;
        let wave = (std::f64::consts::TAU * second as f64 / DAY as f64).cos();
        let wave = ((1.0 + wave) * 60.0 * MIB as f64) as u64;
        let saw = second % 300 * MIB / 40;
        held.cache.store(base / 2 + wave + saw, SeqCst);
        if second >= LEAK && held.reclaimed.load(SeqCst) == 0 {
            held.hoard.fetch_add(MIB / 20, SeqCst);
        }
        let mut live = base + wave + saw + held.hoard.load(SeqCst);
        if SPIKE.contains(&second) {
            live = LIMIT - 60 * MIB;
        }
        let mut shown = self.shown.lock().expect("nobody panicked");
        shown.live = live + self.noise.below(2 * MIB);
        shown.resident = shown.live + 30 * MIB;
        shown.allocated += self.noise.below(50 * MIB);
        if second == COUNTERS_RESET {
            shown.allocated = 0;
        }
        shown.cpu += self.noise.below(60);
        shown.tasks = 20 + self.noise.below(8);
        shown.threads = 24 + self.noise.below(2);
        if THREADS.contains(&second) {
            shown.threads += (second - THREADS.start) / 20;
        }
        self.machine.show(&shown);
        if let Some((_, step)) = CLOCK.iter().find(|(at, _)| *at == second) {
            self.clock.step_wall(*step);
        }
        let file = self.folder.join("memopt.toml");
        match second {
            _ if second == GROUP_GONE.start => self.machine.remove_group(),
            _ if second == GROUP_GONE.end => self.machine.make_group(),
            _ if second == SETTINGS_BROKEN.start => fs::write(file, "[storag").expect("written"),
            _ if second == SETTINGS_BROKEN.end => {
                fs::write(file, settings(&self.folder)).expect("written");
            }
            _ => {}
        }
    }
}

/// Resident bytes of this process.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("it is there");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.expect("it has a number") * 1024
}

fn most<T: Copy + Ord>(values: &[T]) -> T {
    *values.iter().max().expect("there are some")
}

#[test]
#[ignore = "a day"]
fn a_day_of_everything_is_told_right_and_flat_in_memory() {
    let began = Instant::now();
    let mut day = Day::new();
    let (mut live, mut history, mut rss) = (Vec::new(), Vec::new(), Vec::new());
    let mut changes: Vec<(u64, Change)> = Vec::new();
    let (mut readings, mut missed) = (0, 0);
    let mut second = 0;
    while second < DAY {
        if second == SUSPENDED {
            second += SUSPENDED_FOR;
            day.clock.advance(Duration::from_secs(SUSPENDED_FOR));
        }
        day.second(second);
        let happened = day.engine.tick().expect("a reading is due every second");
        readings += 1;
        missed += happened.missed;
        changes.extend(happened.changes.into_iter().map(|change| (second, change)));
        if second.is_multiple_of(600) {
            // The history fills its share of the memory budget, in more than a day.
            let kept = day.history.held().memory_bytes;
            history.push(kept);
            live.push(LIVE.load(SeqCst) - kept as i64);
            rss.push(resident());
        }
        day.clock.advance(Duration::from_secs(1));
        second += 1;
    }
    let took = began.elapsed();
    let mut told = Vec::new();
    let mut alerts = Vec::new();
    for (second, Change { alert, to, .. }) in &changes {
        match to {
            State::Firing if alert.quiet.is_none() => told.push(alert.fingerprint),
            State::Resolved if told.contains(&alert.fingerprint) => {}
            _ => continue,
        }
        println!("{:5.2} h {} {to}", *second as f64 / HOUR as f64, alert.rule);
        alerts.push(format!("{} {to}", alert.rule));
    }
    let mib = |bytes: u64| bytes as f64 / MIB as f64;
    let (first, second) = rss.split_at(rss.len() / 2);
    let (live_first, live_second) = live.split_at(live.len() / 2);
    let state = day.history.state();
    println!(
        "{readings} readings of {} series, {:.0} µs each in the mean; resident at most {:.1} MiB \
         in the first half, {:.1} in the second; in use {:.1}, {:.1} beside a history of {:.1}; \
         store {:.1} MiB",
        day.history.held().series,
        took.as_secs_f64() * 1e6 / readings as f64,
        mib(most(first)),
        mib(most(second)),
        mib(most(live_first) as u64),
        mib(most(live_second) as u64),
        mib(most(&history) as u64),
        mib(state.file_bytes),
    );
    assert_eq!(
        alerts,
        [
            "MemoryLeak firing",
            "MemoryLeak resolved",
            "MemoryAtLimit firing",
            "MemoryAtLimit resolved",
            "ThreadsOrTasksGrow firing",
            "ThreadsOrTasksGrow resolved",
            "MonitorUnhealthy firing",
            "MonitorUnhealthy resolved",
        ]
    );
    assert!(day.told.load(SeqCst) >= 4, "the program's own function was called");
    let published = day.engine.published();
    assert_eq!(published.faults, []);
    let runs: Vec<String> = published
        .runs
        .iter()
        .map(|run| format!("{}: {}", run.rule, run.ending.as_ref().expect("it ended")))
        .collect();
    assert_eq!(runs, ["mend: all actions were taken"]);
    assert_eq!(published.runs[0].actions.len(), 3);
    assert!(day.shop.0.reclaimed.load(SeqCst) > 0);
    assert_eq!((readings, missed), (DAY - SUSPENDED_FOR, SUSPENDED_FOR));
    // Nothing is lost, and nothing but the leak's and the day's own growth is kept.
    let key = Key::new(process::RESIDENT.name);
    let minutes = day.history.summaries(&key, Window::All, Tier::Minute);
    assert_eq!(minutes.iter().map(|minute| minute.count).sum::<u64>(), readings);
    assert_eq!((state.health, state.failures, day.history.held().let_go), (Health::Stored, 0, 0));
    assert!(state.file_bytes <= 60 * MIB, "{state:?}");
    let slack = 3 * MIB;
    assert!(most(second) <= most(first) + slack, "resident: {rss:?}");
    assert!(most(&history) as u64 <= 16 * MIB, "history: {history:?}");
    assert!(most(live_second) <= most(live_first) + (MIB / 2) as i64, "in use: {live:?}");
    let Day { folder, engine, .. } = day;
    engine.stop(Duration::from_secs(5));
    fs::remove_dir_all(folder).expect("it is there");
}
