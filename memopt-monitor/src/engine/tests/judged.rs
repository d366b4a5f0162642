//! What rules see of the readings, and what follows from it.

use super::*;

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
