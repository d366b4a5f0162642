use super::{Decision, PAIRS_FOR_TIME, Run, Turns, by_chance, judge, judge_instructions};
use crate::proof::group::Said;
use std::time::Duration;

const MS: u64 = 1_000_000;

fn run(allocs: u64, bytes: u64, cpu_ns: u64, says: &str) -> Run {
    Run {
        stdout: Said::read(&mut says.as_bytes()),
        code: Some(0),
        allocs,
        bytes,
        reallocs: 10,
        cpu_ns,
        resident: Some(1 << 20),
        wall: Duration::ZERO,
    }
}

fn before() -> Run {
    run(1000, 10_000, 100, "x")
}

fn of(after: &Run) -> Decision {
    judged(after, false)
}

fn judged(after: &Run, frees_memory: bool) -> Decision {
    judge(&[(before(), after.clone()), (before(), after.clone())], frees_memory, Turns::Left)
}

/// Pairs whose CPU times are these, ms, of a program that makes so many blocks with the edit.
fn timed(pairs: &[(u64, u64)], allocs: u64, turns: Turns) -> Decision {
    let of = |allocs, ms| run(allocs, 10_000, ms * MS, "x");
    let pairs = pairs.iter().map(|(old, new)| (of(1000, *old), of(allocs, *new)));
    judge(&pairs.collect::<Vec<_>>(), false, turns)
}

fn reverted(why: &str) -> Decision {
    Decision::Reverted(why.to_owned())
}

#[test]
fn what_saves_blocks_and_harms_nothing_is_kept() {
    assert_eq!(of(&run(900, 10_000, 101, "x")), Decision::Kept);
    assert_eq!(of(&run(1000, 9_000, 101, "x")), Decision::Kept);
    // A few blocks more for much less memory: what is large is in a box of its own.
    assert_eq!(judged(&run(1010, 5_000, 100, "x"), true), Decision::Kept);
    assert_ne!(judged(&run(1010, 9_900, 100, "x"), true), Decision::Kept);
    assert_ne!(judged(&run(1100, 5_000, 100, "x"), true), Decision::Kept, "many blocks");
}

#[test]
fn more_reallocations_are_kept_only_for_many_blocks() {
    let after = |allocs, reallocs| Run { reallocs, ..run(allocs, 10_000, 100, "x") };
    assert_eq!(of(&after(1000, 9)), Decision::Kept);
    assert_eq!(of(&after(800, 11)), Decision::Kept);
    assert_eq!(of(&after(950, 11)), Decision::Reverted("it reallocates more".to_owned()));
    assert_ne!(of(&after(800, 20)), Decision::Kept);
}

#[test]
fn a_gain_of_time_is_believed_after_many_turns() {
    let faster = (50, 40);
    let told = |pairs: &[(u64, u64)], turns| timed(pairs, 1000, turns);
    assert_eq!(told(&[faster; PAIRS_FOR_TIME], Turns::Left), Decision::Kept);
    let few = [faster; PAIRS_FOR_TIME - 1];
    assert_eq!(told(&few, Turns::Left), Decision::Doubtful("it may be faster".to_owned()));
    assert_eq!(told(&few, Turns::Done), reverted("nothing got better"));
    // Two of nine that are slower may be chance, and one is not.
    let nine = |slower| [vec![(50, 51); slower], vec![faster; 9 - slower]].concat();
    assert_eq!(told(&nine(1), Turns::Done), Decision::Kept);
    assert_eq!(told(&nine(2), Turns::Done), reverted("nothing got better"));
    // Two milliseconds of so few are nothing.
    assert_eq!(told(&[(3, 1); 9], Turns::Left), reverted("nothing got better"));
}

#[test]
fn a_rise_of_time_takes_back_only_beyond_chance() {
    let slower = (50, 60);
    // A tenth of the blocks is saved, which is exact.
    let told = |pairs: &[(u64, u64)], turns| timed(pairs, 900, turns);
    let more = "it takes more CPU time";
    assert_eq!(told(&[slower; PAIRS_FOR_TIME], Turns::Left), reverted(more));
    // So few pairs leave it open: more are run, and what they do not tell does not count.
    let few = [slower; PAIRS_FOR_TIME - 1];
    assert_eq!(told(&few, Turns::Left), Decision::Doubtful(more.to_owned()));
    assert_eq!(told(&few, Turns::Done), Decision::Kept);
    // A busy machine makes one run slow and another fast.
    let nine = |faster| [vec![(50, 49); faster], vec![slower; 9 - faster]].concat();
    assert_eq!(told(&nine(1), Turns::Left), reverted(more));
    assert_eq!(told(&nine(2), Turns::Left), Decision::Doubtful(more.to_owned()));
    assert_eq!(told(&nine(2), Turns::Done), Decision::Kept);
    // A slower program with nothing saved is none to keep.
    assert_eq!(timed(&nine(2), 1000, Turns::Done), reverted("nothing got better"));
}

#[test]
fn memory_that_rises_takes_back_beyond_chance() {
    let holds = |mib: u64| Run { resident: Some(mib << 20), ..run(900, 9_000, 100, "x") };
    let nine = |less| {
        let pair = |after| (Run { resident: Some(8 << 20), ..before() }, holds(after));
        [vec![pair(7); less], vec![pair(9); 9 - less]].concat()
    };
    let more = "it holds more memory";
    assert_eq!(judge(&nine(1), false, Turns::Left), reverted(more));
    assert_eq!(judge(&nine(2), false, Turns::Left), Decision::Doubtful(more.to_owned()));
    assert_eq!(judge(&nine(2), false, Turns::Done), Decision::Kept);
}

#[test]
fn instructions_are_a_gain_or_a_harm_of_their_own() {
    let even = of(&run(1000, 10_000, 100, "x"));
    assert!(even.asks_for_instructions());
    assert_eq!(judge_instructions(even.clone(), -0.03), Decision::Kept);
    assert_eq!(judge_instructions(even, -0.01), reverted("nothing got better"));
    let more = reverted("it executes more instructions");
    assert_eq!(judge_instructions(Decision::Kept, 0.03), more);
    assert_eq!(judge_instructions(Decision::Kept, 0.01), Decision::Kept);
    // They make good nothing else.
    let harm = of(&run(1010, 9_000, 100, "x"));
    assert!(!harm.asks_for_instructions());
    assert_eq!(judge_instructions(harm.clone(), -0.5), harm);
}

#[test]
fn one_lucky_pair_hides_no_harm() {
    let pairs = [(50, 60), (50, 60), (50, 49)].map(|(old, new): (u64, u64)| {
        (run(1000, 10_000, old * MS, "x"), run(900, 9_000, new * MS, "x"))
    });
    let left = judge(&pairs, false, Turns::Left);
    assert_eq!(left, Decision::Doubtful("it takes more CPU time".to_owned()));
    let holds = |bytes| Run { resident: bytes, ..run(900, 9_000, 100, "x") };
    assert_eq!(of(&holds(Some(9 << 20))), Decision::Doubtful("it holds more memory".to_owned()));
    // What the system does not tell is not judged.
    assert_eq!(of(&holds(None)), Decision::Kept);
}

#[test]
fn chance_is_that_of_coins() {
    assert!((by_chance(7, 7) - 1.0 / 128.0).abs() < 1e-12);
    assert!((by_chance(8, 9) - 10.0 / 512.0).abs() < 1e-12);
    assert!((by_chance(0, 4) - 1.0).abs() < 1e-12);
}

#[test]
fn what_harms_is_taken_back() {
    for (after, why) in [
        (run(900, 10_000, 100, "y"), "prints something else with it"),
        (run(1010, 9_000, 100, "x"), "more blocks"),
        (run(900, 11_000, 100, "x"), "more bytes"),
        (run(1000, 10_000, 100, "x"), "nothing got better"),
    ] {
        let Decision::Reverted(reason) = of(&after) else { panic!("{why}") };
        assert!(reason.contains(why), "{reason}");
    }
    let Decision::Doubtful(reason) = of(&run(900, 10_000, 12 * MS, "x")) else { panic!() };
    assert!(reason.contains("more CPU time"), "{reason}");
}

#[test]
#[cfg(unix)]
fn the_report_is_that_of_the_program_and_not_of_one_it_starts() {
    use super::Place;
    use memopt_report::{Report, Status, Totals};
    use std::{env, fs, path::Path};

    let folder = env::temp_dir().join(format!("memopt-trial-{}", std::process::id()));
    // A process that ended may have had the same number.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    for (name, blocks) in [("own", 7), ("other", 9)] {
        let totals = Totals::allocated(blocks, 100);
        let report = Report::empty(Status::Counting).with_total(totals, Totals::default());
        fs::write(folder.join(name), report.to_json()).unwrap();
    }
    // It starts itself, and each writes a report where the variable says.
    let script = r#"
        to=$(printf %s "${MEMOPT_REPORT#json:}" | sed "s/{pid}/$$/")
        cp "$1" "$to"
        if [ "$1" = own ]; then sh script other; echo "$NAME"; exit 3; fi"#;
    fs::write(folder.join("script"), script).unwrap();
    let args = ["script", "own"].map(Into::into);
    let environment = vec![("NAME", "till".into())];
    let reports = folder.join("all");
    let place = Place { args: &args, folder: &folder, environment, compares_output: true, reports };
    let run = Run::of(Path::new("sh"), &place, None).unwrap();
    assert_eq!((run.allocs, run.code), (7, Some(3)));
    assert_eq!(run.stdout, Said::read(&mut &b"till\n"[..]));
    assert_eq!(fs::read_dir(folder.join("all")).unwrap().count(), 2);
    // The report of an earlier run is none of this one.
    let none = Place { args: &["-c".into(), "true".into()], ..place };
    assert!(Run::of(Path::new("sh"), &none, None).is_err());
    // One that does not end is ended, and that is told.
    let endless = Place { args: &["-c".into(), "sleep 60".into()], ..none };
    let late = Run::of(Path::new("sh"), &endless, Some(Duration::from_millis(50)));
    assert!(late.unwrap_err().to_string().starts_with("the program was ended after "));
    fs::remove_dir_all(folder).unwrap();
}
