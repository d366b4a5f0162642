//! What reading everything costs, with a thousand sites and eight threads that entered them all.
//!
//! `cargo test -p memopt-monitor --release --test tick -- --nocapture`

#![allow(clippy::float_cmp, reason = "whole numbers are compared, which are exact")]

use memopt_monitor::clock::{Clock, SystemClock};
use memopt_monitor::history::{Format, History, Options, Tier, Window};
use memopt_monitor::series::Key;
use memopt_monitor::source::{Frame, Most, Root, heap, standard};
use std::collections::BTreeMap;
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

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

fn enter_all() {
    SITES.iter().copied().flatten().copied().flatten().for_each(|site| site());
}

#[test]
fn a_tick_is_not_counted_and_tells_what_the_report_tells() {
    const TICKS: u32 = 300;
    let barrier = Arc::new(Barrier::new(9));
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let barrier = Arc::clone(&barrier);
            std::thread::spawn(move || {
                enter_all();
                barrier.wait();
                // It lives until all was measured.
                barrier.wait();
            })
        })
        .collect();
    barrier.wait();
    let folder = std::env::temp_dir().join(format!("memopt-tick-{}", std::process::id()));
    // A process that ended may have had the same number.
    let _ = std::fs::remove_dir_all(&folder);
    let mut options = Options::default();
    options.folder = Some(folder.clone());
    let history = History::open(&options);
    let clock = SystemClock::new(history.run());
    let slow = Duration::from_secs(10);
    let mut sources = standard(&Root::default(), Most::default(), slow, slow);
    let mut times: BTreeMap<&str, Vec<Duration>> = BTreeMap::new();
    let before = memopt_runtime::totals().expect("it counts").live_bytes();
    let mut last = Frame::default();
    for _ in 0..TICKS {
        memopt_report::untracked(|| {
            let mut frame = Frame::new(clock.now());
            let tick = Instant::now();
            for source in &mut sources {
                let began = Instant::now();
                source.read(&mut frame);
                times.entry(source.name()).or_default().push(began.elapsed());
            }
            let began = Instant::now();
            history.append(&frame);
            times.entry("history").or_default().push(began.elapsed());
            times.entry("all of it").or_default().push(tick.elapsed());
            last = frame;
        });
    }
    let after = memopt_runtime::totals().expect("it counts").live_bytes();
    println!("{} readings a tick, µs (median, mean):", last.readings().len());
    for (name, times) in &mut times {
        times.sort_unstable();
        let mean = times.iter().sum::<Duration>().as_secs_f64() * 1e6 / f64::from(TICKS);
        let median = times[times.len() / 2].as_secs_f64() * 1e6;
        println!("{name:>12} {median:8.0} {mean:8.0}");
    }
    let began = Instant::now();
    let report = memopt_runtime::report();
    println!("a whole report: {:.0} µs", began.elapsed().as_secs_f64() * 1e6);
    // One definition of each number: the report, the reading, history, the store and the export.
    assert!(report.sites().len() >= 1_000);
    assert_eq!(last.get(&Key::new(heap::SITES.name)), Some(report.sites().len() as f64));
    let own: u64 = report.sites().iter().map(|site| site.own.bytes).sum();
    let sites = |history: &History| {
        let keys = history.keys().into_iter();
        keys.filter(|key| &*key.metric == heap::SITE_ALLOCATED.name).collect::<Vec<_>>()
    };
    let newest = |history: &History, key: &Key| {
        history.series(key, Window::All).last().map_or(0.0, |point| point.value)
    };
    let read: f64 = sites(&history).iter().map(|key| newest(&history, key)).sum();
    assert_eq!(read, own as f64);
    drop(history);
    let stored = History::open(&options);
    assert_eq!(sites(&stored).iter().map(|key| newest(&stored, key)).sum::<f64>(), own as f64);
    let mut csv = Vec::new();
    let keys = sites(&stored);
    stored.export(&keys, Window::All, Tier::Hour, Format::Csv, &mut csv).expect("a Vec takes all");
    let csv = String::from_utf8(csv).expect("it is text");
    // Names of these sites have no comma; `last` stands before `count`.
    let last_of = |line: &str| line.rsplit(',').nth(1).and_then(|last| last.parse::<f64>().ok());
    assert_eq!(csv.lines().skip(1).filter_map(last_of).sum::<f64>(), own as f64);
    drop(stored);
    let _ = std::fs::remove_dir_all(folder);
    let kept = after - before;
    assert!(kept.abs() < 100_000, "what a tick allocates is not counted: {kept}");
    barrier.wait();
    threads.into_iter().for_each(|thread| thread.join().expect("it ends"));
}
