//! Runs a program in a process of its own, takes a snapshot a round, and compares the verdicts.

use memopt::detect::leak::{LeakKind, LeakWatch, Moment, render_verdicts};
use memopt_runtime::report::{Estimate, HeapReport, Spot};
use std::process::Command;

/// Rounds a program runs for: 16 windows of two.
const ROUNDS: u64 = 32;
/// Set in the process that runs the program.
const CHILD: &str = "MEMOPT_LEAKS_CHILD";

/// A program: called once a round with its number.
pub(crate) type Program = Box<dyn FnMut(u64)>;

/// Which blocks are followed.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Following {
    /// All.
    Exact,
    /// A sample, as in production: the allocator inside gets the others as it would without us.
    Sampled,
}

/// The one source of snapshots.
fn snapshot() -> HeapReport {
    let report = memopt::report();
    let spots = report.tree().nodes().iter().enumerate().map(|(i, node)| {
        let own = &node.own;
        let live = Estimate {
            blocks: own.live_blocks().max(0) as u64,
            bytes: own.live_bytes().max(0) as u64,
            ..Estimate::default()
        };
        Spot {
            scopes: report.tree().path(i).iter().map(|site| report.sites()[*site].name.clone()).collect(),
            allocated: Estimate { blocks: own.allocs, bytes: own.bytes, ..Estimate::default() },
            live,
            usable_bytes: live.bytes,
            ..Spot::default()
        }
    });
    HeapReport { spots: spots.collect(), ..HeapReport::default() }
}

/// Fails unless the watch says exactly `expected` of the program: the kind, and the site by the end of its name.
pub(crate) fn check(test: &str, following: Following, program: Program, expected: &[(LeakKind, &str)]) {
    if std::env::var_os(CHILD).is_none() {
        return in_a_process_of_its_own(test);
    }
    let watch = run(following, program);
    let verdicts = watch.verdicts();
    let found: Vec<(LeakKind, &str)> = verdicts.iter().map(|v| (v.kind, v.site())).collect();
    let text = render_verdicts(&verdicts, false);
    assert_eq!(found, expected, "\n{text}");
    println!("{text}");
}

fn run(_following: Following, mut program: Program) -> LeakWatch {
    let mut watch = LeakWatch::new();
    for round in 0..ROUNDS {
        program(round);
        let (heap, report) = (snapshot(), memopt::report());
        // A round is a second, however long it took: the machine's load is no part of the test.
        watch.add(&heap, &Moment::of(&heap).at_ns(round * 1_000_000_000).report(&report));
    }
    watch
}

fn in_a_process_of_its_own(test: &str) {
    let exe = std::env::current_exe().expect("a test knows its binary");
    let mut command = Command::new(exe);
    command.args([test, "--exact", "--nocapture", "--test-threads=1"]).env(CHILD, "1");
    let output = command.output().expect("the test's own binary can be run");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success() && out.contains("1 passed"), "{out}\n{err}");
}
