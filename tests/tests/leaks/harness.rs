//! Runs a program in a process of its own, takes a snapshot a round, and compares the verdicts.

use memopt::report::leak::{Growth, LeakKind, LeakWatch, Moment};
use std::process::Command;

/// Rounds a program runs for: 16 windows of two.
const ROUNDS: u64 = 32;
/// Set in the process that runs the program.
const CHILD: &str = "MEMOPT_LEAKS_CHILD";
/// How far a rate may be from what the program does, up or down.
const FACTOR: f64 = 1.5;

/// A program: called once a round with its number.
pub(crate) type Program = Box<dyn FnMut(u64)>;

/// What exact mode notes of each block.
#[derive(Clone, Copy)]
pub(crate) enum Exactly {
    /// Its scopes.
    Scopes,
    /// Its stack too.
    Stacks,
}

impl Exactly {
    pub(crate) fn start(self) -> Result<(), memopt::Error> {
        match self {
            Self::Scopes => memopt::heap::start_exact(),
            Self::Stacks => memopt::heap::start_exact_with_stacks(),
        }
    }
}

/// How much a program leaks, by its own numbers: bytes. What allocators and runtimes add is a small
/// part of it.
#[derive(Clone, Copy)]
pub(crate) struct Leaking {
    /// A round, which is a second.
    pub(crate) per_second: u64,
    /// A call of the site; `None` where there is no site.
    pub(crate) per_call: Option<u64>,
}

/// A verdict that must be given: the kind, the site by the end of its name, and what a leak leaks.
pub(crate) struct Expected(LeakKind, &'static str, Option<Leaking>);

pub(crate) fn leak(site: &'static str, leaking: Leaking) -> Expected {
    Expected(LeakKind::Leak, site, Some(leaking))
}

/// A verdict that has no rate.
pub(crate) fn only(kind: LeakKind, site: &'static str) -> Expected {
    Expected(kind, site, None)
}

/// Fails unless the watch says exactly `expected` of the program.
pub(crate) fn check(
    test: &str,
    start: impl FnOnce() -> Result<(), memopt::Error>,
    program: Program,
    expected: &[Expected],
) {
    if std::env::var_os(CHILD).is_none() {
        return in_a_process_of_its_own(test);
    }
    start().expect("the heap can be followed here");
    let verdicts = watch(program).verdicts();
    let text = verdicts.to_string();
    assert_eq!(verdicts.len(), expected.len(), "\n{text}");
    for (verdict, Expected(kind, site, leaking)) in verdicts.iter().zip(expected) {
        assert!(
            verdict.kind == *kind && verdict.site().ends_with(site),
            "{kind:?} of `{site}`?\n{text}"
        );
        if let Some(leaking) = leaking {
            check_rates(&verdict.growth, leaking, &text);
        }
    }
    println!("{text}");
}

fn check_rates(growth: &Growth, leaking: &Leaking, text: &str) {
    let near = |told: f64, real: u64| (real as f64 / FACTOR..=real as f64 * FACTOR).contains(&told);
    let per_second = growth.bytes_per_second.value;
    assert!(near(per_second, leaking.per_second), "{per_second} a second?\n{text}");
    match (growth.bytes_per_call, leaking.per_call) {
        (Some(told), Some(real)) => assert!(near(told, real), "{told} a call?\n{text}"),
        (told, real) => assert_eq!(told, real.map(|real| real as f64), "\n{text}"),
    }
}

fn watch(mut program: Program) -> LeakWatch {
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
