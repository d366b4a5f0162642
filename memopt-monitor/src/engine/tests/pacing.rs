//! What the settings and the governor make of intervals and samples.

use super::*;

#[test]
fn tracking_of_every_block_makes_no_interval_longer() {
    let mut test = Test::new(Layers::new().set("profiling.heap", "exact"));
    for second in 0..180_u32 {
        test.show(heap::ALLOCATED, f64::from(second) * 100.0 * MIB);
        test.show(heap::ALLOCATED_BLOCKS, f64::from(second) * 1e6);
        test.run(1);
    }
    let cost = test.engine.published().cost;
    assert_eq!(cost.level, 0, "{cost:?}");
    let of = |part| cost.hook_cpu_ratio.iter().find(|(name, _)| *name == part).unwrap().1;
    assert_eq!(of("samples"), 0.0);
    assert!(of("tracking") > 0.01, "{cost:?}");
}

#[test]
fn sampling_follows_the_settings_while_the_program_runs() {
    let folder = std::env::temp_dir().join(format!("memopt-sampling-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("memopt.toml");
    let write =
        |heap: &str| std::fs::write(&path, format!("[profiling]\nheap = {heap:?}")).unwrap();
    write("sampled");
    let mut test = Test::new(Layers::new().file(&path));
    assert_eq!(test.program.sampling.load(Relaxed), 512 << 10);
    for (heap, sampling) in [("exact", 1), ("off", 0), ("sampled", 512 << 10)] {
        write(heap);
        test.run(20);
        assert_eq!(test.program.sampling.load(Relaxed), sampling, "{heap}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn an_alert_fires_and_ends_however_long_the_governor_made_the_interval() {
    let rule = AlertRule {
        name: "ManyThreads".to_owned(),
        metric: Some(process::THREADS.name.to_owned()),
        above: Some(Amount::number(100.0)),
        hold: Duration::from_secs(120),
        keep_firing_for: Duration::from_secs(120),
        ..AlertRule::default()
    };
    let mut layers = Layers::new().with(move |config| config.alerts.rules.push(rule.clone()));
    for seldom in ["monitoring.interval", "monitoring.slow_interval", "analysis.interval"] {
        layers = layers.set(seldom, "10 s");
    }
    let mut test = Test::new(layers);
    test.show(process::THREADS, 8.0);
    while test.engine.interval() <= test.engine.config().monitoring.stale_after {
        test.program.cpu_ns.fetch_add(100_000_000, Relaxed);
        test.run(1);
    }
    let told = |test: &mut Test, to| {
        let mut changes = Vec::new();
        for _ in 0..1_200 {
            // Half of the budget: the level stays.
            test.program.cpu_ns.fetch_add(5_000_000, Relaxed);
            changes.extend(test.run(1));
        }
        let told = |change: &&Change| change.to == to && change.alert.rule == "ManyThreads";
        changes.iter().filter(told).count()
    };
    test.show(process::THREADS, 200.0);
    assert_eq!(told(&mut test, State::Firing), 1);
    assert!(test.engine.interval() > test.engine.config().monitoring.stale_after);
    test.show(process::THREADS, 8.0);
    assert_eq!(told(&mut test, State::Resolved), 1);
}
