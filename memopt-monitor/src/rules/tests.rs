use super::*;
use crate::alerts::{Inputs, Limit, Unknown, Verdict as Found};
use crate::clock::{Clock as _, ManualClock, Stamp};
use crate::config::{
    ActionConfig, ActionKind, AlertRule, Amount, CollectionRule, Labels, Matcher, Mode,
    Rules as Settings, Size, Watch,
};
use crate::metric::{Metric, Unit};
use crate::series::{Key, Point, Series};
use std::collections::BTreeMap;
use std::time::Duration;

mod effects;

const LIVE: Metric = Metric::gauge("heap.live", Unit::Bytes, "Bytes in use.");

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn action(action: ActionKind) -> ActionConfig {
    ActionConfig { action, ..ActionConfig::default() }
}

/// Above 100 bytes for 3 s: a heap profile.
fn rule() -> CollectionRule {
    let trigger = AlertRule {
        metric: Some("heap.live".to_owned()),
        above: Some(Amount::bytes(100)),
        hold: seconds(3),
        ..AlertRule::default()
    };
    CollectionRule {
        name: "look".to_owned(),
        trigger: vec![trigger],
        actions: vec![action(ActionKind::HeapProfile)],
        limit: 3,
        limit_window: seconds(100),
        cooldown: seconds(5),
        effect_window: seconds(4),
        settle: seconds(2),
        ..CollectionRule::default()
    }
}

/// The same, which changes the program.
fn change() -> CollectionRule {
    CollectionRule {
        name: "change".to_owned(),
        mode: Some(Mode::Auto),
        actions: vec![action(ActionKind::Reclaim), action(ActionKind::HeapProfile)],
        ..rule()
    }
}

/// Who does nothing, and writes down what it was asked for.
#[derive(Default)]
struct Made {
    orders: Vec<Order>,
    /// What each kind of action gives; it succeeds where nothing is said.
    gives: BTreeMap<&'static str, Progress>,
    cancelled: Vec<u64>,
    undone: Vec<String>,
}

impl Executor for Made {
    fn begin(&mut self, order: &Order) -> Progress {
        self.orders.push(order.clone());
        self.poll(order.id)
    }

    fn poll(&mut self, order: u64) -> Progress {
        let order = self.orders.iter().find(|one| one.id == order).unwrap();
        self.gives.get(order.action.word()).cloned().unwrap_or_else(|| {
            let outputs = Labels::from([("path".to_owned(), format!("/p/{}", order.id))]);
            Progress::Done(Outcome { outputs, bytes: 10, undo: Some(format!("undo {}", order.id)) })
        })
    }

    fn cancel(&mut self, order: u64) {
        self.cancelled.push(order);
    }

    fn undo(&mut self, token: &str) -> Result<(), String> {
        self.undone.push(token.to_owned());
        Ok(())
    }
}

struct World {
    clock: ManualClock,
    rules: Rules,
    settings: Settings,
    made: Made,
    points: Vec<Point>,
    labels: Labels,
    situation: &'static str,
    firing: Vec<crate::alerts::Alert>,
}

struct Seen<'a>(&'a [Point], Stamp);

impl Inputs for Seen<'_> {
    fn metric(&self, name: &str) -> Option<Metric> {
        (name == LIVE.name).then_some(LIVE)
    }

    fn keys(&self, metric: &str) -> Vec<Key> {
        if metric == LIVE.name { vec![Key::new(LIVE.name)] } else { vec![] }
    }

    fn latest(&self, _: &Key) -> Option<Point> {
        self.0.last().copied()
    }

    fn window(&self, _: &Key, window: Duration) -> Series {
        let inside = |point: &&Point| self.1.since(&point.at).is_some_and(|age| age <= window);
        Series::new(self.0.iter().filter(inside).copied().collect())
    }

    fn limit(&self) -> Result<Limit, Unknown> {
        Ok(Limit { bytes: 1_000, name: "host".to_owned(), used: Key::new(LIVE.name) })
    }

    fn time_to_limit(&self) -> Result<Option<Duration>, Unknown> {
        Ok(None)
    }

    fn anomaly(&self, _: &Key) -> Result<f64, Unknown> {
        Ok(0.0)
    }

    fn verdicts(&self, _: Watch) -> Result<Vec<Found>, Unknown> {
        Ok(vec![])
    }
}

impl World {
    fn new(rules: Vec<CollectionRule>) -> Self {
        let settings = Settings { rules, ..Settings::default() };
        Self {
            clock: ManualClock::at(Stamp { run: 0, monotonic_ns: 0, unix_ms: 1_000_000 }),
            rules: Rules::new(&settings, seconds(5)),
            settings,
            made: Made::default(),
            points: Vec::new(),
            labels: Labels::from([("program".to_owned(), "shop".to_owned())]),
            situation: "1.0",
            firing: Vec::new(),
        }
    }

    /// So many seconds with this value: what happened.
    fn seconds(&mut self, count: usize, value: f64) -> Vec<String> {
        let mut told = Vec::new();
        for _ in 0..count {
            self.clock.advance(seconds(1));
            let now = self.clock.now();
            self.points.push(Point { at: now, value });
            let moment = Moment {
                now,
                inputs: &Seen(&self.points, now),
                firing: &self.firing,
                labels: &self.labels,
                situation: self.situation,
            };
            let events = self.rules.evaluate(&moment, &mut self.made);
            told.extend(events.into_iter().map(|event| format!("{}: {}", event.rule, event.what)));
        }
        told
    }

    fn restart(&mut self, down: Duration) {
        let saved = self.rules.save();
        let now = self.clock.now();
        self.clock = ManualClock::at(Stamp {
            run: now.run + 1,
            monotonic_ns: 0,
            unix_ms: now.unix_ms + down.as_millis() as i64,
        });
        self.points.clear();
        self.rules = Rules::new(&self.settings, seconds(5));
        self.rules.load(&saved).unwrap();
    }

    fn why(&self) -> String {
        self.rules.status()[0].inaction.to_string()
    }

    fn taken(&self) -> Vec<&'static str> {
        self.made.orders.iter().map(|order| order.action.word()).collect()
    }
}

#[test]
fn a_rule_acts_once_its_trigger_held_and_once_alone() {
    let mut world = World::new(vec![rule()]);
    assert_eq!(world.why(), "it was not evaluated yet");
    assert_eq!(world.seconds(1, 50.0), Vec::<String>::new());
    assert_eq!(world.why(), "its trigger does not hold: heap.live is 50 B; it holds above 100 B");
    assert_eq!(world.seconds(3, 200.0), Vec::<String>::new());
    assert_eq!(world.why(), "its trigger holds for 2 s of the 3 s that it must hold");
    assert_eq!(
        world.seconds(1, 200.0),
        ["look: it takes heap-profile: heap.live is 200 B", "look: all actions were taken"]
    );
    assert_eq!(world.seconds(50, 200.0), Vec::<String>::new());
    assert_eq!(world.why(), "it acted, and waits until its trigger has ended");
    assert_eq!(world.rules.history().len(), 1);
    world.seconds(1, 10.0);
    assert_eq!(world.seconds(4, 200.0).len(), 2);
}

#[test]
fn it_acts_again_where_it_is_told_to() {
    let again = CollectionRule { repeat: Some(seconds(10)), ..rule() };
    let mut world = World::new(vec![again]);
    world.seconds(4 + 31, 200.0);
    assert_eq!(world.rules.history().len(), 3);
    assert!(
        world.why().starts_with("it acted 3 times in 100 s, as often as it may; the next time")
    );
}

#[test]
fn the_cooldown_and_the_limit_hold_over_a_restart() {
    let mut world = World::new(vec![rule()]);
    let episode = |world: &mut World| {
        world.seconds(1, 10.0);
        world.seconds(4, 200.0);
    };
    episode(&mut world);
    world.seconds(1, 10.0);
    world.restart(seconds(1));
    world.seconds(2, 200.0);
    assert_eq!(world.rules.history().len(), 1);
    world.seconds(2, 200.0);
    // 6 s after the run ended: 3 s of the trigger, and 5 s of the cooldown.
    assert_eq!(world.rules.history().len(), 2);
    world.seconds(2, 10.0);
    episode(&mut world);
    assert_eq!(world.rules.history().len(), 3);
    world.seconds(5, 10.0);
    world.restart(seconds(1));
    episode(&mut world);
    assert_eq!(world.rules.history().len(), 3);
    assert!(world.why().starts_with("it acted 3 times in 100 s"), "{}", world.why());
    // The window slides on while the program is down.
    world.restart(seconds(100));
    episode(&mut world);
    assert_eq!(world.rules.history().len(), 4);
}

/// A peer lost its counters where a rule timed out, and wrote dumps without end.
#[test]
fn a_time_out_keeps_the_counters() {
    let slow = ActionConfig { timeout: seconds(10), ..action(ActionKind::ActivityProfile) };
    let mut world = World::new(vec![CollectionRule {
        actions: vec![slow],
        repeat: Some(seconds(1)),
        cooldown: seconds(0),
        limit_window: seconds(1_000),
        ..rule()
    }]);
    world.made.gives.insert("activity-profile", Progress::Running);
    let told = world.seconds(13, 200.0);
    assert_eq!(told.len(), 1);
    assert_eq!(world.why(), "it acts: `activity-profile`");
    let told = world.seconds(200, 200.0);
    assert_eq!(told[0], "look: an action failed: `activity-profile`: it took longer than 10 s");
    assert_eq!(world.made.orders.len(), 3);
    assert_eq!(world.made.cancelled.len(), 3);
    assert_eq!(world.rules.status()[0].runs, 3);
    // So does a restart in the middle of a run.
    let mut world = World::new(world.settings.rules.clone());
    world.made.gives.insert("activity-profile", Progress::Running);
    for run in 1..=5usize {
        world.seconds(6, 200.0);
        world.restart(seconds(1));
        assert_eq!(world.made.orders.len(), run.min(3), "run {run}");
    }
    let endings: Vec<_> = world.rules.history().map(|run| run.ending.clone()).collect();
    assert_eq!(endings, vec![Some(Ending::Interrupted); 3]);
}

#[test]
fn outputs_of_one_action_feed_the_next() {
    let heap = ActionConfig { name: Some("heap".to_owned()), ..action(ActionKind::HeapProfile) };
    let with = [("name", "upload"), ("file", "see ${heap.path} twice: ${heap.path}")];
    let with: Labels = with.map(|(a, b)| (a.to_owned(), b.to_owned())).into();
    let call = ActionConfig { with: with.clone(), ..action(ActionKind::Callback) };
    let mut world = World::new(vec![CollectionRule {
        mode: Some(Mode::Auto),
        actions: vec![heap.clone(), call],
        ..rule()
    }]);
    world.seconds(4, 200.0);
    let id = world.made.orders[0].id;
    assert_eq!(world.made.orders[1].with["file"], format!("see /p/{id} twice: /p/{id}"));
    // What was not given is told.
    let mut world = World::new(world.settings.rules.clone());
    world.made.gives.insert("heap-profile", Progress::Done(Outcome::default()));
    let told = world.seconds(4, 200.0);
    assert_eq!(told[1], "look: an action failed: `callback`: the action `heap` gave no `path`");
    assert_eq!(world.taken(), ["heap-profile"]);
}

#[test]
fn a_failure_ends_the_run_unless_it_may_go_on() {
    for or_go_on in [false, true] {
        let first = ActionConfig { or_go_on, ..action(ActionKind::HeapProfile) };
        let actions = vec![first, action(ActionKind::Bundle)];
        let mut world = World::new(vec![CollectionRule { actions, ..rule() }]);
        world.made.gives.insert("heap-profile", Progress::Failed("the disk is full".to_owned()));
        world.seconds(4, 200.0);
        let run = world.rules.history().next().unwrap();
        assert_eq!(run.actions[0].result, Some(Err("the disk is full".to_owned())));
        assert_eq!(run.actions[1].result.is_some(), or_go_on);
        assert_eq!(run.ending, Some(if or_go_on { Ending::Done } else { Ending::Failed }));
    }
}

#[test]
fn a_trigger_is_followed_while_its_rule_runs_and_while_it_is_off() {
    // It ends and holds anew while the effect of the first run is measured.
    let mut world = World::new(vec![change()]);
    world.seconds(4, 200.0);
    world.seconds(1, 10.0);
    world.seconds(5, 200.0);
    assert_eq!(world.taken(), ["reclaim", "heap-profile"]);
    // The cooldown is 5 s.
    world.seconds(6, 200.0);
    assert_eq!(world.taken(), ["reclaim", "heap-profile", "reclaim"]);
    // It ends while its rule is off.
    let mut world = World::new(vec![rule()]);
    let turn = |world: &mut World, mode: Mode| {
        world.settings.rules[0].mode = Some(mode);
        world.rules.configure(&world.settings.clone(), seconds(5));
    };
    world.seconds(2, 200.0);
    turn(&mut world, Mode::Off);
    world.seconds(60, 10.0);
    turn(&mut world, Mode::Auto);
    assert_eq!(world.seconds(3, 200.0), Vec::<String>::new());
    assert_eq!(world.seconds(1, 200.0).len(), 2);
}

#[test]
fn times_that_never_end_are_waited_for() {
    let ever = Duration::MAX;
    let rule = CollectionRule {
        cooldown: ever,
        limit_window: ever,
        effect_window: ever,
        settle: ever,
        lifetime: Some(ever),
        ..change()
    };
    let mut world = World::new(vec![rule]);
    world.seconds(100, 200.0);
    assert_eq!(world.taken(), ["reclaim"]);
    assert_eq!(world.why(), "it acts: `reclaim`");
    world.restart(seconds(1));
    world.seconds(1, 10.0);
    world.seconds(10, 200.0);
    assert_eq!(world.taken(), ["reclaim"]);
    assert!(world.why().starts_with("it acted a short time ago"), "{}", world.why());
}

#[test]
fn filters_modes_and_lifetimes_are_kept() {
    let filtered = CollectionRule { filters: vec![Matcher::is("program", "sh*x")], ..rule() };
    let mut world = World::new(vec![filtered]);
    world.seconds(10, 200.0);
    assert_eq!(world.why(), "the program does not meet its filter `program = sh*x`");
    let mut world = World::new(vec![CollectionRule { mode: Some(Mode::Off), ..rule() }]);
    world.seconds(10, 200.0);
    assert_eq!(world.why(), "its mode is `off`");
    let mut world = World::new(vec![CollectionRule { lifetime: Some(seconds(5)), ..rule() }]);
    world.seconds(6, 10.0);
    world.seconds(10, 200.0);
    assert_eq!(world.why(), "its lifetime is over");
    let mut world = World::new(vec![CollectionRule { mode: Some(Mode::DryRun), ..rule() }]);
    assert_eq!(world.seconds(10, 200.0), ["look: it would take heap-profile: heap.live is 200 B"]);
    assert!(world.made.orders.is_empty());
    assert_eq!(world.rules.history().next().unwrap().ending, Some(Ending::DryRun));
}

#[test]
fn a_rule_without_trigger_acts_once_a_start() {
    let start = CollectionRule { trigger: vec![], cooldown: seconds(0), ..rule() };
    let mut world = World::new(vec![start]);
    assert_eq!(world.seconds(20, 1.0).len(), 2);
    world.restart(seconds(10));
    assert_eq!(world.seconds(20, 1.0).len(), 2);
    assert_eq!(world.taken().len(), 2);
}

#[test]
fn an_alert_triggers() {
    let on_alert = CollectionRule { trigger: vec![], on_alert: Some("Leak".to_owned()), ..rule() };
    let mut world = World::new(vec![on_alert]);
    world.seconds(1, 1.0);
    assert_eq!(world.why(), "its trigger does not hold: the alert `Leak` does not fire");
    let settings = crate::config::Alerts {
        default_rules: false,
        rules: vec![AlertRule {
            name: "Leak".to_owned(),
            metric: Some(LIVE.name.to_owned()),
            above: Some(Amount::bytes(100)),
            ..AlertRule::default()
        }],
        ..crate::config::Alerts::default()
    };
    let mut alerts = crate::alerts::Alerts::new(&settings, seconds(5), Labels::new());
    let now = world.clock.now();
    alerts.evaluate(now, &Seen(&[Point { at: now, value: 200.0 }], now));
    world.firing = alerts.firing();
    assert_eq!(world.seconds(1, 1.0)[0], "look: it takes heap-profile: heap.live is 200 B");
}
