//! Where nothing helps, as over an allocator that is as fast as the routings: each is tried once,
//! the log says so, and the site is left alone until its calls do something else. One test: the
//! optimizer's state is that of the process.

use memopt::optimizer;
use memopt::optimizer::{Mode, Settings};
use memopt::report::{Action, Step};
use std::collections::BTreeMap;
use std::time::Duration;

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

/// Many small blocks, all gone when the call ends.
#[memopt::track_alloc(name = "tree")]
fn tree(entries: usize) -> usize {
    let map: BTreeMap<usize, Vec<u8>> = (0..entries).map(|entry| (entry, vec![1; 40])).collect();
    map.values().map(Vec::len).sum()
}

/// Fifty calls and a look.
fn work(entries: usize) -> Vec<Action> {
    (0..50).for_each(|_| assert_eq!(tree(entries), entries * 40));
    optimizer().tick()
}

#[test]
fn what_gains_nothing_is_said_and_left_alone_until_the_work_changes() {
    let mut settings = Settings::default();
    (settings.min_calls, settings.max_calls, settings.cooldown) = (50, 2000, Duration::ZERO);
    // No allocator is so slow that nine tenths of a call's time could go.
    settings.min_gain = 0.9;
    optimizer().configure(settings).unwrap();
    optimizer().set_mode(Mode::Apply);

    let left_alone =
        |action: &Action| action.evidence.contains("left alone until its workload changes");
    let ticks = (0..1000).take_while(|_| !work(100).iter().any(left_alone)).count();
    assert!(ticks < 1000, "{:?}", optimizer().log());

    let log = optimizer().log();
    let steps: Vec<(Step, &str)> =
        log.iter().map(|action| (action.step, action.routing.as_str())).collect();
    let [first, second] =
        if steps[0].1 == "arena" { ["arena", "magazine"] } else { ["magazine", "arena"] };
    let mut sorted = steps.clone();
    sorted.sort_by_key(|(step, routing)| (*routing != first, *step != Step::Tried));
    let (tried, reverted) = (Step::Tried, Step::Reverted);
    assert_eq!(sorted, [(tried, first), (reverted, first), (tried, second), (reverted, second)]);
    for action in log.iter().filter(|action| action.step == Step::Reverted) {
        assert!(action.evidence.starts_with("no gain: a treated call takes "), "{action}");
        assert!(action.measured.is_some() && action.edit.is_none(), "{action}");
        assert_eq!(left_alone(action), action.routing == second, "{action}");
    }

    // The same work, and work that is not much more.
    for entries in [100, 100, 100, 150, 150] {
        assert_eq!(work(entries), []);
    }
    // Four times the work is other work.
    let again = work(400);
    assert!(
        again.iter().any(|action| action.step == Step::Tried && action.routing == first),
        "{again:?}"
    );
}
