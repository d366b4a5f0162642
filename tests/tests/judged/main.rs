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

/// Turns of each program; the fastest counts.
const TURNS: usize = 25;
/// The pair that the cost model predicts, two of a bare loop, in pairs of `instructions::UNIT`.
const AMONG_WORK: f64 = 1.8;
/// What a prediction of time may be off, as a share of what was measured.
const NEAR: f64 = 0.3;

/// Prints the time that was predicted and measured, by turns: the fastest of each, and what is
/// predicted in pairs of blocks times the fastest pair. So the load of the machine cancels out.
#[test]
#[ignore = "times are for people, on a quiet machine, in a release build"]
fn times() {
    println!(
        "{:<44} {:>8} {:>8} {:>12} {:>12} {:>6}",
        "case", "blocks", "reallocs", "predicted", "measured", "ratio"
    );
    let mut ratios = Vec::new();
    for case in cases().iter().filter(|case| case.measured) {
        let turns: Vec<[f64; 4]> = (0..TURNS)
            .map(|_| {
                let (before, after) = (Said::of_waste(case.before), Said::of(case.after));
                let unit = Said::of(instructions::UNIT.before);
                [before.predicted_pairs(), before.us(), after.us(), unit.us()]
            })
            .collect();
        let [pairs, before, after, unit] = std::array::from_fn(|column| {
            turns.iter().map(|turn| turn[column]).fold(f64::INFINITY, f64::min)
        });
        let predicted = pairs * AMONG_WORK * unit / instructions::PAIRS as f64;
        let measured = before - after;
        let ratio = predicted / measured;
        let (blocks, reallocs) = Said::of_waste(case.before).predicted_blocks();
        println!(
            "{:<44} {blocks:>8} {reallocs:>8} {predicted:>9.0} µs {measured:>9.0} µs {ratio:>6.2}",
            case.name
        );
        ratios.push(ratio);
    }
    let near = ratios.iter().filter(|ratio| (*ratio - 1.0).abs() <= NEAR).count();
    ratios.sort_unstable_by(f64::total_cmp);
    let median = ratios[ratios.len() / 2];
    println!("{near} of {} within {NEAR}, the median {median:.2}", ratios.len());
}
