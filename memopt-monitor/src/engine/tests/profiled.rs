//! Profiles that are kept, and what is known of earlier runs.

use super::*;

#[test]
fn a_heap_profile_is_kept_when_it_is_time() {
    let folder = std::env::temp_dir().join(format!("memopt-engine-{}", std::process::id()));
    // A process that ended may have had the same number.
    let _ = std::fs::remove_dir_all(&folder);
    let path = folder.join("history.redb").display().to_string();
    let layers = Layers::new().set("profiling.every", "1 min").set("storage.path", path);
    let mut test = Test::new(layers);
    test.run(150);
    let kept = test.engine.profiles().unwrap().list();
    assert_eq!(kept.len(), 3, "{kept:?}");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn what_an_earlier_run_learned_is_known_after_the_warm_up() {
    let folder = std::env::temp_dir().join(format!("memopt-learned-{}", std::process::id()));
    let path = folder.join("history.redb").display().to_string();
    let start = |unix_ms: i64| {
        let clock = Arc::new(ManualClock::at(Stamp { run: 1, monotonic_ns: 0, unix_ms }));
        let layers = quick().set("storage.path", &path);
        let mut test = Test::with(layers, clock, Vec::new(), Calls::new());
        let now = test.clock.now();
        test.engine.judge.learn(&test.engine.history, now, Duration::from_secs(30));
        test
    };
    // The highest score of the next seconds, where one is told.
    let score = |test: &mut Test, seconds: u32, resident: &dyn Fn(u32) -> f64| {
        let mut highest: Option<f64> = None;
        for second in 0..seconds {
            test.show(process::RESIDENT, resident(second) * MIB);
            test.run(1);
            let told = test.engine.judge.found.anomalies.iter().map(|one| one.score);
            highest = told.chain(highest).reduce(f64::max);
        }
        highest
    };
    let usual = |second: u32| 100.0 + f64::from(second % 7);
    let mut test = start(1_800_000_000_000);
    assert_eq!(score(&mut test, 60, &usual), None, "it learns");
    assert!(score(&mut test, 440, &usual).is_some());
    drop(test);
    let mut test = start(1_800_000_600_000);
    assert_eq!(test.engine.began.run, 2);
    assert_eq!(score(&mut test, 9, &|second| f64::from(second)), None, "it warms up");
    assert!(score(&mut test, 60, &usual).is_some(), "a new one would learn for longer");
    assert!(score(&mut test, 6, &|_| 5_000.0) > Some(0.5));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_rule_keeps_profiles_of_a_stretch_of_time() {
    let folder = std::env::temp_dir().join(format!("memopt-stretch-{}", std::process::id()));
    let action = |kind| ActionConfig {
        action: kind,
        with: Labels::from([("duration".to_owned(), "3 s".to_owned())]),
        ..ActionConfig::default()
    };
    let rule = CollectionRule {
        name: "look".to_owned(),
        actions: vec![action(ActionKind::AllocationProfile), action(ActionKind::ActivityProfile)],
        ..CollectionRule::default()
    };
    let path = folder.join("history.redb").display().to_string();
    let layers = Layers::new().set("storage.path", path);
    let mut test = Test::new(layers.with(move |config| config.rules.rules.push(rule.clone())));
    test.run(3);
    assert_eq!(test.engine.profiles().unwrap().list(), [], "they take their time");
    test.run(7);
    let kept = test.engine.profiles().unwrap().list();
    let kinds: Vec<Kind> = kept.iter().map(|meta| meta.kind).collect();
    assert_eq!(kinds, [Kind::Activity, Kind::Allocation]);
    assert!(test.engine.profiles().unwrap().read(&kept[1].id).is_ok());
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_program_that_allocates_much_is_sampled_less_often() {
    let mut test = Test::new(Layers::new());
    for second in 0..180_u32 {
        // 10 GiB a second: twenty thousand samples.
        test.show(heap::ALLOCATED, f64::from(second) * 10_240.0 * MIB);
        test.run(1);
    }
    let cost = test.engine.published().cost;
    assert!(cost.hook_cpu_ratio.iter().any(|(part, ratio)| *part == "samples" && *ratio > 0.0));
    assert!(test.program.sampling.load(Relaxed) >= 1 << 20, "{cost:?}");
}

#[test]
fn a_difference_is_of_a_new_profile() {
    use crate::config::{ActionConfig, ActionKind, CollectionRule, Mode as RuleMode};
    let folder = std::env::temp_dir().join(format!("memopt-compared-{}", std::process::id()));
    let trigger = AlertRule {
        metric: Some(process::THREADS.name.to_owned()),
        above: Some(Amount::number(100.0)),
        ..AlertRule::default()
    };
    let action = ActionConfig { action: ActionKind::DiffToBaseline, ..ActionConfig::default() };
    let rule = CollectionRule {
        name: "compare".to_owned(),
        mode: Some(RuleMode::Auto),
        trigger: vec![trigger],
        actions: vec![action],
        ..CollectionRule::default()
    };
    let layers = Layers::new()
        .set("storage.path", folder.join("history.redb").display().to_string())
        .with(move |config| config.rules.rules.push(rule.clone()));
    let mut test = Test::new(layers);
    let profiles = test.engine.profiles().unwrap().clone();
    let heap = crate::profiles::Profile::Heap(Box::new(test.program.heap().unwrap()));
    let kept = profiles.keep(&heap, test.clock.now(), "", &[]).unwrap();
    profiles.set_baseline("baseline", &kept.id).unwrap();
    test.clock.advance(Duration::from_secs(1));
    test.program.held.store(9_000_000, Relaxed);
    test.show(process::THREADS, 200.0);
    test.run(20);
    let all = profiles.list();
    assert_eq!(all.len(), 2);
    // The budget of the hour has both files in it.
    let difference =
        std::fs::read_dir(folder.join("differences")).unwrap().next().unwrap().unwrap();
    let written = difference.metadata().unwrap().len() + all[0].bytes;
    assert_eq!(test.engine.published().runs[0].actions[0].bytes, written);
    let mut written = std::fs::read_dir(folder.join("differences")).unwrap();
    let told = std::fs::read_to_string(written.next().unwrap().unwrap().path()).unwrap();
    assert!(told.contains("hoard"), "{told}");
    std::fs::remove_dir_all(folder).unwrap();
}
