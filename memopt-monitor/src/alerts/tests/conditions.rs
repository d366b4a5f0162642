//! What rules look at, and when they fire.

use super::*;

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
