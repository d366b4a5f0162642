//! What was predicted beside the instructions that the change saves, which no load of the machine
//! moves.
//!
//! ```text
//! cargo test --release -p memopt-tests --test judged -- --ignored --nocapture instructions::all
//! ```

use crate::case::{Case, Said};
use std::hint::black_box;
use std::process::Command;

/// Says which program `alone` runs: the case's name, and `before` or `after`.
const PROGRAM: &str = "MEMOPT_JUDGED";
/// Pairs of the program that tells what one takes.
pub(crate) const PAIRS: u64 = 100_000;
/// Instructions of a pair among other work, which the cost model predicts, in those of a pair of
/// that program: checks and calls, but no caches that other work uses.
const AMONG_WORK: f64 = 1.4;

/// One pair after the other: the unit of what is predicted.
pub(crate) const UNIT: Case = Case {
    name: "pairs of 64 bytes",
    code: "",
    site: "",
    before: || pairs(PAIRS),
    after: || pairs(0),
    measured: false,
};

#[memopt::track_alloc]
fn pairs(count: u64) {
    for number in 0..count {
        drop(black_box(Box::new([number; 8])));
    }
}

/// Prints the table; needs `valgrind`.
#[test]
#[ignore = "takes minutes, and a valgrind, in a release build"]
fn all() {
    let saved = |case: &Case| counted(case.name, "before") - counted(case.name, "after");
    let of_pair = AMONG_WORK * saved(&UNIT) / PAIRS as f64;
    println!("{of_pair:.0} instructions a pair of 64 bytes\n");
    let mut near = 0;
    println!("{:<44} {:>12} {:>12} {:>8}", "case", "predicted", "counted", "ratio");
    for case in crate::cases().iter().filter(|case| case.measured) {
        let predicted = Said::of(case.before).predicted_pairs() * of_pair;
        let counted = saved(case);
        let ratio = predicted / counted;
        println!("{:<44} {predicted:>12.0} {counted:>12.0} {ratio:>8.2}", case.name);
        near += u32::from((ratio - 1.0).abs() <= crate::NEAR);
    }
    println!("{near} within {}", crate::NEAR);
}

/// Instructions of a process that runs this program and nothing else.
fn counted(name: &str, which: &str) -> f64 {
    let this = std::env::current_exe().expect("a test knows its file");
    let run = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(this)
        .args(["--ignored", "--exact", "instructions::alone"])
        .env(PROGRAM, format!("{name}|{which}"))
        .output()
        .expect("valgrind is there");
    let said = String::from_utf8_lossy(&run.stderr);
    let collected = said.lines().find_map(|line| line.split("Collected : ").nth(1));
    collected.and_then(|number| number.trim().parse().ok()).expect(&said)
}

/// Runs the program that the environment names; `all` counts it.
#[test]
#[ignore = "is run by `all`"]
fn alone() {
    let Ok(wanted) = std::env::var(PROGRAM) else { return };
    let cases = [crate::cases(), vec![UNIT]].concat();
    let named = wanted.split_once('|').and_then(|(name, which)| {
        let case = cases.iter().find(|case| case.name == name)?;
        Some(if which == "before" { case.before } else { case.after })
    });
    named.expect("a case of this name")();
}
