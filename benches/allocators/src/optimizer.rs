//! The optimizer where the allocator may be as fast as what it tries.

use memopt::optimizer;
use memopt::optimizer::{Mode, Settings};
use memopt::report::{Action, Step};
use std::collections::BTreeMap;

const SITE: &str = "tree";

/// Many small blocks, all gone when the call ends.
#[memopt::track_alloc(name = "tree")]
fn tree(n: usize) -> usize {
    let map: BTreeMap<String, Vec<u8>> =
        (0..lengths(n)).map(|i| (format!("key {i}"), vec![1; i])).collect();
    map.values().map(Vec::len).sum()
}

fn lengths(n: usize) -> usize {
    200 + n % 50
}

/// What the log says of a site whose trials are over and kept nothing.
const LEFT_ALONE: &str = "left alone until its workload changes";

/// Calls until everything tried is decided, at most; far more than settings and routings need.
const MOST: usize = 100_000;

/// Lets the optimizer try what it finds on a site: each trial must end, kept with a proven gain or
/// taken back with a reason, and the calls give the same results throughout. Where nothing was kept
/// the log must say that the site is left alone, and it must be.
///
/// # Panics
///
/// Where one of these does not hold.
pub fn check_optimizer() {
    let mut settings = Settings::default();
    (settings.min_calls, settings.max_calls) = (100, 2000);
    optimizer().configure(settings).expect("they mean something");
    optimizer().set_mode(Mode::Apply);

    let mut calls = 0;
    loop {
        call(&mut calls);
        optimizer().tick();
        let log = log();
        let count = |step: Step| log.iter().filter(|action| action.step == step).count();
        let tried = count(Step::Tried);
        let is_over =
            |last: &Action| last.step == Step::Adopted || last.evidence.contains(LEFT_ALONE);
        if tried > 0
            && tried == count(Step::Adopted) + count(Step::Reverted)
            && log.last().is_some_and(is_over)
        {
            break;
        }
        assert!(calls < MOST, "no end after {calls} calls: {log:?}");
    }
    for action in log() {
        println!("{action}");
        assert_eq!((action.by.as_str(), action.dry_run), ("optimizer", false));
        let Some(effect) = action.measured else {
            assert_eq!(
                action.step,
                Step::Tried,
                "no allocator keeps chunks for nothing here: {action}"
            );
            continue;
        };
        assert!(effect.treated >= 100 && effect.untreated >= 100, "{action}");
        assert!(!action.evidence.is_empty(), "{action}");
        if action.step == Step::Adopted {
            assert!(effect.high < 1.0 && action.edit.is_some(), "{action}");
        } else {
            assert!(effect.high >= 1.0 - settings.min_gain, "{action}");
        }
    }
    let last = log().pop().expect("something was tried");

    // The same work: nothing is tried again.
    let before = log().len();
    (0..20).for_each(|_| {
        call(&mut calls);
        optimizer().tick();
    });
    let tried_again = log().iter().skip(before).any(|action| action.step == Step::Tried);
    assert!(!tried_again || last.step == Step::Adopted, "{:?}", log());
    optimizer().set_mode(Mode::Off);
}

/// Some calls, each with the result it must have.
fn call(calls: &mut usize) {
    for n in *calls..*calls + 100 {
        assert_eq!(tree(n), (0..lengths(n)).sum::<usize>());
    }
    *calls += 100;
}

fn log() -> Vec<Action> {
    optimizer().log().into_iter().filter(|action| action.site == SITE).collect()
}
