//! Runs a program in a process of its own, takes a snapshot a round, and compares the verdicts.

use memopt::detect::leak::{LeakKind, LeakWatch, Moment, render_verdicts};
use std::process::Command;

/// Rounds a program runs for: 16 windows of two.
const ROUNDS: u64 = 32;
/// Set in the process that runs the program.
const CHILD: &str = "MEMOPT_LEAKS_CHILD";

/// A program: called once a round with its number.
pub(crate) type Program = Box<dyn FnMut(u64)>;

/// Which blocks are followed.
#[derive(Clone, Copy)]
pub(crate) enum Following {
    /// All.
    Exact,
    /// All, with stacks.
    Stacks,
    /// A sample of one each so many bytes, as in production: the allocator inside gets the others as it would without us.
    Sampled(u64),
}

impl Following {
    fn start(self) {
        let started = match self {
            Self::Exact => memopt::heap::start_exact(),
            Self::Stacks => memopt::heap::start_exact_with_stacks(),
            Self::Sampled(mean_bytes) => memopt::heap::start_sampling(mean_bytes),
        };
        started.expect("the heap cannot be followed here");
    }
}

/// Fails unless the watch says exactly `expected` of the program: the kind, and the site by the end of its name.
pub(crate) fn check(test: &str, following: Following, program: Program, expected: &[(LeakKind, &str)]) {
    if std::env::var_os(CHILD).is_none() {
        return in_a_process_of_its_own(test);
    }
    let watch = run(following, program);
    let verdicts = watch.verdicts();
    let text = render_verdicts(&verdicts, false);
    assert_eq!(verdicts.len(), expected.len(), "\n{text}");
    for (verdict, (kind, site)) in verdicts.iter().zip(expected) {
        assert!(verdict.kind == *kind && verdict.site().ends_with(site), "{kind:?} of `{site}`?\n{text}");
    }
    println!("{text}");
}

fn run(following: Following, mut program: Program) -> LeakWatch {
    following.start();
    let mut watch = LeakWatch::new();
    for round in 0..ROUNDS {
        program(round);
        let report = memopt::report();
        let heap = report.heap().expect("the heap is followed");
        // A round is a second, however long it took: the machine's load is no part of the test.
        watch.add(heap, &Moment::of(heap).at_ns(round * 1_000_000_000).report(&report));
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
