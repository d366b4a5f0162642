use super::*;
use crate::clock::{Clock as _, ManualClock, Stamp};
use crate::config::{
    AlertRule, Alerts as Settings, Amount, Inhibition, Labels, Matcher, Severity, Watch,
};
use crate::metric::{Metric, Unit};
use crate::series::{Key, Point, Series};
use State::{Firing, Inactive, Pending, Resolved};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

mod conditions;
mod telling;

const LIVE: Metric = Metric::gauge("heap.live", Unit::Bytes, "Bytes in use.");
const SITE: Metric = Metric::gauge("site.live", Unit::Bytes, "Bytes in use.").by("site");
const ALLOCATED: Metric = Metric::counter("heap.allocated", Unit::Bytes, "Bytes, summed.");

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A program that is made up, and a clock that is turned by hand.
struct World {
    clock: ManualClock,
    alerts: Alerts,
    settings: Settings,
    series: BTreeMap<Key, Vec<Point>>,
    limit: Option<u64>,
    left: Result<Option<Duration>, Unknown>,
    score: f64,
    leaks: Result<Vec<Verdict>, Unknown>,
    asked: RefCell<u32>,
}

fn settings(rules: Vec<AlertRule>) -> Settings {
    Settings {
        default_rules: false,
        interval: seconds(1),
        rules,
        group_wait: seconds(0),
        group_interval: seconds(10),
        repeat_interval: seconds(100),
        absent_after: seconds(20),
        ..Settings::default()
    }
}

/// Above 100 bytes for 3 s; it ends below 80, 2 s later, and is silent for 10 s then.
fn rule() -> AlertRule {
    AlertRule {
        name: "Big".to_owned(),
        metric: Some("heap.live".to_owned()),
        above: Some(Amount::bytes(100)),
        clear: Some(Amount::bytes(80)),
        hold: seconds(3),
        keep_firing_for: seconds(2),
        cooldown: seconds(10),
        ..AlertRule::default()
    }
}

fn start(run: u32, unix_ms: i64) -> Stamp {
    Stamp { run, monotonic_ns: 0, unix_ms }
}

impl World {
    fn new(rules: Vec<AlertRule>) -> Self {
        Self::of(settings(rules))
    }

    fn of(settings: Settings) -> Self {
        Self {
            clock: ManualClock::at(start(0, 1_000_000)),
            alerts: Alerts::new(&settings, seconds(5), Labels::new()),
            settings,
            series: BTreeMap::new(),
            limit: Some(1_000),
            left: Ok(None),
            score: 0.0,
            leaks: Ok(Vec::new()),
            asked: RefCell::new(0),
        }
    }

    fn read(&mut self, key: &Key, value: f64) {
        let at = self.clock.now();
        self.series.entry(key.clone()).or_default().push(Point { at, value });
    }

    fn evaluate(&mut self) -> Vec<Change> {
        let mut alerts = std::mem::replace(
            &mut self.alerts,
            Alerts::new(&self.settings, seconds(5), Labels::new()),
        );
        let changes = alerts.evaluate(self.clock.now(), &*self);
        self.alerts = alerts;
        changes
    }

    /// A second with this value of `heap.live`: what changed.
    fn second(&mut self, value: f64) -> Vec<(State, State)> {
        self.clock.advance(seconds(1));
        self.read(&Key::new("heap.live"), value);
        self.evaluate().iter().map(|change| (change.from, change.to)).collect()
    }

    /// A second in which nothing is read.
    fn without_value(&mut self) -> Vec<(State, State)> {
        self.clock.advance(seconds(1));
        self.evaluate().iter().map(|change| (change.from, change.to)).collect()
    }

    /// A restart after so much time.
    fn restart(&mut self, down: Duration) {
        let saved = self.alerts.save();
        let now = self.clock.now();
        self.clock = ManualClock::at(start(now.run + 1, now.unix_ms + down.as_millis() as i64));
        self.series.clear();
        self.alerts = Alerts::new(&self.settings, seconds(5), Labels::new());
        self.alerts.load(&saved).unwrap();
        assert_eq!(self.alerts.save(), saved);
    }

    fn why(&self) -> String {
        self.alerts.status()[0].explanation.to_string()
    }
}

impl Inputs for World {
    fn metric(&self, name: &str) -> Option<Metric> {
        [LIVE, SITE, ALLOCATED].into_iter().find(|metric| metric.name == name)
    }

    fn keys(&self, metric: &str) -> Vec<Key> {
        self.series.keys().filter(|key| &*key.metric == metric).cloned().collect()
    }

    fn latest(&self, key: &Key) -> Option<Point> {
        *self.asked.borrow_mut() += 1;
        self.series.get(key)?.last().copied()
    }

    fn window(&self, key: &Key, window: Duration) -> Series {
        let now = self.clock.now();
        let points = self.series.get(key).cloned().unwrap_or_default();
        let inside = |point: &Point| now.since(&point.at).is_some_and(|age| age <= window);
        Series::new(points.into_iter().filter(inside).collect())
    }

    fn limit(&self) -> Result<Limit, Unknown> {
        let bytes = self.limit.ok_or(Unknown::because("no cgroup limits it"))?;
        Ok(Limit { bytes, name: "cgroup /app".to_owned(), used: Key::new("heap.live") })
    }

    fn time_to_limit(&self) -> Result<Option<Duration>, Unknown> {
        self.left.clone()
    }

    fn anomaly(&self, _: &Key) -> Result<f64, Unknown> {
        Ok(self.score)
    }

    fn verdicts(&self, _: Watch) -> Result<Vec<Verdict>, Unknown> {
        self.leaks.clone()
    }
}

fn leak(site: &str, score: f64) -> Verdict {
    Verdict {
        label: "site".to_owned(),
        subject: site.to_owned(),
        score,
        detail: "1 KiB a call stays".to_owned(),
    }
}

#[test]
fn one_alert_goes_through_all_states() {
    let mut world = World::new(vec![rule()]);
    let steps: &[(f64, &[(State, State)])] = &[
        (50.0, &[]),
        (100.0, &[]),
        // It begins, and does not hold.
        (101.0, &[(Inactive, Pending)]),
        (120.0, &[]),
        (90.0, &[(Pending, Inactive)]),
        // It begins, and holds for 3 s.
        (120.0, &[(Inactive, Pending)]),
        (120.0, &[]),
        (120.0, &[]),
        (120.0, &[(Pending, Firing)]),
        // Below the limit, and above where it ends.
        (90.0, &[]),
        (81.0, &[]),
        // It would end, and comes again within 2 s.
        (70.0, &[]),
        (70.0, &[]),
        (90.0, &[]),
        (70.0, &[]),
        (70.0, &[]),
        (70.0, &[(Firing, Resolved)]),
        // Silent for 10 s.
        (120.0, &[]),
        (120.0, &[]),
        (120.0, &[]),
        (120.0, &[]),
        (120.0, &[]),
        (120.0, &[]),
        (120.0, &[]),
        (120.0, &[]),
        (120.0, &[]),
        // It held for longer than 3 s meanwhile.
        (120.0, &[(Inactive, Firing)]),
    ];
    for (second, (value, wanted)) in steps.iter().enumerate() {
        assert_eq!(world.second(*value), *wanted, "second {second}, value {value}");
    }
    assert_eq!(world.alerts.history().len(), 6);
}

#[test]
fn each_state_says_why() {
    let mut world = World::new(vec![rule()]);
    assert_eq!(world.why(), "it was not evaluated yet");
    world.evaluate();
    assert_eq!(world.why(), "it cannot fire: `heap.live` was not read yet");
    world.second(50.0);
    assert_eq!(world.why(), "heap.live is 50 B; it fires above 100 B");
    world.second(120.0);
    world.second(120.0);
    assert_eq!(world.why(), "heap.live is 120 B for 1 s of the 3 s that it must hold");
    world.second(120.0);
    world.second(130.0);
    assert_eq!(world.why(), "it fires for 0 s: heap.live is 130 B");
    let status = &world.alerts.status()[0];
    assert_eq!((status.state, status.value), (Firing, Some(130.0)));
    assert_eq!(status.evaluated, Some(world.clock.now()));
    for _ in 0..6 {
        world.without_value();
    }
    let absent = "`heap.live`: the newest value is 6 s old";
    assert_eq!(world.why(), format!("it fires, and nothing new is known: {absent}"));
    world.second(10.0);
    let kept = "its condition ended; it goes on to fire for 2 s more, unless it holds again";
    assert_eq!(world.why(), kept);
    world.second(10.0);
    world.second(10.0);
    world.second(120.0);
    assert!(world.why().starts_with("it fired a short time ago, and is silent for "));
    world.settings.rules[0].enabled = false;
    world.alerts.configure(&world.settings.clone(), seconds(5));
    assert_eq!(world.why(), "it is switched off");
}

#[test]
fn an_absent_value_neither_fires_nor_ends_at_once() {
    let mut world = World::new(vec![rule()]);
    world.second(120.0);
    world.without_value();
    world.without_value();
    world.without_value();
    // The last value is fresh for 5 s, so that it held for 3 s.
    assert_eq!(world.alerts.firing().len(), 1);
    let mut absent = 0;
    while world.without_value().is_empty() {
        absent += 1;
        assert!(absent < 60);
    }
    // 2 s in which the last value was fresh still, and 20 s.
    assert_eq!(absent, 22);
    let last = world.alerts.history().last().unwrap().clone();
    assert_eq!(last.to, Resolved);
    assert!(last.why.ends_with("s old"), "{}", last.why);
}

#[test]
fn a_pending_alert_whose_value_goes_away_ends() {
    let mut world = World::new(vec![AlertRule { hold: seconds(60), ..rule() }]);
    world.second(120.0);
    let mut told = Vec::new();
    for _ in 0..6 {
        told.extend(world.without_value());
    }
    assert_eq!(told, [(Pending, Inactive)]);
}

/// Each state in the middle of which the program ends, and what comes after.
#[test]
fn a_restart_goes_on_in_every_state() {
    // Pending: 2 of 3 s held. The time in which nobody looked does not count.
    let mut world = World::new(vec![rule()]);
    world.second(120.0);
    world.second(120.0);
    world.second(120.0);
    world.restart(seconds(3_600));
    assert_eq!(world.second(120.0), []);
    assert_eq!(world.second(120.0), [(Pending, Firing)]);
    // Firing: it is still, and nobody is told again.
    assert_eq!(world.alerts.notifications().len(), 1);
    world.restart(seconds(30));
    assert_eq!(world.without_value(), []);
    assert_eq!(world.alerts.firing().len(), 1);
    assert_eq!(world.alerts.notifications(), []);
    // Kept firing.
    assert_eq!(world.second(10.0), []);
    world.restart(seconds(30));
    assert_eq!(world.second(10.0), []);
    assert_eq!(world.second(10.0), []);
    assert_eq!(world.second(10.0), [(Firing, Resolved)]);
    // Cooling: time goes on while the program is down.
    world.restart(seconds(4));
    for _ in 0..5 {
        assert_eq!(world.second(120.0), []);
    }
    assert_eq!(world.second(120.0), [(Inactive, Firing)]);
}

#[test]
fn silences_and_acknowledgements_outlive_the_program() {
    let mut world = World::new(vec![AlertRule { hold: seconds(0), ..rule() }]);
    assert_eq!(world.second(120.0), [(Inactive, Firing)]);
    let alert = world.alerts.firing().remove(0);
    assert!(world.alerts.acknowledge(alert.fingerprint, "an operator"));
    assert!(!world.alerts.acknowledge(1, "an operator"));
    let now = world.clock.now();
    let matchers = vec![Matcher::is("alertname", "B*")];
    let id = world.alerts.silence(&now, matchers, seconds(60), "an operator", "a test").unwrap();
    world.restart(seconds(10));
    world.second(120.0);
    assert_eq!(world.alerts.firing()[0].quiet, Some(Quiet::Silenced(id)));
    assert_eq!(world.alerts.firing()[0].fingerprint, alert.fingerprint);
    // The silence ends after 60 s, of which the program was down for some.
    world.restart(seconds(60));
    world.second(120.0);
    let by = Quiet::Acknowledged("an operator".to_owned());
    assert_eq!(world.alerts.firing()[0].quiet, Some(by));
    assert!(world.alerts.silences().is_empty());
    // The next alert is nobody's yet.
    for _ in 0..4 {
        world.second(10.0);
    }
    for _ in 0..12 {
        world.second(120.0);
    }
    assert_eq!(world.alerts.firing()[0].quiet, None);
}

#[test]
fn a_wall_clock_that_jumps_changes_nothing() {
    let mut world = World::new(vec![rule()]);
    for _ in 0..3 {
        world.second(120.0);
        world.clock.step_wall(86_400_000);
    }
    world.clock.step_wall(-10 * 86_400_000);
    assert_eq!(world.second(120.0), [(Pending, Firing)]);
}

#[test]
fn a_stopped_process_holds_no_condition() {
    let mut world = World::new(vec![rule()]);
    world.second(120.0);
    world.clock.advance(seconds(3_600));
    for _ in 0..3 {
        assert_eq!(world.second(120.0), []);
    }
    assert_eq!(world.second(120.0), [(Pending, Firing)]);
}

#[test]
fn who_was_told_before_the_store_opened_is_told_of_the_end() {
    let earlier = World::new(vec![rule()]).alerts.save();
    let mut world = World::new(vec![rule()]);
    (0..6).for_each(|_| drop(world.second(120.0)));
    let now = world.clock.now();
    world.alerts.load_late(&earlier, &now).unwrap();
    assert_eq!(world.alerts.firing().len(), 1);
    let after: Vec<_> = (0..6).flat_map(|_| world.second(10.0)).collect();
    assert_eq!(after, [(Firing, Resolved)]);
    // Where none fires, what fired in an earlier run goes on.
    let mut world = World::new(vec![rule()]);
    (0..6).for_each(|_| drop(world.second(120.0)));
    let firing = world.alerts.save();
    let mut later = World::new(vec![rule()]);
    later.second(120.0);
    let now = later.clock.now();
    later.alerts.load_late(&firing, &now).unwrap();
    assert_eq!(later.alerts.firing().len(), 1);
}

#[test]
fn what_is_no_saved_state_changes_nothing() {
    let mut world = World::new(vec![rule()]);
    world.second(120.0);
    let saved = world.alerts.save();
    let told = |alerts: &mut Alerts, bytes: &[u8]| alerts.load(bytes).unwrap_err().to_string();
    assert!(told(&mut world.alerts, b"MO").ends_with("they are cut off"));
    assert!(told(&mut world.alerts, b"hello, world").ends_with("they are something else"));
    assert!(told(&mut world.alerts, b"MOAL\x09..").ends_with("their version 9 is not known here"));
    assert!(world.alerts.load(&saved[..saved.len() - 3]).is_err());
    assert_eq!(world.alerts.save(), saved);
}

#[test]
fn a_changed_rule_begins_anew_and_a_removed_one_ends() {
    let mut world =
        World::new(vec![rule(), AlertRule { name: "Gone".to_owned(), hold: seconds(0), ..rule() }]);
    assert_eq!(world.second(120.0).len(), 2);
    let changed = AlertRule { above: Some(Amount::bytes(110)), ..rule() };
    world.settings = settings(vec![changed]);
    world.alerts.configure(&world.settings.clone(), seconds(5));
    assert_eq!(world.second(120.0), [(Firing, Resolved), (Inactive, Pending)]);
    let why = world.alerts.history().find(|change| change.to == Resolved).unwrap().why.clone();
    assert_eq!(why, "its rule was removed or switched off");
}

#[test]
fn times_that_never_end_are_waited_for() {
    let ever = Duration::MAX;
    let brief = AlertRule { hold: seconds(0), keep_firing_for: seconds(0), ..rule() };
    let rules = vec![
        AlertRule { name: "Cools".to_owned(), cooldown: ever, ..brief.clone() },
        AlertRule { name: "Stays".to_owned(), keep_firing_for: ever, ..brief.clone() },
        AlertRule { name: "Waits".to_owned(), hold: ever, ..brief },
    ];
    let mut world = World::of(Settings {
        interval: ever,
        absent_after: ever,
        group_interval: ever,
        repeat_interval: ever,
        ..settings(rules)
    });
    assert_eq!(world.second(120.0), [(Inactive, Firing), (Inactive, Firing), (Inactive, Pending)]);
    assert_eq!(world.second(10.0), [(Firing, Resolved), (Pending, Inactive)]);
    assert_eq!(world.second(120.0), [(Inactive, Pending)]);
    assert_eq!(world.second(10.0), [(Pending, Inactive)]);
    let names: Vec<String> = world.alerts.firing().into_iter().map(|alert| alert.rule).collect();
    assert_eq!(names, ["Stays"]);
    let status = world.alerts.status();
    let why = |at: usize| status[at].explanation.to_string();
    assert!(why(1).starts_with("its condition ended; it goes on to fire for"), "{}", why(1));
    let now = world.clock.now();
    let all = vec![Matcher::is("alertname", "*")];
    world.alerts.silence(&now, all, ever, "an operator", "").unwrap();
    world.second(10.0);
    assert_eq!(world.alerts.silences().len(), 1);
}
