use super::*;
use crate::alerts::State;
use crate::clock::ManualClock;
use crate::config::{ActionConfig, AlertRule, Amount, CollectionRule, Layers, Severity, Watch};
use crate::history::Window;
use crate::metric::Unit;
use crate::profiles::Kind;
use crate::series::Key;
use crate::source::{cgroup, heap, process};
use memopt_report::{
    Action, CallPath, Concurrency, Estimate, HeapReport, ReclaimableReport, Remedy, Report, Status,
};
use memopt_runtime::optimizer::Mode;
use memopt_runtime::remedy::Pressure;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

mod acts;
mod faults;
mod judged;
mod lasting;
mod pacing;
mod profiled;

const MIB: f64 = (1 << 20) as f64;

/// What the made-up machine shows, by metric.
type Shown = Arc<Mutex<HashMap<&'static str, f64>>>;

#[derive(Debug)]
struct Machine(Shown);

const METRICS: &[Metric] = &[process::RESIDENT, process::THREADS, cgroup::LIMIT];
const _: Unit = process::RESIDENT.unit;

impl Source for Machine {
    fn name(&self) -> &'static str {
        "machine"
    }

    fn metrics(&self) -> &'static [Metric] {
        METRICS
    }

    fn read(&mut self, frame: &mut Frame) {
        for (name, value) in self.0.lock().unwrap().iter() {
            frame.add(Key::new(*name), *value);
        }
    }
}

/// A program with one site, `hoard`, that holds so many bytes.
#[derive(Clone, Debug, Default)]
struct Made {
    held: Arc<AtomicU64>,
    cpu_ns: Arc<AtomicU64>,
    sampling: Arc<AtomicU64>,
    /// What the optimizer was let do, and what it does when it may apply something.
    optimized: Arc<Mutex<Vec<(Mode, usize)>>>,
    does: Arc<Mutex<Vec<Action>>>,
    log: Arc<Mutex<Vec<Action>>>,
    /// What its pool holds, and whether that goes by halves.
    pool: Arc<AtomicU64>,
    is_whole: Arc<AtomicBool>,
    own_bytes: Arc<AtomicU64>,
}

impl Program for Made {
    fn report(&self) -> Report {
        Report::empty(Status::Counting)
    }

    fn holders(&self) -> Vec<ReclaimableReport> {
        let mut pool = ReclaimableReport::new("pool", Remedy::Pool);
        pool.idle_bytes = self.pool.load(Relaxed);
        vec![pool]
    }

    fn heap(&self) -> Option<HeapReport> {
        let live = Estimate::exact(self.held.load(Relaxed) / 1_000, self.held.load(Relaxed));
        Some(HeapReport::new(vec![CallPath::new(vec!["hoard".into()], live, live)]))
    }

    fn own_cpu(&self) -> Duration {
        Duration::from_nanos(self.cpu_ns.load(Relaxed))
    }

    fn own_bytes(&self) -> u64 {
        self.own_bytes.load(Relaxed)
    }

    fn sample(&self, mean_bytes: u64) -> Result<(), String> {
        if mean_bytes == 0 {
            return Err("0 bytes between two samples would sample every block".to_owned());
        }
        // Every block is another thing, without stacks.
        self.sampling.store(mean_bytes.max(2), Relaxed);
        Ok(())
    }

    fn stop_sampling(&self) {
        self.sampling.store(0, Relaxed);
    }

    fn activity(&self) -> Concurrency {
        Concurrency::empty(Status::Counting)
    }

    fn follow(&self) -> Result<(), String> {
        self.sampling.store(1, Relaxed);
        Ok(())
    }

    fn reclaim(&self, _pressure: Pressure) -> String {
        let held = self.held.swap(0, Relaxed);
        format!("let go {held} B")
    }

    fn trim(&self, holder: &str) -> Option<u64> {
        (holder == "pool").then(|| self.pool.swap(0, Relaxed))
    }

    fn trim_half(&self, holder: &str) -> Option<u64> {
        let half = if self.is_whole.load(Relaxed) { 0 } else { self.pool.load(Relaxed) / 2 };
        (holder == "pool").then(|| {
            self.pool.fetch_sub(half, Relaxed);
            half
        })
    }

    fn optimize(&self, mode: Mode, sites: usize, _: f64, _: &Report) -> Vec<Action> {
        self.optimized.lock().unwrap().push((mode, sites));
        let mut does = self.does.lock().unwrap();
        if mode == Mode::Apply { std::mem::take(&mut *does) } else { Vec::new() }
    }

    fn optimizer_log(&self) -> Vec<Action> {
        self.log.lock().unwrap().clone()
    }

    fn revert(&self, _site: &str) -> bool {
        false
    }
}

struct Test {
    clock: Arc<ManualClock>,
    shown: Shown,
    program: Made,
    engine: Engine,
}

/// Functions of the program, by name.
type Calls = HashMap<String, Callback>;

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(Stamp { run: 1, monotonic_ns: 0, unix_ms: 0 }))
}

impl Test {
    fn new(layers: Layers) -> Self {
        Self::with(layers, clock(), Vec::new(), Calls::new())
    }

    /// With these sources before the machine.
    fn with(
        layers: Layers,
        clock: Arc<ManualClock>,
        mut sources: Vec<Box<dyn Source>>,
        callbacks: Calls,
    ) -> Self {
        let (shown, program) = (Shown::default(), Made::default());
        let settings = Watched::new(layers).unwrap();
        let history = History::open(&Engine::history_options(settings.config()));
        clock.set(Stamp { run: history.run().max(1), ..clock.now() });
        sources.push(Box::new(Machine(Arc::clone(&shown))));
        let engine = Engine::new(Parts {
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            settings,
            sources,
            program: Box::new(program.clone()),
            history: Arc::new(history),
            outbox: Outbox::new(),
            callbacks,
        });
        Self { clock, shown, program, engine }
    }

    fn show(&self, metric: Metric, value: f64) {
        self.shown.lock().unwrap().insert(metric.name, value);
    }

    /// Ticks for so many seconds; the changes of alerts.
    fn run(&mut self, seconds: u64) -> Vec<Change> {
        let mut changes = Vec::new();
        for _ in 0..seconds {
            changes.extend(self.engine.tick().unwrap_or_default().changes);
            self.clock.advance(Duration::from_secs(1));
        }
        changes
    }
}

fn quick() -> Layers {
    Layers::new()
        .set("analysis.interval", "5 s")
        .set("analysis.warm_up", "10 s")
        .set("analysis.window", "10 min")
}

#[test]
fn what_is_read_is_kept_and_shown() {
    let mut test = Test::new(Layers::new());
    test.show(process::RESIDENT, 5.0 * MIB);
    test.run(10);
    let key = Key::new(process::RESIDENT.name);
    assert_eq!(test.engine.history.series(&key, Window::All).points().len(), 10);
    let published = test.engine.published();
    assert_eq!(published.frame.get(&key), Some(5.0 * MIB));
    assert_eq!(published.at.monotonic_ns, 9_000_000_000);
    assert_eq!(published.frame.get(&Key::new(own::LEVEL.name)), Some(0.0));
    assert_eq!(test.program.sampling.load(Relaxed), 512 << 10);
}

#[test]
fn memory_near_the_limit_is_told_and_ends() {
    let mut test = Test::new(Layers::new());
    test.show(cgroup::LIMIT, 100.0 * MIB);
    test.show(cgroup::WORKING_SET, 50.0 * MIB);
    assert_eq!(test.run(120), []);
    test.show(cgroup::WORKING_SET, 97.0 * MIB);
    let changes = test.run(60);
    let fired = |change: &&Change| change.to == State::Firing;
    let told: Vec<&str> = changes.iter().filter(fired).map(|change| &*change.alert.rule).collect();
    assert_eq!(told, ["MemoryAtLimit"]);
    test.show(cgroup::WORKING_SET, 50.0 * MIB);
    let changes = test.run(60);
    assert!(changes.iter().any(|change| change.to == State::Resolved), "{changes:?}");
}

#[test]
fn without_any_limit_the_rule_says_so() {
    let mut test = Test::new(Layers::new());
    test.show(process::RESIDENT, MIB);
    test.run(2);
    let rules = test.engine.published().rules;
    let rule = rules.iter().find(|rule| rule.name == "MemoryAtLimit").unwrap();
    let why = rule.explanation.to_string();
    assert!(why.contains("neither a limit nor the machine's memory is known"), "{why}");
}

#[test]
fn a_site_that_leaks_is_told_after_the_warm_up() {
    let mut test = Test::new(quick());
    let mut changes = Vec::new();
    for second in 0..240 {
        test.program.held.store((1 + second) << 20, Relaxed);
        test.show(process::RESIDENT, (20 + second) as f64 * MIB);
        changes.extend(test.run(1));
    }
    let leak = changes.iter().find(|change| change.to == State::Firing).unwrap();
    assert_eq!(leak.alert.rule, "MemoryLeak");
    assert_eq!(leak.alert.labels.get("site").map(String::as_str), Some("hoard"));
    let found = &test.engine.judge.found;
    let resident = &found.courses[0];
    assert!(matches!(resident.leak.verdict, crate::analysis::leak::Verdict::Leaking));
}

#[test]
fn a_healthy_program_is_left_in_peace() {
    let mut test = Test::new(quick());
    test.show(cgroup::LIMIT, 1000.0 * MIB);
    let mut changes = Vec::new();
    for second in 0..600_u64 {
        // Fills its caches, then saws.
        let held = (second * 2).min(40) + second % 7;
        test.program.held.store(held << 20, Relaxed);
        test.show(process::RESIDENT, (30 + held) as f64 * MIB);
        test.show(cgroup::WORKING_SET, (30 + held) as f64 * MIB);
        test.show(process::THREADS, 8.0);
        changes.extend(test.run(1));
    }
    assert_eq!(changes, []);
}

#[test]
fn threads_that_never_end_are_told() {
    let mut test = Test::new(quick());
    let mut changes = Vec::new();
    for second in 0..600_u64 {
        test.show(process::THREADS, (8 + second / 2) as f64);
        changes.extend(test.run(1));
    }
    let fired: Vec<&Change> = changes.iter().filter(|change| change.to == State::Firing).collect();
    assert_eq!(fired[0].alert.rule, "ThreadsOrTasksGrow");
}

#[test]
fn what_is_replaced_again_and_again_is_churn_and_a_count_that_grows_has_its_shape() {
    let mut test = Test::new(quick());
    for second in 0..300_u32 {
        test.show(heap::LIVE, f64::from(50 + second % 3) * MIB);
        test.show(heap::ALLOCATED, f64::from(second) * 100.0 * MIB);
        test.show(process::THREADS, f64::from(8 + second / 10));
        test.run(1);
    }
    let shapes = |metric: Metric| {
        let found = &test.engine.judge.found;
        let course = found.courses.iter().find(|course| *course.key.metric == *metric.name);
        course.unwrap().patterns.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let live = shapes(heap::LIVE);
    // 51 MiB are held and 100 allocated in a second.
    let churn = "churn: all that is held is replaced every 510 ms, and what is held stays";
    assert!(live.iter().any(|shape| shape == churn), "{live:?}");
    let threads = shapes(process::THREADS);
    assert!(threads[0].starts_with("the count goes up and not down: "), "{threads:?}");
}

#[test]
fn a_rule_of_the_user_reads_any_metric() {
    let rule = AlertRule {
        name: "ManyThreads".to_owned(),
        watch: Watch::Value,
        metric: Some(process::THREADS.name.to_owned()),
        above: Some(Amount::number(100.0)),
        severity: Severity::Warning,
        ..AlertRule::default()
    };
    let mut test =
        Test::new(Layers::new().with(move |config| config.alerts.rules.push(rule.clone())));
    test.show(process::THREADS, 101.0);
    let changes = test.run(3);
    assert!(changes.iter().any(|change| change.alert.rule == "ManyThreads"), "{changes:?}");
}

#[test]
fn a_pause_is_counted_and_no_spike() {
    let mut test = Test::new(Layers::new());
    test.run(5);
    test.clock.advance(Duration::from_secs(600));
    let happened = test.engine.tick().unwrap();
    assert_eq!(happened.missed, 600);
    assert_eq!(happened.changes, []);
    assert_eq!(test.engine.published().frame.get(&Key::new(own::MISSED.name)), Some(600.0));
}

#[test]
fn what_is_dear_is_done_less_often() {
    let mut test = Test::new(Layers::new());
    for _ in 0..120 {
        test.program.cpu_ns.fetch_add(30_000_000, Relaxed);
        test.run(1);
    }
    let cost = test.engine.published().cost;
    assert!(cost.level >= 1, "{cost:?}");
    assert!(test.program.sampling.load(Relaxed) >= 1 << 20);
    assert!(test.engine.wait() > Duration::from_secs(1));
}

#[test]
fn history_gives_way_where_others_need_the_memory() {
    let mut test = Test::new(Layers::new());
    // History may take 8 MiB, and all of memopt 32.
    let mib = |engine: &Engine, others: u64| engine.room(others << 20) >> 20;
    assert_eq!([0, 24, 27, 40].map(|others| mib(&test.engine, others)), [8, 8, 5, 2]);
    test.show(process::RESIDENT, MIB);
    test.run(2);
    let held = test.engine.history.held().memory_bytes as u64;
    assert_eq!(test.engine.published().cost.own_bytes, held, "nobody counts");
    test.program.own_bytes.store(40 << 20, Relaxed);
    test.run(1);
    let cost = test.engine.published().cost;
    assert_eq!((cost.own_bytes, cost.level), (40 << 20, 0));
}

#[test]
fn a_source_that_is_not_wanted_is_not_read() {
    let mut test =
        Test::new(Layers::new().with(|config| config.monitoring.without = vec!["machine".into()]));
    test.show(process::RESIDENT, MIB);
    test.run(2);
    let key = Key::new(process::RESIDENT.name);
    assert_eq!(test.engine.published().frame.get(&key), None);
}

#[test]
fn paused_it_reads_and_samples_nothing_until_it_goes_on() {
    let mut test = Test::new(Layers::new());
    test.show(process::RESIDENT, MIB);
    test.run(5);
    test.engine.pause(true);
    assert_eq!(test.program.sampling.load(Relaxed), 0);
    test.run(60);
    let key = Key::new(process::RESIDENT.name);
    let points = |test: &Test| test.engine.history.series(&key, Window::All).points().len();
    assert_eq!(points(&test), 5);
    test.engine.pause(false);
    assert_eq!(test.program.sampling.load(Relaxed), 512 << 10);
    test.run(5);
    assert_eq!(points(&test), 10);
    // Nobody missed what was not wanted.
    assert_eq!(test.engine.published().frame.get(&Key::new(own::MISSED.name)), Some(0.0));
}

#[test]
fn pressure_follows_the_share_of_the_limit() {
    let mut test = Test::new(Layers::new());
    test.show(cgroup::LIMIT, 100.0 * MIB);
    for (used, pressure) in [
        (50.0, Pressure::None),
        (72.0, Pressure::Low),
        (86.0, Pressure::Medium),
        (96.0, Pressure::Critical),
    ] {
        test.show(cgroup::WORKING_SET, used * MIB);
        test.run(1);
        assert_eq!(test.engine.published().pressure, pressure, "{used}");
    }
}

#[test]
fn every_block_is_followed_where_the_settings_say_so() {
    let mut test = Test::new(Layers::new().set("profiling.heap", "exact"));
    test.run(2);
    assert_eq!(test.program.sampling.load(Relaxed), 1);
}
