//! The monitor in a real process: one at a time, so that these tests take turns.

use memopt_monitor::config::{AlertRule, Amount, Watch};
use memopt_monitor::engine::Published;
use memopt_monitor::metric::{Metric, Unit};
use memopt_monitor::series::Key;
use memopt_monitor::source::{Frame, Source, heap, process};
use memopt_monitor::{Builder, Monitor, Snapshot, StartError};
use memopt_runtime::Alloc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOC: Alloc = Alloc::system();

static TURN: Mutex<()> = Mutex::new(());

fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn quick() -> Builder {
    Monitor::builder().interval(Duration::from_millis(20))
}

/// Waits until what is published is as it should be.
fn until(monitor: &Monitor, what: impl Fn(&Published) -> bool) -> Snapshot {
    let began = Instant::now();
    loop {
        match monitor.published() {
            Some(published) if what(&published) => return published,
            published => assert!(began.elapsed() < Duration::from_secs(60), "{published:?}"),
        }
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn it_reads_the_process_and_stops_when_dropped() {
    let _turn = turn();
    let monitor = quick().start().unwrap();
    let resident = Key::new(process::RESIDENT.name);
    let live = Key::new(heap::LIVE.name);
    let held = vec![7_u8; 32 << 20];
    let published = until(&monitor, |now| now.frame.get(&live) >= Some(f64::from(32 << 20)));
    assert!(published.frame.get(&resident).is_some_and(|bytes| bytes > 1e6));
    drop(held);
    until(&monitor, |now| now.frame.get(&live) < Some(f64::from(32 << 20)));
    let history = Arc::clone(monitor.history());
    drop(monitor);
    let last = history.latest(&live);
    thread::sleep(Duration::from_millis(100));
    assert_eq!(history.latest(&live), last);
}

#[test]
fn one_runs_at_a_time() {
    let _turn = turn();
    let monitor = quick().start().unwrap();
    let second = quick().start();
    assert!(matches!(second, Err(StartError::Running)), "{second:?}");
    drop(monitor);
    drop(quick().start().unwrap());
}

#[test]
fn one_that_is_switched_off_does_nothing() {
    let _turn = turn();
    let folder = std::env::temp_dir().join(format!("memopt-off-{}", std::process::id()));
    memopt_runtime::heap::stop();
    let monitor = quick().folder(&folder).set("monitoring.enabled", "false").start().unwrap();
    assert!(!memopt_runtime::heap::is_on());
    assert!(!folder.exists());
    assert!(!monitor.is_running());
    assert!(monitor.published().is_none());
    assert_eq!(monitor.config(), None);
    assert!(monitor.labels().contains_key("instance"));
    // Another one may run beside it, and its end ends the samples.
    let other = quick().start().unwrap();
    drop(monitor);
    assert!(memopt_runtime::heap::is_on());
    drop(other);
    assert!(!memopt_runtime::heap::is_on());
    assert!(quick().start().is_ok());
}

#[test]
fn settings_that_are_wrong_are_told_with_their_place() {
    let _turn = turn();
    let error = quick().set("monitoring.intervall", "1 s").start().unwrap_err();
    assert!(error.to_string().contains("interval"), "{error}");
    drop(quick().start().unwrap());
}

#[test]
fn what_the_monitor_allocates_is_not_counted() {
    let _turn = turn();
    let monitor = quick().start().unwrap();
    until(&monitor, |now| now.frame.at.monotonic_ns > 1_000_000_000);
    let before = memopt_runtime::traffic().total.allocs;
    thread::sleep(Duration::from_secs(1));
    let after = memopt_runtime::traffic().total.allocs;
    drop(monitor);
    // What other tests of this process do is their waiting for a turn.
    assert!(after - before < 200, "{before} and {after}");
}

/// Fails every third time, and always from `u32::MAX` on.
#[derive(Debug)]
struct Broken(u32);

const MADE: Metric = Metric::gauge("made.up", Unit::Count, "A source of a test.");

impl Source for Broken {
    fn name(&self) -> &'static str {
        "broken"
    }

    fn metrics(&self) -> &'static [Metric] {
        &[MADE]
    }

    fn read(&mut self, frame: &mut Frame) {
        self.0 = self.0.saturating_add(1);
        assert!(!self.0.is_multiple_of(3), "the sensor is unplugged");
        frame.add(Key::new(MADE.name), f64::from(self.0));
    }
}

#[test]
fn a_source_that_panics_does_not_end_the_watch() {
    let _turn = turn();
    let monitor = quick().source(Broken(0)).start().unwrap();
    let made = Key::new(MADE.name);
    until(&monitor, |now| now.frame.get(&made) > Some(10.0));
    drop(monitor);
}

#[test]
fn a_source_that_always_panics_is_told_and_the_others_are_read() {
    let _turn = turn();
    let monitor = quick().source(Broken(u32::MAX)).start().unwrap();
    let live = Key::new(heap::LIVE.name);
    let is_told = |now: &Published| now.faults.iter().any(|fault| fault.part == "source broken");
    until(&monitor, |now| is_told(now) && now.frame.get(&live).is_some());
    drop(monitor);
}

#[test]
fn a_fault_of_the_worker_is_shown_and_no_question_ends_it() {
    let _turn = turn();
    let mut builder = Monitor::builder();
    for seldom in ["monitoring.interval", "monitoring.slow_interval", "analysis.interval"] {
        builder = builder.set(seldom, "1 h");
    }
    let monitor = builder.set("monitoring.stale_after", "3 h").start().unwrap();
    until(&monitor, |_| true);
    monitor.let_do(|_| panic!("the worker stumbles"));
    let is_told = |now: &Published| now.faults.iter().any(|fault| fault.part == "worker");
    until(&monitor, is_told);
    assert!(monitor.config().is_some());
    assert_eq!(monitor.ask(move |engine| is_told(&engine.published())), Some(true));
    drop(monitor);
}

#[test]
fn rules_of_the_program_are_told_to_its_function() {
    let _turn = turn();
    let told = Arc::new(Mutex::new(Vec::new()));
    let mut rule = AlertRule::default();
    rule.name = "ManyBytes".to_owned();
    rule.watch = Watch::Value;
    rule.metric = Some(heap::LIVE.name.to_owned());
    rule.above = Some(Amount::bytes(64 << 20));
    let monitor = quick()
        .configure(move |config| {
            config.alerts.rules.push(rule.clone());
            config.alerts.interval = Duration::from_millis(20);
            config.alerts.group_wait = Duration::ZERO;
        })
        .on_alert({
            let told = Arc::clone(&told);
            move |group| told.lock().unwrap().extend(group.alerts.iter().map(|a| a.rule.clone()))
        })
        .start()
        .unwrap();
    let held = vec![1_u8; 65 << 20];
    let began = Instant::now();
    while told.lock().unwrap().is_empty() {
        assert!(began.elapsed() < Duration::from_secs(60), "{:?}", monitor.published());
        thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(told.lock().unwrap()[0], "ManyBytes");
    drop(held);
    drop(monitor);
}

#[test]
fn what_one_run_saw_the_next_one_reads() {
    let _turn = turn();
    let folder = std::env::temp_dir().join(format!("memopt-monitor-{}", std::process::id()));
    // A process that ended may have had the same number.
    let _ = std::fs::remove_dir_all(&folder);
    let live = Key::new(heap::LIVE.name);
    let monitor = quick().folder(&folder).start().unwrap();
    until(&monitor, |now| now.held.series > 3 && now.frame.at.monotonic_ns > 500_000_000);
    let everything = monitor.silence(&[], Duration::from_secs(60), "test", "");
    assert!(everything.is_err(), "{everything:?}");
    let before = monitor.history().series(&live, memopt_monitor::history::Window::All);
    drop(monitor);
    let monitor = quick().folder(&folder).start().unwrap();
    until(&monitor, |now| now.frame.at.monotonic_ns > 100_000_000);
    let after = monitor.history().series(&live, memopt_monitor::history::Window::All);
    let runs: Vec<u32> = after.points().iter().map(|point| point.at.run).collect();
    assert!(runs.first() < runs.last(), "{runs:?}");
    assert!(after.points().len() > before.points().len());
    drop(monitor);
    std::fs::remove_dir_all(folder).unwrap();
}
