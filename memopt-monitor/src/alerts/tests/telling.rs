//! Who is told, when, and how a replay tells the same.

use super::*;

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
fn what_followed_from_an_alert_is_not_kept_after_it() {
    let mut world = World::of(Settings { group_wait: seconds(3), ..two_severities() });
    for rule in &mut world.settings.rules {
        match rule.name.as_str() {
            "High" => {
                rule.clear = Some(Amount::bytes(200));
                rule.keep_firing_for = seconds(0);
            }
            _ => rule.keep_firing_for = seconds(100),
        }
    }
    world.alerts.configure(&world.settings, seconds(5));
    let second = |world: &mut World, value| {
        world.second(value);
        let told = world.alerts.notifications();
        let alerts = told.into_iter().flat_map(|message| message.alerts);
        alerts.map(|alert| (alert.rule, alert.state)).collect::<Vec<_>>()
    };
    let high = ("High".to_owned(), Firing);
    for _ in 0..3 {
        assert_eq!(second(&mut world, 300.0), []);
    }
    assert_eq!(second(&mut world, 300.0), [high]);
    // The high one ends; the low one goes on for a second, and ends before it is told.
    assert_eq!(second(&mut world, 150.0), []);
    for _ in 0..8 {
        assert_eq!(second(&mut world, 10.0), []);
        assert_eq!(world.alerts.firing(), []);
    }
    // Where it goes on, it is told, and kept as its rule says.
    world.second(300.0);
    let told: Vec<_> = (0..20).flat_map(|_| second(&mut world, 150.0)).collect();
    assert!(told.contains(&("Low".to_owned(), Firing)), "{told:?}");
    second(&mut world, 10.0);
    assert_eq!(world.alerts.firing().len(), 1);
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

const NOTHING: [Vec<State>; 0] = [];

/// The alerts that a second brings to those who are told: their states, message by message.
fn told(world: &mut World, value: f64) -> Vec<Vec<State>> {
    world.second(value);
    let messages = world.alerts.notifications();
    let states = |message: &Notification| message.alerts.iter().map(|alert| alert.state).collect();
    messages.iter().map(states).collect()
}

#[test]
fn what_ended_and_fires_again_is_told_as_what_it_is() {
    let brief =
        AlertRule { hold: seconds(0), keep_firing_for: seconds(0), cooldown: seconds(0), ..rule() };
    let mut world = World::new(vec![brief]);
    assert_eq!(told(&mut world, 120.0), [[Firing]]);
    assert_eq!(told(&mut world, 10.0), NOTHING);
    assert_eq!(world.alerts.firing(), []);
    // It fires as it was told, and nobody is told that it ended.
    for second in 0..60 {
        assert_eq!(told(&mut world, 120.0), NOTHING, "second {second}");
    }
    assert_eq!(told(&mut world, 10.0), [[Resolved]]);
}

#[test]
fn the_end_of_what_was_told_is_told_also_where_somebody_took_it_on() {
    let brief = AlertRule { hold: seconds(0), keep_firing_for: seconds(0), ..rule() };
    let mut world = World::new(vec![brief]);
    assert_eq!(told(&mut world, 120.0), [[Firing]]);
    let alert = world.alerts.firing().remove(0);
    assert!(world.alerts.acknowledge(alert.fingerprint, "an operator"));
    for _ in 0..150 {
        assert_eq!(told(&mut world, 120.0), NOTHING);
    }
    assert_eq!(told(&mut world, 10.0), [[Resolved]]);
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

/// Whether rules look at each reading or at one in five.
#[test]
fn a_replay_tells_what_was_told_live() {
    for interval in [1, 5] {
        replayed(seconds(interval));
    }
}

fn replayed(interval: Duration) {
    let site = AlertRule {
        name: "Site".to_owned(),
        metric: Some("site.live".to_owned()),
        hold: seconds(2),
        ..rule()
    };
    let settings = Settings { interval, ..settings(vec![rule(), site]) };
    let mut world = World::of(settings.clone());
    let mut live = Vec::new();
    let mut seed = 7u64;
    let mut evaluated = 0;
    for second in 0..2_000 {
        // Readings are up to a tenth of a second late.
        let late = (seed >> 33) & 63;
        world.clock.advance(seconds(1) + Duration::from_millis(late));
        if second % 500 == 499 {
            world.clock.step_wall(-60_000);
        }
        for key in [Key::new("heap.live"), Key::new("site.live").of("site", "a")] {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            // In stretches, so that conditions hold for a while.
            let high = (second / 7 + seed as usize % 3).is_multiple_of(2);
            world.read(&key, if high { 150.0 } else { 60.0 });
        }
        if world.alerts.is_due(&world.clock.now()) {
            evaluated += 1;
            live.extend(world.evaluate());
        }
        world.clock.advance(Duration::from_millis(63 - late));
    }
    assert_eq!(evaluated, 2_000 / interval.as_secs());
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
