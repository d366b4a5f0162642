//! A program made to fool the optimizer: bursts that never repeat, and scopes of which each leaves
//! a block in every chunk an arena would use. It must take back what it tried, and the program must
//! need little more memory than without it.
//!
//! Run twice as a program of its own, since what is resident is a matter of the whole process.
#![cfg(target_os = "linux")]

use memopt::optimizer::{Mode, Settings};
use memopt::report::{Action, Step};
use memopt::{optimizer, report};
use std::process::Command;
use std::time::Duration;

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

/// Some 64 of them fill an arena's chunk.
type Block = [u8; 1000];

/// Places that work hard for [`CALLS`] calls, too few to prove anything, and never again; no call
/// is like another.
macro_rules! bursts {
    ($($name:ident)*) => {
        $(
            #[memopt::track_alloc]
            fn $name(round: usize) -> usize {
                let blocks: Vec<Vec<u8>> = sizes(round).map(|size| vec![1; size]).collect();
                blocks.iter().map(|block| block.len() * usize::from(block[block.len() - 1])).sum()
            }
        )*
        const BURSTS: &[fn(usize) -> usize] = &[$($name),*];
    };
}

bursts! {
    first_burst
    second_burst
    third_burst
    fourth_burst
    fifth_burst
    sixth_burst
    seventh_burst
    eighth_burst
    ninth_burst
    tenth_burst
}

/// Calls of a burst.
const CALLS: usize = 60;

/// The blocks of a round, of which all go.
fn sizes(round: usize) -> impl Iterator<Item = usize> {
    (0..500 + round * 37 % 3000).map(move |i| 16 + (i * 7 + round) % 500)
}

/// Frees all blocks but one in every 60, which is one in each chunk.
#[allow(clippy::vec_box, reason = "the blocks are the point")]
#[memopt::track_alloc(name = "leaks a block a chunk")]
fn leaky(kept: &mut Vec<Box<Block>>) {
    let blocks: Vec<Box<Block>> = (0..960).map(|_| Box::new([1; 1000])).collect();
    kept.extend(blocks.into_iter().step_by(60));
}

/// The member of `/proc/self/status`, in KiB.
fn status(member: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(member)).unwrap();
    line.trim_start_matches(':').trim().trim_end_matches(" kB").parse().unwrap()
}

/// Runs the bursts, a look every ten calls; then looks on until nothing is on trial any more.
fn burst(optimizer: &memopt::optimizer::Optimizer) {
    for (place, burst) in BURSTS.iter().enumerate() {
        for round in place * CALLS..(place + 1) * CALLS {
            assert_eq!(burst(round), sizes(round).sum::<usize>());
            if round % 10 == 9 {
                optimizer.tick();
            }
        }
    }
    let open = || {
        let log = optimizer.log();
        let of =
            |step: Step| log.iter().filter(|a| a.site.ends_with("burst") && a.step == step).count();
        of(Step::Tried) > of(Step::Reverted)
    };
    while open() {
        std::thread::sleep(Duration::from_millis(1));
        optimizer.tick();
    }
}

/// What the child processes do: the adversary's work, then what they needed and what the optimizer
/// did.
fn work(mode: Mode) {
    let optimizer = optimizer();
    let mut settings = Settings::default();
    (settings.min_calls, settings.max_calls) = (100, 400);
    // A trial of a burst is over soon after it.
    settings.max_age = Duration::from_millis(100);
    optimizer.configure(settings).unwrap();
    optimizer.set_mode(mode);
    burst(optimizer);
    settings.max_age = Duration::from_secs(600);
    optimizer.configure(settings).unwrap();
    let mut kept = Vec::new();
    for _ in 0..1500 {
        leaky(&mut kept);
        optimizer.tick();
    }
    assert_eq!(kept.len(), 1500 * 16);
    assert!(kept.iter().all(|block| **block == [1; 1000]));
    let log = optimizer.log();
    let of = |of: fn(&Action) -> bool, step: Step| {
        log.iter().filter(|a| of(a) && a.step == step).count()
    };
    let bursts = |a: &Action| a.site.ends_with("burst");
    let leaky_arena = |a: &Action| a.site == "leaks a block a chunk" && a.routing == "arena";
    let leaky_lists = |a: &Action| a.site == "leaks a block a chunk" && a.routing == "magazine";
    println!(
        "figures {} {} {} {} {} {} {} {} {} {}",
        status("VmHWM"),
        status("VmRSS"),
        of(bursts, Step::Tried),
        of(bursts, Step::Reverted),
        of(bursts, Step::Adopted),
        of(leaky_arena, Step::Tried),
        of(leaky_arena, Step::Reverted),
        of(leaky_arena, Step::Adopted),
        of(leaky_lists, Step::Adopted),
        u8::from(report().to_string().contains("\noptimizer\n")),
    );
}

/// Runs this test in another process, with a mode.
fn child(mode: &str) -> [u64; 10] {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "what_does_not_pay_is_taken_back_and_costs_no_memory", "--nocapture"])
        .env("ADVERSARY_MODE", mode)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    let (_, figures) =
        text.split_once("figures ").unwrap_or_else(|| panic!("no figures in {text}"));
    let figures = figures.lines().next().unwrap();
    let figures: Vec<u64> = figures.split(' ').map(|figure| figure.parse().unwrap()).collect();
    figures.try_into().unwrap()
}

#[test]
fn what_does_not_pay_is_taken_back_and_costs_no_memory() {
    match std::env::var("ADVERSARY_MODE").as_deref() {
        Ok("off") => return work(Mode::Off),
        Ok(_) => return work(Mode::Apply),
        Err(_) => {}
    }
    let [most_off, last_off, rest_off @ ..] = child("off");
    assert_eq!(rest_off, [0; 8], "no trace of it where it is off");

    let [
        most,
        last,
        bursts,
        back,
        bursts_kept,
        arenas,
        arenas_back,
        arenas_kept,
        lists_kept,
        shown,
    ] = child("apply");
    assert!(
        bursts >= 8 && back == bursts && bursts_kept == 0,
        "{bursts} tried, {back} back, {bursts_kept} kept"
    );
    // Free lists do not mind what stays, and may be proven to help: then no arena is tried.
    assert!(arenas > 0 || lists_kept > 0, "there must be something to take back");
    assert!(
        arenas_back == arenas && arenas_kept == 0,
        "{arenas} tried, {arenas_back} back, {arenas_kept} kept"
    );
    assert_eq!(shown, 1);
    assert!(last * 5 <= last_off * 6, "{last} KiB resident at the end, {last_off} KiB untreated");
    assert!(most * 5 <= most_off * 6, "{most} KiB resident at most, {most_off} KiB untreated");
}
