//! What looking at a program costs that program: CPU time of its work while a Prometheus scrapes it
//! and a page is open, against the time while nobody looks, by turns. Measured builds only:
//!
//! ```sh
//! cargo test --release -p memopt-server --test slowdown -- --ignored --nocapture
//! ```
#![forbid(unsafe_code)]

use memopt_monitor::Monitor;
use memopt_runtime::__private::thread_cpu_ns;
use memopt_server::builder;
use std::collections::BTreeMap;
use std::hint::black_box;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

/// What a scrape and the pages ask for, each second. The stream of events is open beside it.
const LOOKS: [&str; 12] = [
    "/metrics",
    "/api/v1/status",
    "/api/v1/health",
    "/api/v1/findings?limit=5",
    "/api/v1/alerts",
    "/api/v1/leaks?limit=100",
    "/api/v1/sites?limit=50",
    "/api/v1/heap/tree?weight=live",
    "/api/v1/metrics/history?metric=process.resident&from=15m",
    "/api/v1/metrics/history?metric=site.allocated&from=15m",
    "/debug/pprof/heap",
    "/debug/pprof/allocs",
];

/// A piece of work: an order is read, kept for a while, and searched.
#[memopt::track_alloc]
fn order(number: u64, kept: &mut BTreeMap<u64, Vec<String>>) -> usize {
    let lines = lines(number);
    let found = lines.iter().filter(|line| line.contains('7')).count();
    kept.insert(number, lines);
    if kept.len() > 2_000 {
        kept.pop_first();
    }
    found
}

#[memopt::track_alloc]
fn lines(number: u64) -> Vec<String> {
    (0..40).map(|line| format!("{number};{line};product-{}", number * line % 977)).collect()
}

/// One look at everything, over one connection.
fn look(at: &str) {
    let Ok(mut stream) = TcpStream::connect(at) else { return };
    for (n, path) in LOOKS.iter().enumerate() {
        let last = if n + 1 == LOOKS.len() { "connection: close\r\n" } else { "" };
        write!(stream, "GET {path} HTTP/1.1\r\nhost: {at}\r\n{last}\r\n").unwrap();
    }
    let mut all = Vec::new();
    stream.read_to_end(&mut all).unwrap();
    let fine = String::from_utf8_lossy(&all).matches("HTTP/1.1 200").count();
    assert_eq!(fine, LOOKS.len(), "some look was refused");
}

/// CPU time of a piece of work in this window, ns.
fn window(time: Duration, number: &mut u64, kept: &mut BTreeMap<u64, Vec<String>>) -> f64 {
    let (began, before) = (Instant::now(), thread_cpu_ns().unwrap());
    let first = *number;
    while began.elapsed() < time {
        for _ in 0..100 {
            *number += 1;
            black_box(order(*number, kept));
        }
    }
    (thread_cpu_ns().unwrap() - before) as f64 / (*number - first) as f64
}

#[test]
#[ignore = "it measures for two minutes: run it in a release build"]
fn looking_costs_the_program_less_than_a_hundredth() {
    let monitor = Monitor::builder().set("profiling.sample_every", "512 KiB").start().unwrap();
    let server = builder(&monitor).address("127.0.0.1:0").start().unwrap();
    let at = server.address().unwrap();
    let (is_looking, looks) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let looker = thread::spawn({
        let (at, is_looking, looks) = (at.clone(), Arc::clone(&is_looking), Arc::clone(&looks));
        move || {
            memopt_report::untracked(|| {
                loop {
                    if is_looking.load(Relaxed) {
                        look(&at);
                        looks.fetch_add(1, Relaxed);
                    }
                    thread::sleep(Duration::from_secs(1));
                }
            })
        }
    });
    let (mut number, mut kept) = (0, BTreeMap::new());
    window(Duration::from_secs(5), &mut number, &mut kept);
    let mut ratios = Vec::new();
    for turn in 0..20 {
        // On and off, off and on, so that a drift of the machine falls on both.
        let mut times = [0.0; 2];
        for which in if turn % 2 == 0 { [0, 1] } else { [1, 0] } {
            is_looking.store(which == 1, Relaxed);
            times[which] = window(Duration::from_secs(3), &mut number, &mut kept);
        }
        ratios.push(times[1] / times[0]);
    }
    ratios.sort_unstable_by(f64::total_cmp);
    let median = f64::midpoint(ratios[9], ratios[10]);
    println!(
        "{} looks of {} requests: CPU time of the work x {median:.4}, quartiles {:.4} to {:.4}",
        looks.load(Relaxed),
        LOOKS.len(),
        ratios[5],
        ratios[14]
    );
    assert!(looks.load(Relaxed) > 20, "nobody looked");
    assert!(median < 1.01, "{ratios:?}");
    drop(looker);
}
