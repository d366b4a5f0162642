//! What rules do to the program, and what is taken back.

use super::*;
use crate::config::{ActionConfig, CollectionRule, Mode as RuleMode};
use crate::rules::{Ending, RunRecord};
use memopt_report::Step;

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

#[test]
fn a_trial_goes_on_until_it_ends_and_no_other_is_begun() {
    let does = |step| vec![Action::new("shop::parse", step, Remedy::Arena)];
    let usual = [("suggest", (Mode::Suggest, 1)), ("off", (Mode::Off, 0))];
    for (analysis, (mode, usual)) in [("true", usual[0]), ("true", usual[1]), ("false", usual[0])] {
        let layers = Layers::new().set("optimization.mode", mode).set("analysis.enabled", analysis);
        let test = Test::new(ruled(layers, rule(action(ActionKind::OptimizerTrial, &[]))));
        *test.program.does.lock().unwrap() = does(Step::Tried);
        let mut test = triggered(test);
        test.run(150);
        assert_eq!(
            run(&test).actions[0].result.as_ref().unwrap().as_ref().unwrap()["sites"],
            "shop::parse"
        );
        let optimized = |test: &Test| std::mem::take(&mut *test.program.optimized.lock().unwrap());
        let all = optimized(&test);
        let begun = all.iter().position(|one| *one == (Mode::Apply, 1)).unwrap();
        let (before, after) = all.split_at(begun);
        assert!(before.iter().all(|one| *one == usual), "{mode}: {all:?}");
        assert!(after.len() > 2, "{mode}: {all:?}");
        assert!(after[1..].iter().all(|one| *one == (Mode::Apply, 0)), "{mode}: {all:?}");
        *test.program.does.lock().unwrap() = does(Step::Adopted);
        test.run(30);
        assert_eq!(optimized(&test).last(), Some(&(Mode::Apply, 0)), "{mode}");
        *test.program.does.lock().unwrap() = does(Step::Reverted);
        test.run(90);
        let all = optimized(&test);
        assert_eq!(all.last(), Some(&usual), "{mode}");
        if analysis == "false" {
            let count = all.iter().filter(|one| **one == usual).count();
            assert_eq!(count, 1, "the mode is set back, and no more: {all:?}");
        }
    }
}

#[test]
fn a_trial_that_somebody_else_took_back_has_ended() {
    let layers = Layers::new().set("analysis.enabled", "false");
    let test = Test::new(ruled(layers, rule(action(ActionKind::OptimizerTrial, &[]))));
    let step = |step| Action::new("shop::parse", step, Remedy::Arena);
    *test.program.does.lock().unwrap() = vec![step(Step::Tried)];
    let mut test = triggered(test);
    let steps = |test: &Test| test.program.optimized.lock().unwrap().len();
    *test.program.log.lock().unwrap() = vec![step(Step::Reverted), step(Step::Tried)];
    test.run(60);
    assert!(test.engine.hands.tries(), "it was tried again");
    // What it would try next does not hide that.
    let log = [Step::Tried, Step::Reverted, Step::Proposed].map(step);
    *test.program.log.lock().unwrap() = log.to_vec();
    test.run(60);
    assert!(!test.engine.hands.is_busy());
    let before = steps(&test);
    test.run(60);
    assert_eq!(steps(&test), before, "no report is made for it any more");
}

#[test]
fn what_an_action_takes_while_it_is_waited_for_counts_for_the_budget_of_the_hour() {
    let clock = clock();
    let watch = Arc::clone(&clock);
    let callback = Callback::new(move |_| {
        watch.advance(seconds(5));
        Ok(())
    });
    let again = CollectionRule {
        repeat: Some(seconds(1)),
        cooldown: Duration::ZERO,
        ..rule(action(ActionKind::Callback, &[("name", "turn")]))
    };
    let layers = ruled(Layers::new().set("rules.time_per_hour", "5 s"), again);
    let mut test = triggered(Test::with(layers, clock, Vec::new(), call(callback)));
    test.run(30);
    assert_eq!(run(&test).actions[0].took_ms, 5_000);
    let why = test.engine.published().collection[0].inaction.to_string();
    assert_eq!(why, "all rules together used up `rules.time_per_hour`");
}

#[test]
fn a_little_of_what_was_nothing_is_no_harm() {
    for (after, ending) in [(64e3, Ending::Done), (2.0 * MIB, Ending::Harmful)] {
        let turn = rule(action(ActionKind::Callback, &[("name", "turn")]));
        let layers = ruled(Layers::new(), turn);
        let calls = call(Callback::new(|_| Ok(())));
        let mut test = Test::with(layers, clock(), Vec::new(), calls);
        test.show(cgroup::LIMIT, 1_000.0 * MIB);
        test.show(cgroup::WORKING_SET, 100.0 * MIB);
        test.show(process::RESIDENT, 0.0);
        test.show(process::THREADS, 8.0);
        test.run(10);
        test.show(process::THREADS, 200.0);
        test.run(1);
        test.show(process::RESIDENT, after);
        test.run(10);
        assert_eq!(run(&test).ending, Some(ending));
    }
}

#[test]
fn a_pool_above_its_limit_gives_back_by_halves_and_below_it_nothing() {
    const KIB: u64 = 1 << 10;
    let limit = action(ActionKind::PoolLimit, &[("pool", "pool"), ("limit", "1000 KiB")]);
    let layers = ruled(Layers::new().set("analysis.enabled", "false"), rule(limit));
    let test = Test::new(layers);
    let pool = Arc::clone(&test.program.pool);
    pool.store(900 * KIB, Relaxed);
    let mut test = triggered(test);
    test.run(30);
    let result = run(&test).actions[0].result.clone().unwrap();
    assert_eq!(result.unwrap()["let_go"], "0");
    assert_eq!(pool.load(Relaxed), 900 * KIB);
    pool.store(3_000 * KIB, Relaxed);
    test.run(10);
    assert_eq!(pool.load(Relaxed), 750 * KIB);
    test.run(30);
    assert_eq!(pool.load(Relaxed), 750 * KIB);
    // One that cannot give back a part.
    test.program.is_whole.store(true, Relaxed);
    pool.store(1_001 * KIB, Relaxed);
    test.run(10);
    assert_eq!(pool.load(Relaxed), 0);
}
