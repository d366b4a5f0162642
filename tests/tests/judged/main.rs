//! What the detectors say of small programs, each with one kind of waste, before and after the
//! change that a person makes.
//!
//! A case names the site and the rule that must come first for `before`; of `after` nothing may be
//! said. What was predicted is compared with the difference of the two runs: blocks and bytes in
//! every run, time only by the ignored tests `times` and `instructions`, which print tables:
//!
//! ```text
//! cargo test --release -p memopt-tests --test judged -- --ignored --nocapture times
//! ```

#![expect(
    clippy::manual_ignore_case_cmp,
    clippy::ptr_arg,
    clippy::vec_init_then_push,
    reason = "the waste that clippy sees too is what is judged"
)]

mod arena;
mod borrow;
mod case;
mod concurrent;
mod grid;
mod hoist;
mod inline;
mod instructions;
mod kept;
mod key;
mod large_variant;
mod pool;
mod presize;
mod reuse;
mod share;
mod silent;
mod stream;

use case::{Case, Said};

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

fn cases() -> Vec<Case> {
    [
        &reuse::CASES[..],
        &concurrent::CASES[..],
        &borrow::CASES[..],
        &hoist::CASES[..],
        &pool::CASES[..],
        &share::CASES[..],
        &inline::CASES[..],
        &kept::CASES[..],
        &arena::CASES[..],
        &presize::CASES[..],
        &stream::CASES[..],
        &grid::CASES[..],
        &key::CASES[..],
        &large_variant::CASES[..],
    ]
    .concat()
}

#[test]
fn the_first_finding_is_what_a_person_changed() {
    let wrong: Vec<String> = cases()
        .iter()
        .filter_map(|case| {
            let found = Said::of_waste(case.before);
            let right = found.first() == Some((case.code.to_owned(), case.site.to_owned()));
            (!right)
                .then(|| format!("{}: expected {} on {}\n{found}", case.name, case.code, case.site))
        })
        .collect();
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn nothing_is_said_after_the_change() {
    let wrong: Vec<String> = cases()
        .iter()
        .filter_map(|case| {
            let found = Said::of(case.after);
            (found.warnings() > 0).then(|| format!("{}:\n{found}", case.name))
        })
        .collect();
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn nothing_is_said_where_nothing_helps() {
    let wrong: Vec<String> = silent::CASES
        .iter()
        .filter_map(|(name, program)| {
            let found = Said::of(*program);
            (found.warnings() > 0).then(|| format!("{name}:\n{found}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn blocks_are_saved_as_predicted() {
    let wrong: Vec<String> = cases()
        .iter()
        .filter(|case| case.measured)
        .filter_map(|case| {
            let (before, after) = (Said::of_waste(case.before), Said::of(case.after));
            let saved = before.requests() as f64 - after.requests() as f64;
            let predicted = before.predicted_requests() as f64;
            let near = (predicted - saved).abs() <= 0.15 * saved.abs();
            (!near).then(|| format!("{}: predicted {predicted}, measured {saved}", case.name))
        })
        .collect();
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

/// Prints the time that was predicted and measured.
#[test]
#[ignore = "times are for people, on a quiet machine, in a release build"]
fn times() {
    println!("{:<44} {:>12} {:>12} {:>8}", "case", "predicted", "measured", "ratio");
    for case in cases().iter().filter(|case| case.measured) {
        let predicted = Said::of(case.before).predicted_ns();
        let fastest = |program: fn()| (0..9).map(|_| Said::of(program).cpu_ns()).min().unwrap_or(0);
        let measured = fastest(case.before) as f64 - fastest(case.after) as f64;
        println!(
            "{:<44} {:>9.0} µs {:>9.0} µs {:>8.2}",
            case.name,
            predicted / 1e3,
            measured / 1e3,
            predicted / measured
        );
    }
}
