//! What rules do to the program, and what is taken back.

use super::*;
use crate::config::{ActionConfig, CollectionRule, Mode as RuleMode};
use crate::rules::{Ending, RunRecord};

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn action(action: ActionKind, with: &[(&str, &str)]) -> ActionConfig {
    let with = with.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    ActionConfig { action, with: with.collect(), ..ActionConfig::default() }
}

/// Acts above 100 threads. The resident memory tells whether it helped, 3 s after.
fn rule(action: ActionConfig) -> CollectionRule {
    let trigger = AlertRule {
        metric: Some(process::THREADS.name.to_owned()),
        above: Some(Amount::number(100.0)),
        ..AlertRule::default()
    };
    CollectionRule {
        name: "act".to_owned(),
        mode: Some(RuleMode::Auto),
        trigger: vec![trigger],
        effect: Some(process::RESIDENT.name.to_owned()),
        effect_window: seconds(2),
        settle: seconds(1),
        actions: vec![action],
        ..CollectionRule::default()
    }
}

fn ruled(layers: Layers, rule: CollectionRule) -> Layers {
    layers.with(move |config| config.rules.rules.push(rule.clone()))
}

/// A machine that is quiet for ten seconds; then the rule is triggered.
fn triggered(mut test: Test) -> Test {
    test.show(process::RESIDENT, 100.0 * MIB);
    test.show(process::THREADS, 8.0);
    test.run(10);
    test.show(process::THREADS, 200.0);
    test.run(1);
    test
}

/// The one run that ended.
fn run(test: &Test) -> RunRecord {
    let mut runs = test.engine.published().runs;
    assert_eq!(runs.len(), 1, "{runs:?}");
    runs.remove(0)
}

fn call(callback: Callback) -> Calls {
    HashMap::from([("turn".to_owned(), callback)])
}

#[test]
fn an_undo_that_panics_is_tried_once_and_the_rest_goes_on() {
    let undone = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&undone);
    let callback = Callback::new(|_| Ok(())).undone_by(move || {
        count.fetch_add(1, Relaxed);
        panic!("the valve is stuck");
    });
    let layers = ruled(Layers::new(), rule(action(ActionKind::Callback, &[("name", "turn")])));
    let mut test = triggered(Test::with(layers, clock(), Vec::new(), call(callback)));
    test.show(process::RESIDENT, 200.0 * MIB);
    test.run(10);
    assert_eq!(undone.load(Relaxed), 1);
    let run = run(&test);
    assert_eq!(run.ending, Some(Ending::Harmful));
    let stuck = Err("it panicked: the valve is stuck".to_owned());
    assert_eq!(run.actions[0].taken_back, Some(stuck));
    assert_eq!(test.engine.published().at.monotonic_ns, 20_000_000_000);
}

#[test]
fn an_action_that_panics_has_failed() {
    let callback = Callback::new(|_| panic!("the valve is stuck"));
    let layers = ruled(Layers::new(), rule(action(ActionKind::Callback, &[("name", "turn")])));
    let test = triggered(Test::with(layers, clock(), Vec::new(), call(callback)));
    let run = run(&test);
    let stuck = Err("it panicked: the valve is stuck".to_owned());
    assert_eq!((&run.ending, &run.actions[0].result), (&Some(Ending::Failed), &Some(stuck)));
}

#[test]
fn another_sampling_rate_that_did_harm_is_taken_back_to_what_was_before() {
    for (heap, before) in [("off", 0), ("exact", 1), ("sampled", 512 << 10)] {
        let layers = Layers::new().set("profiling.heap", heap);
        let rate = action(ActionKind::SamplingRate, &[("every", "64 KiB")]);
        let mut test = triggered(Test::new(ruled(layers, rule(rate))));
        assert_eq!(test.program.sampling.load(Relaxed), 64 << 10, "{heap}");
        test.show(process::RESIDENT, 200.0 * MIB);
        test.run(60);
        assert_eq!(run(&test).actions[0].taken_back, Some(Ok(())), "{heap}");
        assert_eq!(test.program.sampling.load(Relaxed), before, "{heap}");
    }
}
