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
fn each_value_of_a_label_is_an_alert_and_the_worst_come_first() {
    let site = AlertRule {
        metric: Some("site.live".to_owned()),
        label: "parse*".to_owned(),
        hold: seconds(0),
        ..rule()
    };
    let mut world = World::of(Settings { alerts_per_rule: 2, ..settings(vec![site]) });
    for (name, value) in [("parse_a", 150.0), ("parse_b", 300.0), ("parse_c", 200.0), ("x", 900.0)]
    {
        world.read(&Key::new("site.live").of("site", name), value);
    }
    let changes = world.evaluate();
    let fired: Vec<&str> =
        changes.iter().map(|change| change.alert.labels["site"].as_str()).collect();
    assert_eq!(fired, ["parse_b", "parse_c"]);
    assert_eq!(world.alerts.status()[0].left_out, 1);
    assert_eq!(
        changes[0].to_string(),
        "Big (site parse_b): inactive → firing: site.live{site=\"parse_b\"} is 300 B"
    );
}

#[test]
fn a_share_names_its_whole() {
    let share = AlertRule {
        watch: Watch::Share,
        metric: None,
        above: Some(Amount::share(0.9)),
        clear: None,
        hold: seconds(0),
        ..rule()
    };
    let mut world = World::new(vec![share]);
    assert_eq!(world.second(900.0), []);
    assert_eq!(world.why(), "heap.live is 90 % of the 1000 B of cgroup /app; it fires above 90 %");
    assert_eq!(world.second(931.0), [(Inactive, Firing)]);
    let mut world = World::new(vec![AlertRule {
        above: Some(Amount::share(0.9)),
        ..world.settings.rules[0].clone()
    }]);
    world.limit = None;
    world.second(931.0);
    assert_eq!(world.why(), "it cannot fire: no memory limit is known: no cgroup limits it");
}

#[test]
fn a_rate_is_no_spike_after_a_reset() {
    let rate = AlertRule {
        watch: Watch::Rate,
        metric: Some("heap.allocated".to_owned()),
        above: Some(Amount::bytes(50).a_second()),
        clear: None,
        window: seconds(4),
        hold: seconds(0),
        ..rule()
    };
    let mut world = World::new(vec![rate]);
    let key = Key::new("heap.allocated");
    let mut told = Vec::new();
    for value in [9_000.0, 9_010.0, 9_020.0, 5.0, 15.0, 25.0, 35.0] {
        world.clock.advance(seconds(1));
        world.read(&key, value);
        told.extend(world.evaluate());
    }
    assert_eq!(told, []);
    assert_eq!(world.why(), "heap.allocated changes by 10 B/s; it fires above 50 B/s");
    for value in [135.0, 235.0, 335.0] {
        world.clock.advance(seconds(1));
        world.read(&key, value);
        told.extend(world.evaluate());
    }
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].why, "heap.allocated changes by 55 B/s");
}

#[test]
fn a_rate_needs_half_its_window() {
    let rate = AlertRule {
        watch: Watch::Rate,
        above: Some(Amount::bytes(1).a_second()),
        clear: None,
        window: seconds(60),
        ..rule()
    };
    let mut world = World::new(vec![rate]);
    world.second(1.0);
    world.second(1_000.0);
    assert_eq!(
        world.why(),
        "it cannot fire: `heap.live`: only 1 s of the 60 s that its rate is taken over were read"
    );
}

#[test]
fn forecasts_anomalies_and_leaks_fire() {
    let plain = AlertRule {
        metric: None,
        above: None,
        clear: None,
        hold: seconds(0),
        keep_firing_for: seconds(0),
        cooldown: seconds(0),
        ..rule()
    };
    let exhaustion = AlertRule {
        name: "Soon".to_owned(),
        watch: Watch::Exhaustion,
        below: Some(Amount::time(seconds(3_600))),
        ..plain.clone()
    };
    let anomaly = AlertRule {
        name: "Odd".to_owned(),
        watch: Watch::Anomaly,
        metric: Some("heap.live".to_owned()),
        ..plain.clone()
    };
    let leaks = AlertRule { name: "Leak".to_owned(), watch: Watch::Leak, ..plain };
    let mut world = World::new(vec![exhaustion, anomaly, leaks]);
    assert_eq!(world.second(1.0), []);
    let why: Vec<String> =
        world.alerts.status().iter().map(|status| status.explanation.to_string()).collect();
    assert_eq!(
        why,
        [
            "memory does not reach the 1000 B of cgroup /app as far as is foreseen; it fires \
             below 1 h",
            "the anomaly score of heap.live is 0 %; it fires above 50 %",
            "nothing of its kind is wrong",
        ]
    );
    world.left = Ok(Some(seconds(1_800)));
    world.score = 0.75;
    world.leaks = Ok(vec![leak("parse", 0.9), leak("render", 0.95)]);
    assert_eq!(world.second(1.0), [(Inactive, Firing); 4]);
    let alerts = world.alerts.firing();
    let shown = |name: &str| {
        let alert = alerts.iter().find(|alert| {
            alert.labels.get("site").map_or("", |site| site) == name || alert.rule == name
        });
        alert.unwrap().annotations["value"].clone()
    };
    assert_eq!(shown("Soon"), "memory reaches the 1000 B of cgroup /app in 30 min");
    assert_eq!(shown("parse"), "site parse: 1 KiB a call stays");
    // One leak is mended, then nothing is known of leaks.
    world.leaks = Ok(vec![leak("parse", 0.9)]);
    assert_eq!(world.second(1.0), [(Firing, Resolved)]);
    world.leaks = Err(Unknown::because("stacks are not taken"));
    world.left = Err(Unknown::because("too few values"));
    assert_eq!(world.second(1.0), []);
    let why = world.alerts.status()[2].explanation.to_string();
    assert_eq!(why, "it fires, and nothing new is known: stacks are not taken");
}

fn two_severities() -> Settings {
    let low =
        AlertRule { name: "Low".to_owned(), hold: seconds(0), cooldown: seconds(0), ..rule() };
    let high = AlertRule {
        name: "High".to_owned(),
        severity: Severity::Critical,
        above: Some(Amount::bytes(200)),
        ..low.clone()
    };
    let inhibit = Inhibition {
        source: vec![Matcher::is("alertname", "High")],
        target: vec![Matcher::is("alertname", "Low")],
        equal: vec!["instance".to_owned()],
    };
    Settings { inhibit: vec![inhibit], ..settings(vec![low, high]) }
}

#[test]
fn one_alert_explains_another() {
    let mut world = World::of(two_severities());
    world.second(300.0);
    let quiet: Vec<Option<Quiet>> =
        world.alerts.firing().into_iter().map(|alert| alert.quiet).collect();
    assert_eq!(quiet, [None, Some(Quiet::Inhibited("High".to_owned()))]);
    let told = world.alerts.notifications();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].alerts[0].rule, "High");
}

#[test]
fn groups_wait_join_end_and_repeat() {
    let site = AlertRule {
        metric: Some("site.live".to_owned()),
        hold: seconds(0),
        keep_firing_for: seconds(0),
        cooldown: seconds(0),
        ..rule()
    };
    let mut world = World::of(Settings { group_wait: seconds(3), ..settings(vec![site]) });
    let sites = |world: &mut World, values: &[(&str, f64)]| {
        world.clock.advance(seconds(1));
        for (name, value) in values {
            world.read(&Key::new("site.live").of("site", *name), *value);
        }
        world.evaluate();
        let told = world.alerts.notifications();
        told.iter()
            .map(|message| {
                let states: Vec<_> = message
                    .alerts
                    .iter()
                    .map(|alert| (alert.labels["site"].clone(), alert.state))
                    .collect();
                (message.reason, states)
            })
            .collect::<Vec<_>>()
    };
    let (a, b) = ("a".to_owned(), "b".to_owned());
    assert_eq!(sites(&mut world, &[("a", 200.0)]), []);
    assert_eq!(sites(&mut world, &[("a", 200.0), ("b", 200.0)]), []);
    assert_eq!(sites(&mut world, &[("a", 200.0), ("b", 200.0)]), []);
    let both = vec![(a.clone(), Firing), (b.clone(), Firing)];
    assert_eq!(sites(&mut world, &[("a", 200.0), ("b", 200.0)]), [(Reason::New, both)]);
    // One ends: told 10 s after the message before.
    for _ in 0..9 {
        assert_eq!(sites(&mut world, &[("a", 200.0), ("b", 1.0)]), []);
    }
    let one = vec![(a.clone(), Firing), (b, Resolved)];
    assert_eq!(sites(&mut world, &[("a", 200.0), ("b", 1.0)]), [(Reason::Changed, one)]);
    // Nothing changes for 100 s.
    for _ in 0..99 {
        assert_eq!(sites(&mut world, &[("a", 200.0), ("b", 1.0)]), []);
    }
    let again = vec![(a.clone(), Firing)];
    assert_eq!(sites(&mut world, &[("a", 200.0), ("b", 1.0)]), [(Reason::Repeated, again)]);
    for _ in 0..9 {
        assert_eq!(sites(&mut world, &[("a", 1.0)]), []);
    }
    assert_eq!(sites(&mut world, &[("a", 1.0)]), [(Reason::Ended, vec![(a, Resolved)])]);
    assert_eq!(sites(&mut world, &[("a", 1.0)]), []);
}

#[test]
fn what_is_over_before_the_wait_is_not_told() {
    let brief = AlertRule { hold: seconds(0), keep_firing_for: seconds(0), ..rule() };
    let mut world = World::of(Settings { group_wait: seconds(10), ..settings(vec![brief]) });
    let mut told = Vec::new();
    for value in [120.0, 120.0, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0] {
        world.second(value);
        told.extend(world.alerts.notifications());
    }
    assert_eq!(told, []);
    assert_eq!(world.alerts.history().len(), 2);
}

#[test]
fn nobody_is_told_of_the_end_of_what_was_silenced() {
    let brief = AlertRule { hold: seconds(0), keep_firing_for: seconds(0), ..rule() };
    let mut world = World::new(vec![brief]);
    world.second(120.0);
    assert_eq!(world.alerts.notifications().len(), 1);
    let now = world.clock.now();
    let all = vec![Matcher::is("alertname", "*")];
    world.alerts.silence(&now, all, seconds(1_000), "an operator", "").unwrap();
    assert!(world.alerts.silence(&now, vec![], seconds(1), "an operator", "").is_err());
    world.second(10.0);
    for _ in 0..200 {
        world.second(10.0);
        assert_eq!(world.alerts.notifications(), []);
    }
}

#[test]
fn the_history_is_bounded() {
    let brief =
        AlertRule { hold: seconds(0), keep_firing_for: seconds(0), cooldown: seconds(0), ..rule() };
    let mut world = World::of(Settings { history: 5, ..settings(vec![brief]) });
    for turn in 0..100 {
        world.second(if turn % 2 == 0 { 120.0 } else { 10.0 });
    }
    assert_eq!(world.alerts.history().len(), 5);
    assert!(world.alerts.save().len() < 4_000);
}

#[test]
fn a_replay_tells_what_was_told_live() {
    let site = AlertRule {
        name: "Site".to_owned(),
        metric: Some("site.live".to_owned()),
        hold: seconds(2),
        ..rule()
    };
    let settings = Settings { interval: seconds(1), ..settings(vec![rule(), site]) };
    let mut world = World::of(settings.clone());
    let mut live = Vec::new();
    let mut seed = 7u64;
    for second in 0..2_000 {
        world.clock.advance(seconds(1));
        if second % 500 == 499 {
            world.clock.step_wall(-60_000);
        }
        for key in [Key::new("heap.live"), Key::new("site.live").of("site", "a")] {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            // In stretches, so that conditions hold for a while.
            let high = (second / 7 + seed as usize % 3).is_multiple_of(2);
            world.read(&key, if high { 150.0 } else { 60.0 });
        }
        live.extend(world.evaluate());
    }
    assert!(live.len() > 20, "{}", live.len());
    let stored = world.series.clone().into_iter().map(|(key, points)| (key, Series::new(points)));
    let history = Replay::new(stored).metrics([LIVE, SITE]).limit(Limit {
        bytes: 1_000,
        name: "host".to_owned(),
        used: Key::new("heap.live"),
    });
    let (again, alerts) = replay(&settings, seconds(5), Labels::new(), history);
    assert_eq!(again, live);
    assert_eq!(alerts.firing(), world.alerts.firing());
}

/// A restart that takes no time changes nothing, wherever it comes.
#[test]
fn a_restart_anywhere_gives_the_same_changes() {
    let run = |restarts: bool| {
        let site = AlertRule {
            name: "Site".to_owned(),
            metric: Some("site.live".to_owned()),
            hold: seconds(2),
            ..rule()
        };
        let settings = Settings { history: 50, ..settings(vec![rule(), site]) };
        let mut world = World::of(settings);
        let mut told = Vec::new();
        let mut seed = 3u64;
        let mut random = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            seed >> 33
        };
        let mut high = [false; 3];
        for _ in 0..3_000 {
            world.clock.advance(seconds(1));
            let keys = [
                Key::new("heap.live"),
                Key::new("site.live").of("site", "a"),
                Key::new("site.live").of("site", "b"),
            ];
            for (key, high) in keys.iter().zip(&mut high) {
                *high ^= random() % 6 == 0;
                // Sometimes nothing is read.
                if random() % 20 > 0 {
                    world.read(key, if *high { 150.0 } else { 60.0 });
                }
            }
            if random() % 4 == 0 && restarts {
                let saved = world.alerts.save();
                world.alerts = Alerts::new(&world.settings, seconds(5), Labels::new());
                world.alerts.load(&saved).unwrap();
            }
            told.extend(world.evaluate());
            let groups = world.alerts.notifications();
            told.extend(groups.into_iter().flat_map(|group| group.alerts).map(|alert| Change {
                at: world.clock.now(),
                from: alert.state,
                to: alert.state,
                why: "it was told".to_owned(),
                alert,
            }));
        }
        told
    };
    let told = run(false);
    assert!(told.len() > 500, "{}", told.len());
    assert_eq!(run(true), told);
    // Between two alerts of one label there is an end, and nothing fires that was not pending.
    let mut states: BTreeMap<u64, State> = BTreeMap::new();
    for change in told.iter().filter(|change| change.from != change.to) {
        let state = states.entry(change.alert.fingerprint).or_insert(Inactive);
        let before = if *state == Resolved { Inactive } else { *state };
        assert_eq!(change.from, before, "{change}");
        *state = change.to;
    }
}

#[test]
fn the_default_rules_are_silent_on_a_healthy_program() {
    let defaults = Settings { interval: seconds(1), ..Settings::default() };
    let mut world = World::of(defaults);
    for second in 0..3_600 {
        let wave = 400.0 + 300.0 * (f64::from(second) / 300.0).sin();
        assert_eq!(world.second(wave), [], "second {second}");
    }
    let configured =
        crate::config::Layers::new().with(|config| config.alerts.rules = default_rules());
    assert!(configured.load().is_ok());
    for rule in default_rules() {
        assert!(!rule.summary.is_empty() && !rule.remedy.is_empty(), "{}", rule.name);
    }
}
