//! A program made to fool the optimizer: bursts that never repeat, and scopes of which each leaves a block in every chunk an arena would
//! use. It must take back what it tried, and the program must need little more memory than without it.
//!
//! Run twice as a program of its own, since what is resident is a matter of the whole process.
#![cfg(target_os = "linux")]

use memopt::optimize::{Mode, Settings};
use memopt::report::Step;
use memopt::{optimizer, report};
use std::process::Command;

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

/// Some 64 of them fill an arena's chunk.
type Block = [u8; 1000];

/// One of a family of bursts: as many blocks as no burst before, of which all go.
#[memopt::track_alloc(name = "burst")]
fn burst(round: usize) -> usize {
    let blocks: Vec<Vec<u8>> =
        (0..500 + round * 37 % 3000).map(|i| vec![1; 16 + (i * 7 + round) % 500]).collect();
    blocks.iter().map(Vec::len).sum()
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

/// What the child processes do: the adversary's work, then what they needed and what the optimizer did.
fn work(mode: Mode) {
    let optimizer = optimizer();
    let mut settings = Settings::default();
    (settings.min_calls, settings.max_calls) = (100, 2000);
    optimizer.configure(settings).unwrap();
    optimizer.set_mode(mode);
    let mut kept = Vec::new();
    for round in 0..1500 {
        burst(round);
        leaky(&mut kept);
        optimizer.tick();
    }
    assert_eq!(kept.len(), 1500 * 16);
    let of =
        |site: &str, step: Step| optimizer.log().iter().filter(|a| a.site == site && a.step == step).count();
    let text = report().to_string();
    println!(
        "figures {} {} {} {} {} {} {}",
        status("VmHWM"),
        status("VmRSS"),
        of("leaks a block a chunk", Step::Tried),
        of("leaks a block a chunk", Step::Reverted),
        of("leaks a block a chunk", Step::Kept),
        report().actions().len(),
        u8::from(text.contains("optimizer")),
    );
}

/// Runs this test in another process, with a mode.
fn child(mode: &str) -> [u64; 7] {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "what_does_not_pay_is_taken_back_and_costs_no_memory", "--nocapture"])
        .env("ADVERSARY_MODE", mode)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    let (_, figures) = text.split_once("figures ").unwrap_or_else(|| panic!("no figures in {text}"));
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
    assert_eq!(rest_off, [0; 5], "no trace of it where it is off");

    let [most, last, tried, reverted, kept, actions, shown] = child("apply");
    assert!(tried > 0, "there must be something to take back: {actions} actions");
    assert!(reverted >= tried && kept == 0, "tried {tried}, reverted {reverted}, kept {kept}");
    assert_eq!(shown, 1);
    assert!(last * 5 <= last_off * 6, "{last} KiB resident at the end, {last_off} KiB untreated");
    assert!(most * 5 <= most_off * 6, "{most} KiB resident at most, {most_off} KiB untreated");
}
