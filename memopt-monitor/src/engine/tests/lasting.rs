//! What outlives a run that ends cleanly.

use super::*;
use crate::config::Matcher;

/// A folder of a test, gone after it.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("memopt-{name}-{}", std::process::id())))
    }

    /// A monitor whose store is here.
    fn open(&self) -> Test {
        Test::new(Layers::new().set("storage.path", self.0.join("h.redb").display().to_string()))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Silences one more alert.
fn silence(test: &mut Test, name: &str) {
    let now = test.engine.now();
    let matchers = vec![Matcher::parse(&format!("alertname = {name}")).unwrap()];
    let hour = Duration::from_secs(3_600);
    test.engine.alerts().silence(&now, matchers, hour, "an operator", "a test").unwrap();
    test.engine.keep();
}

fn silences(test: &mut Test) -> usize {
    test.engine.alerts().silences().len()
}

#[test]
fn what_was_silenced_last_is_known_to_the_next_run() {
    let folder = Folder::new("stop");
    let mut test = folder.open();
    test.run(3);
    silence(&mut test, "A");
    test.engine.stop(Duration::ZERO);
    let mut test = folder.open();
    assert_eq!(silences(&mut test), 1);
    // One that is asked for while nothing is read, and a kill.
    test.run(3);
    test.engine.pause(true);
    silence(&mut test, "B");
    drop(test);
    let mut test = folder.open();
    assert_eq!(silences(&mut test), 2);
    // Another one before the pause.
    test.run(3);
    silence(&mut test, "C");
    test.engine.pause(true);
    drop(test);
    let mut test = folder.open();
    assert_eq!(silences(&mut test), 3);
    // The next reading takes it along; no alert changes.
    test.run(3);
    silence(&mut test, "D");
    test.run(1);
    drop(test);
    assert_eq!(silences(&mut folder.open()), 4);
}

#[test]
fn what_an_earlier_run_kept_is_taken_up_from_a_store_that_opens_late() {
    let folder = Folder::new("late");
    let mut test = folder.open();
    silence(&mut test, "A");
    test.engine.stop(Duration::ZERO);
    // The folder of the store is not there yet: something else is in its way.
    let aside = folder.0.with_extension("aside");
    std::fs::rename(&folder.0, &aside).unwrap();
    std::fs::write(&folder.0, "in the way").unwrap();
    let mut test = folder.open();
    test.run(70);
    assert_eq!(silences(&mut test), 0);
    silence(&mut test, "B");
    std::fs::remove_file(&folder.0).unwrap();
    std::fs::rename(&aside, &folder.0).unwrap();
    test.run(90);
    let names = |test: &mut Test| {
        let all = test.engine.alerts().silences().iter();
        let mut names: Vec<_> = all.map(|silence| silence.matchers[0].to_string()).collect();
        names.sort();
        names
    };
    let both = ["alertname = A", "alertname = B"];
    assert_eq!(names(&mut test), both);
    test.engine.stop(Duration::ZERO);
    let mut test = folder.open();
    assert_eq!(names(&mut test), both);
}

#[test]
fn what_the_monitor_sampled_ends_with_it() {
    for (heap, before, after) in [("sampled", 512 << 10, 0), ("exact", 1, 0), ("off", 7, 7)] {
        let test = Test::new(Layers::new().set("profiling.heap", heap));
        if heap == "off" {
            // What the program samples for itself goes on.
            test.program.sampling.store(7, Relaxed);
        }
        let sampling = Arc::clone(&test.program.sampling);
        assert_eq!(sampling.load(Relaxed), before, "{heap}");
        let mut test = test;
        test.engine.pause(true);
        assert_eq!(sampling.load(Relaxed), after, "{heap}");
        test.engine.pause(false);
        assert_eq!(sampling.load(Relaxed), before, "{heap}");
        test.engine.stop(Duration::ZERO);
        assert_eq!(sampling.load(Relaxed), after, "{heap}");
    }
}
