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
