//! What looking at a program costs that program: the instructions of its own work while a
//! Prometheus scrapes it, profilers ask for the heap and a page is open, each once a second, and
//! while nobody looks. Callgrind counts those of the observed function alone:
//!
//! ```sh
//! cargo test --release -p memopt-server --test slowdown --no-run
//! for looks in 0 1; do
//!   MEMOPT_LOOKS=$looks MEMOPT_ORDERS=30000 valgrind --tool=callgrind --separate-threads=yes \
//!     --toggle-collect='*observed_work*' target/release/deps/slowdown-* --ignored --nocapture
//! done
//! ```
#![forbid(unsafe_code)]

use memopt_monitor::Monitor;
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

/// What a scrape, profilers and the pages ask for, each second.
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

/// One look at everything, over one connection. How many requests were answered: below callgrind
/// some are too slow for the server's limits.
fn look(at: &str) -> usize {
    let Ok(mut stream) = TcpStream::connect(at) else { return 0 };
    for (n, path) in LOOKS.iter().enumerate() {
        let last = if n + 1 == LOOKS.len() { "connection: close\r\n" } else { "" };
        write!(stream, "GET {path} HTTP/1.1\r\nhost: {at}\r\n{last}\r\n").unwrap();
    }
    let mut all = Vec::new();
    stream.read_to_end(&mut all).unwrap();
    String::from_utf8_lossy(&all).matches("HTTP/1.1 200").count()
}

/// The observed work: always the same, whoever looks. Its instructions are what is measured.
#[inline(never)]
fn observed_work(orders: u64) -> usize {
    let mut kept = BTreeMap::new();
    (0..orders).map(|number| black_box(order(number, &mut kept))).sum()
}

#[test]
#[ignore = "callgrind runs it: see above"]
fn looking_at_a_program() {
    let orders = std::env::var("MEMOPT_ORDERS").map_or(2_000, |it| it.parse().unwrap());
    let is_looked_at = std::env::var("MEMOPT_LOOKS").as_deref() != Ok("0");
    let monitor = Monitor::builder().set("profiling.sample_every", "512 KiB").start().unwrap();
    let server = builder(&monitor).address("127.0.0.1:0").start().unwrap();
    let at = server.address().unwrap();
    while monitor.published().is_none() {
        thread::sleep(Duration::from_millis(20));
    }
    let (is_over, looks) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let looker = thread::spawn({
        let (is_over, looks) = (Arc::clone(&is_over), Arc::clone(&looks));
        move || {
            while is_looked_at && !is_over.load(Relaxed) {
                let answered = memopt_report::untracked(|| look(&at));
                looks.fetch_add(answered, Relaxed);
                thread::sleep(Duration::from_secs(1));
            }
        }
    });
    let began = Instant::now();
    black_box(observed_work(orders));
    is_over.store(true, Relaxed);
    looker.join().unwrap();
    let (looks, time) = (looks.load(Relaxed), began.elapsed());
    println!("{orders} orders in {time:.1?}, {looks} requests were answered");
    assert_eq!(looks > 0, is_looked_at);
}
