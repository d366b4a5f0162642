//! The optimizer from outside: what it tries, keeps and takes back. One test: its state is that of
//! the process.

use memopt::optimizer::{Mode, Settings};
use memopt::report::{Action, Floor, Step};
use memopt::{optimizer, report};
use std::collections::BTreeMap;
use std::time::Duration;

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

/// Many small blocks, all gone when the call ends.
#[memopt::track_alloc(name = "tree")]
fn tree(n: u32) -> usize {
    let map: BTreeMap<String, Vec<u8>> =
        (0..200 + n % 50).map(|i| (format!("key {i}"), vec![1; 40])).collect();
    map.values().map(Vec::len).sum()
}

#[memopt::track_alloc(name = "left alone", no_apply)]
fn left_alone(n: u32) -> usize {
    let parts: Vec<String> = (0..200).map(|i| format!("{n} {i}")).collect();
    parts.len()
}

/// What `tree` does, where a person chose.
#[memopt::arena(name = "chosen by a person")]
fn chosen(n: u32) -> usize {
    let map: BTreeMap<String, Vec<u8>> =
        (0..200 + n % 50).map(|i| (format!("key {i}"), vec![1; 40])).collect();
    map.values().map(Vec::len).sum()
}

/// Looks like the others, but keeps a block of every few.
#[allow(clippy::vec_box, reason = "the blocks are the point")]
#[memopt::track_alloc(name = "adversary")]
fn adversary(kept: &mut Vec<Box<[u8; 200]>>) {
    let blocks: Vec<Box<[u8; 200]>> = (0..4000).map(|_| Box::new([1; 200])).collect();
    kept.extend(blocks.into_iter().step_by(100));
}

fn of<'a>(log: &'a [Action], site: &str) -> Vec<&'a Action> {
    log.iter().filter(|action| action.site == site).collect()
}

/// Whether the optimizer itself came to a verdict.
fn decides(action: &Action) -> bool {
    action.by == "optimizer" && matches!(action.step, Step::Adopted | Step::Reverted)
}

fn settings() -> Settings {
    let mut settings = Settings::default();
    (settings.min_calls, settings.max_calls) = (100, 2000);
    settings
}

#[test]
fn it_tries_proves_keeps_and_takes_back() {
    let optimizer = optimizer();

    // Off, the start: no trace.
    (0..200).for_each(|n| _ = tree(n));
    assert_eq!(optimizer.mode(), Mode::Off);
    assert!(optimizer.tick().is_empty());
    assert!(report().actions().is_empty() && !report().to_string().contains("optimizer"));

    // Suggest: says what it would try, once.
    optimizer.set_mode(Mode::Suggest);
    (0..200).for_each(|n| _ = (left_alone(n), chosen(n)));
    let proposed = optimizer.tick();
    let tree_arena = of(&proposed, "tree").into_iter().find(|a| a.routing == "arena").unwrap();
    assert_eq!(
        (tree_arena.step, tree_arena.by.as_str(), tree_arena.dry_run),
        (Step::Proposed, "optimizer", true)
    );
    assert!(
        tree_arena.predicted > 0.05 && tree_arena.code.starts_with("memopt::"),
        "{tree_arena:?}"
    );
    assert!(
        tree_arena.measured.is_none() && tree_arena.unix_ms > 1_700_000_000_000,
        "{tree_arena:?}"
    );
    let edit = tree_arena.edit.as_ref().unwrap();
    assert!(edit.file.ends_with("tests/optimizer.rs"), "{edit}");
    assert_eq!(edit.before, "#[memopt::track_alloc(name = \"tree\")]");
    assert_eq!(edit.after, "#[memopt::arena(name = \"tree\")]");
    assert!(of(&proposed, "left alone").is_empty(), "{proposed:?}");
    assert!(of(&proposed, "chosen by a person").is_empty(), "{proposed:?}");
    assert!(optimizer.tick().is_empty());

    // A dry run does no more.
    let mut dry = settings();
    dry.dry_run = true;
    optimizer.configure(dry).unwrap();
    optimizer.set_mode(Mode::Apply);
    let proposed = optimizer.tick();
    assert!(!proposed.is_empty() && proposed.iter().all(|a| a.step == Step::Proposed && a.dry_run));

    // Apply: tries, then decides by what it measured.
    optimizer.configure(settings()).unwrap();
    let tried = || {
        of(&optimizer.tick(), "tree").iter().any(|a| a.step == Step::Tried && a.by == "optimizer")
    };
    assert!(tried());
    // Taken back with the mode, which says nothing of the site: it is tried again at once.
    optimizer.set_mode(Mode::Off);
    optimizer.set_mode(Mode::Apply);
    assert!(tried());
    for n in 0..20_000 {
        tree(n);
        left_alone(n);
        chosen(n);
        if n % 200 == 0 {
            optimizer.tick();
        }
        if of(&optimizer.log(), "tree").iter().any(|a| decides(a)) {
            break;
        }
    }
    let log = optimizer.log();
    let decided = of(&log, "tree").into_iter().find(|a| decides(a)).unwrap();
    let effect = decided.measured.unwrap();
    assert!(effect.treated >= 100 && effect.untreated >= 100, "{decided}");
    assert!(effect.low <= effect.time_ratio && effect.time_ratio <= effect.high, "{decided}");
    // Half of the calls do what the other half does.
    assert!((0.95..1.05).contains(&effect.blocks_ratio), "{decided}");
    for call in [effect.treated_call, effect.untreated_call] {
        assert!(
            call.time_ns > 0.0 && call.bytes > 10_000.0 && call.peak_bytes > 10_000.0,
            "{call:?}"
        );
        assert!((400.0..1000.0).contains(&call.blocks), "{call:?}");
    }
    match decided.step {
        Step::Adopted => assert!(effect.high < 1.0 && decided.edit.is_some(), "{decided}"),
        _ => assert!(effect.high >= 0.9 && decided.edit.is_none(), "{decided}"),
    }
    for site in ["left alone", "chosen by a person"] {
        assert!(of(&log, site).is_empty());
    }
    // Not for want of a reason: a trial could help the one, and the other is treated already.
    // However little of the run's time it is on this machine.
    let suggestions = report().findings_above(Floor::new(0.0001, 1 << 20)).with_remedy();
    assert!(suggestions.iter().any(|found| found.site == "left alone"), "{suggestions}");
    assert!(suggestions.iter().all(|found| found.site != "chosen by a person"), "{suggestions}");
    let chosen = report().site("chosen by a person").unwrap().treated_by;
    assert!(chosen.is_some(), "the attribute is in the report");
    let text = report().to_string();
    assert!(
        text.contains("\noptimizer\n") && text.lines().all(|line| line.chars().count() <= 100),
        "{text}"
    );

    // What survives is found out and taken back; it is not tried again before the cooldown is over.
    let mut kept = Vec::new();
    for _ in 0..300 {
        adversary(&mut kept);
        kept.truncate(40_000);
        optimizer.tick();
    }
    let log = optimizer.log();
    let adversary = of(&log, "adversary");
    assert!(adversary.iter().any(|a| a.step == Step::Tried), "{adversary:?}");
    assert!(
        adversary.iter().any(|a| a.step == Step::Reverted && a.evidence.contains("outlive")),
        "{adversary:?}"
    );
    assert!(
        !adversary.iter().any(|a| a.step == Step::Adopted && a.routing == "arena"),
        "{adversary:?}"
    );
    // Free lists mind survivors less: the refusal is the arena's alone.
    assert!(
        adversary.iter().any(|a| a.step == Step::Tried && a.routing == "magazine"),
        "{adversary:?}"
    );
    let arenas = adversary.iter().filter(|a| a.step == Step::Tried && a.routing == "arena");
    assert_eq!(arenas.count(), 1, "{adversary:?}");

    // The program has the last word.
    optimizer.set_mode(Mode::Off);
    assert!(!optimizer.revert("tree"), "nothing is applied any more");
    for action in optimizer.log().iter().filter(|a| a.by == "program") {
        assert_eq!(action.step, Step::Reverted);
    }
    let mut nonsense = settings();
    nonsense.cooldown = Duration::ZERO;
    nonsense.share = 0.0;
    assert!(optimizer.configure(nonsense).unwrap_err().is_setting());
}
