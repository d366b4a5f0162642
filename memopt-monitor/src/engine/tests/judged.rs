//! What rules see of the readings, and what follows from it.

use super::*;
use crate::config::{ActionConfig, ActionKind, CollectionRule, Matcher, Mode};
use crate::source::{allocator, host};

/// A rule on one metric.
fn above(name: &str, metric: Metric, amount: f64, hold: u64) -> AlertRule {
    AlertRule {
        name: name.to_owned(),
        metric: Some(metric.name.to_owned()),
        above: Some(Amount::number(amount)),
        hold: Duration::from_secs(hold),
        ..AlertRule::default()
    }
}

#[test]
fn a_rule_holds_on_what_is_read_once_in_ten_seconds() {
    let rule = above("ManyConnections", process::DESCRIPTORS, 100.0, 25);
    let mut test =
        Test::new(Layers::new().with(move |config| config.alerts.rules.push(rule.clone())));
    let key = Key::new(process::DESCRIPTORS.name);
    let mut changes = Vec::new();
    for second in 0..40 {
        test.shown.lock().unwrap().remove(process::DESCRIPTORS.name);
        if second % 10 == 0 {
            test.show(process::DESCRIPTORS, 101.0);
        }
        changes.extend(test.run(1));
        assert_eq!(test.engine.published().frame.get(&key), Some(101.0), "{second}");
    }
    let states: Vec<State> = changes.iter().map(|change| change.to).collect();
    assert_eq!(states, [State::Pending, State::Firing]);
    // It is absent once it is stale.
    test.shown.lock().unwrap().remove(process::DESCRIPTORS.name);
    test.run(31);
    assert_eq!(test.engine.published().frame.get(&key), None);
}

#[test]
fn rules_are_evaluated_in_their_interval() {
    let rule = above("ManyThreads", process::THREADS, 100.0, 0);
    let layers = Layers::new().set("alerts.interval", "10 s");
    let mut test = Test::new(layers.with(move |config| config.alerts.rules.push(rule.clone())));
    test.show(process::THREADS, 8.0);
    assert_eq!(test.run(3), []);
    test.show(process::THREADS, 101.0);
    assert_eq!(test.run(7), []);
    assert_eq!(test.run(1)[0].to, State::Firing);
}

#[test]
fn filters_are_met_by_the_host_and_the_labels_of_alerts() {
    let rule = |name: &str, label: &str, value: &str| CollectionRule {
        name: name.to_owned(),
        mode: Some(Mode::DryRun),
        filters: vec![Matcher::is("host", "*"), Matcher::is(label, value)],
        actions: vec![ActionConfig { action: ActionKind::Reclaim, ..ActionConfig::default() }],
        ..CollectionRule::default()
    };
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let rules = [
        rule("here", "host", host.trim()),
        rule("there", "host", "another"),
        rule("north", "zone", "north"),
        rule("south", "zone", "south"),
    ];
    let mut test = Test::new(Layers::new().with(move |config| {
        config.alerts.labels.insert("zone".to_owned(), "north".to_owned());
        config.rules.rules = rules.to_vec();
    }));
    let events = test.engine.tick().unwrap().events;
    let acted: Vec<&str> = events.iter().map(|event| &*event.rule).collect();
    assert_eq!(acted, ["here", "north"]);
}

/// A slice of 1 GiB is full, and of the 510 MiB of the program's own group there is no limit.
#[test]
fn a_limit_that_is_shared_is_measured_by_what_all_use() {
    let mut test = Test::new(Layers::new());
    let of = |metric: Metric| Key::new(metric.name).of("group", "/shop");
    test.engine.sources.push(Box::new(Shared(vec![
        (of(cgroup::LIMIT_OF), 1_024.0 * MIB),
        (of(cgroup::LIMIT_USED), 1_020.0 * MIB),
    ])));
    test.show(cgroup::LIMIT, 1_024.0 * MIB);
    test.show(cgroup::WORKING_SET, 510.0 * MIB);
    test.show(process::RESIDENT, 500.0 * MIB);
    let changes = test.run(60);
    let fired = changes.iter().find(|change| change.to == State::Firing).unwrap();
    assert_eq!(fired.alert.rule, "MemoryAtLimit");
    // Another group may be the one that counts tomorrow, and it is the same alert.
    assert_eq!(fired.alert.labels.get("group"), None);
    let now = test.engine.published();
    let limit = now.limit.unwrap();
    assert_eq!((limit.name.as_str(), limit.bytes), ("cgroup /shop", 1 << 30));
    assert_eq!(limit.used, of(cgroup::LIMIT_USED));
    assert_eq!(now.pressure, Pressure::Critical);
    // No group gets more than the machine has.
    test.show(host::MEMORY, 512.0 * MIB);
    test.run(1);
    let limit = test.engine.published().limit.unwrap();
    assert_eq!((limit.name.as_str(), limit.bytes), ("memory of the machine", 512 << 20));
    assert_eq!(limit.used, Key::new(process::RESIDENT.name));
}

#[test]
fn the_risk_has_factors_of_what_is_read_seldom() {
    use crate::analysis::risk::Cause;
    let factor = |test: &Test, cause: Cause| {
        let risk = test.engine.published().found.risk.unwrap();
        risk.factors.iter().find(|factor| factor.cause == cause).map(|factor| factor.value)
    };
    // Read at 3, 13 and so on, and looked at in the seconds 0, 10 and so on.
    let mut test = Test::new(Layers::new());
    for second in 0..31 {
        test.shown.lock().unwrap().remove(allocator::FRAGMENTATION.name);
        if second % 10 == 3 {
            test.show(allocator::FRAGMENTATION, 0.5);
        }
        test.run(1);
    }
    assert_eq!(factor(&test, Cause::Fragmentation), Some(0.5));
    // Faults of the last minute are none where two readings lie farther apart.
    let layers = ["monitoring.interval", "monitoring.slow_interval", "analysis.interval"]
        .into_iter()
        .fold(Layers::new(), |layers, path| layers.set(path, "2 min"));
    let mut test = Test::new(layers.set("monitoring.stale_after", "6 min"));
    for turn in 0..5_u32 {
        test.show(process::MAJOR_FAULTS, f64::from(turn) * 240.0);
        test.run(120);
    }
    assert_eq!(factor(&test, Cause::MajorFaults), Some(2.0));
}

/// It ends in twelve hours, and six are looked at.
#[test]
fn a_leak_that_ends_within_a_day_is_told_hours_before() {
    let layers =
        Layers::new().set("monitoring.interval", "10 s").set("analysis.interval", "15 min");
    let mut test = Test::new(layers);
    test.show(cgroup::LIMIT, 1_000.0 * MIB);
    let mut changes = Vec::new();
    for turn in 0..4 * 360 {
        let hours = f64::from(turn) / 360.0;
        let used = 500.0 + 500.0 * hours / 12.0 + f64::from(turn % 7);
        test.show(cgroup::WORKING_SET, used * MIB);
        changes.extend(test.engine.tick().unwrap_or_default().changes);
        test.clock.advance(Duration::from_secs(10));
    }
    let fired: Vec<&str> = changes
        .iter()
        .filter(|change| change.to == State::Firing)
        .map(|change| &*change.alert.rule)
        .collect();
    assert_eq!(fired, ["MemoryExhaustionWithinADay"]);
    let left = test.engine.judge.found.time_to_limit.clone().unwrap().unwrap().as_secs_f64();
    assert!((7.5..9.0).contains(&(left / 3_600.0)), "{left} s");
}

/// Readings with labels.
#[derive(Debug)]
struct Shared(Vec<(Key, f64)>);

impl Source for Shared {
    fn name(&self) -> &'static str {
        "shared"
    }

    fn metrics(&self) -> &'static [Metric] {
        &[]
    }

    fn read(&mut self, frame: &mut Frame) {
        self.0.iter().for_each(|(key, value)| frame.add(key.clone(), *value));
    }
}
