//! What the monitor costs a program with a thousand sites: CPU time of its thread, memory, bytes on
//! disk, and what it takes from the thread that works. See the README of this folder's parent.
//!
//! `rounds N` only works, `rounds N watched` does so beside a monitor: under callgrind with
//! `--separate-threads=yes` they tell in instructions what the first thread pays.

use memopt::__private::thread_cpu_ns;
use memopt::monitor::Monitor;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

/// How long the monitor is watched.
const WATCHED: Duration = Duration::from_secs(60);
/// Turns with the monitor, and as many without.
const TURNS: usize = 12;
/// How long a turn takes.
const TURN: Duration = Duration::from_secs(3);

/// A thousand functions, each with a site of its own.
macro_rules! sites {
    ($all:ident: $($hundred:ident)*) => {
        $(sites!(@tens $hundred: a b c d e f g h i j);)*
        const $all: &[&[&[fn()]]] = &[$($hundred::ALL),*];
    };
    (@tens $hundred:ident: $($ten:ident)*) => {
        mod $hundred {
            $(sites!(@ones $ten: a b c d e f g h i j);)*
            pub(crate) const ALL: &[&[fn()]] = &[$($ten::ALL),*];
        }
    };
    (@ones $ten:ident: $($one:ident)*) => {
        mod $ten {
            $(#[memopt::track_alloc]
            fn $one() {
                std::hint::black_box(Vec::<u8>::with_capacity(100));
            })*
            pub(crate) const ALL: &[fn()] = &[$($one),*];
        }
    };
}

sites!(SITES: s0 s1 s2 s3 s4 s5 s6 s7 s8 s9);

/// A call of each.
fn all() {
    SITES.iter().copied().flatten().copied().flatten().for_each(|site| site());
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::temp_dir().join(format!("memopt-watching-{}", std::process::id()));
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let outcome = match words[..] {
        [] => run(&folder),
        ["rounds", rounds] => rounds.parse().map(only_work).map_err(Into::into),
        ["rounds", rounds, "watched"] => {
            let _monitor = Monitor::builder().folder(&folder).start()?;
            rounds.parse().map(only_work).map_err(Into::into)
        }
        _ => Err("give nothing, `rounds N` or `rounds N watched`".into()),
    };
    let _ = fs::remove_dir_all(&folder);
    outcome
}

fn only_work(rounds: u64) {
    (0..rounds).for_each(|_| all());
}

fn run(folder: &Path) -> Result<(), Box<dyn Error>> {
    let start = || Monitor::builder().folder(folder).start();
    all();
    let before = resident();
    let monitor = start()?;
    let began = Instant::now();
    while began.elapsed() < WATCHED {
        all();
        thread::sleep(Duration::from_millis(2));
    }
    let took = own_thread().and_then(|task| on_core(&task)).ok_or("no thread of the monitor")?;
    let share = took.as_secs_f64() / began.elapsed().as_secs_f64();
    let cost = monitor.published().map(|now| now.cost.clone()).unwrap_or_default();
    println!("the monitor's thread     {:.3} % of a core over {WATCHED:?}", share * 100.0);
    println!("as it says itself        {:.3} %, level {}", cost.own_cpu_ratio * 100.0, cost.level);
    println!("what it keeps            {:.1} MiB", mib(cost.own_bytes));
    println!("resident since the start {:+.1} MiB", mib(resident()) - mib(before));
    println!("on disk after {WATCHED:?}     {:.2} MiB", mib(size(folder)));
    drop(monitor);

    let mut ratios = Vec::new();
    for turn in 0..TURNS {
        // By turns, and in both orders: a shared machine changes its speed.
        let with = || -> Result<f64, Box<dyn Error>> {
            let _monitor = start()?;
            Ok(work())
        };
        let (watched, alone) = if turn % 2 == 0 {
            let watched = with()?;
            (watched, work())
        } else {
            let alone = work();
            (with()?, alone)
        };
        ratios.push(watched / alone);
    }
    ratios.sort_by(f64::total_cmp);
    println!(
        "time of the working thread, watched ÷ alone: {:.4} (quartiles {:.4} to {:.4})",
        ratios[TURNS / 2],
        ratios[TURNS / 4],
        ratios[TURNS * 3 / 4]
    );
    Ok(())
}

/// CPU time of one round of all sites, ns.
fn work() -> f64 {
    let (began, cpu) = (Instant::now(), thread_cpu_ns().unwrap_or(0));
    let mut rounds = 0_u64;
    while began.elapsed() < TURN {
        for _ in 0..50 {
            all();
        }
        rounds += 50;
    }
    (thread_cpu_ns().unwrap_or(0) - cpu) as f64 / rounds as f64
}

/// The folder of the monitor's thread.
fn own_thread() -> Option<PathBuf> {
    let tasks = fs::read_dir("/proc/self/task").ok()?;
    tasks.filter_map(|task| Some(task.ok()?.path())).find(|task| {
        fs::read_to_string(task.join("comm")).is_ok_and(|name| name.trim() == "memopt-monitor")
    })
}

/// Time that a thread was on a core.
fn on_core(task: &Path) -> Option<Duration> {
    let text = fs::read_to_string(task.join("schedstat")).ok()?;
    text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

fn resident() -> u64 {
    let text = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    text.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * 4096
}

fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(|entry| entry.ok()?.metadata().ok()).map(|file| file.len()).sum()
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / (1 << 20) as f64
}
