//! How fast 10,000 sites are listed, and what listeners cost. Measured builds only:
//!
//! ```sh
//! cargo test --release -p memopt-server --test speed -- --ignored --nocapture
//! ```
#![forbid(unsafe_code)]

use memopt_monitor::Monitor;
use memopt_monitor::program::Program;
use memopt_report::{
    Action, Concurrency, HeapReport, ReclaimableReport, Report, SiteKind, SiteReport, Status, Tree,
};
use memopt_runtime::optimizer::Mode;
use memopt_runtime::remedy::Pressure;
use memopt_server::builder;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread::sleep;
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

/// A program with many sites, each with some calls.
#[derive(Debug)]
struct Many(Report);

impl Program for Many {
    fn report(&self) -> Report {
        self.0.clone()
    }
    fn holders(&self) -> Vec<ReclaimableReport> {
        Vec::new()
    }
    fn heap(&self) -> Option<HeapReport> {
        None
    }
    fn own_cpu(&self) -> Duration {
        Duration::ZERO
    }
    fn sample(&self, _: u64) -> Result<(), String> {
        Ok(())
    }
    fn stop_sampling(&self) {}
    fn activity(&self) -> Concurrency {
        Concurrency::empty(Status::Counting)
    }
    fn follow(&self) -> Result<(), String> {
        Ok(())
    }
    fn reclaim(&self, _: Pressure) -> String {
        String::new()
    }
    fn trim(&self, _: &str) -> Option<u64> {
        None
    }
    fn optimize(&self, _: Mode, _: usize, _: f64, _: &Report) -> Vec<Action> {
        Vec::new()
    }
    fn revert(&self, _: &str) -> bool {
        false
    }
}

fn many(sites: u64) -> Report {
    let site = |n: u64| {
        let name = format!("shop::module_{}::function_{n}", n % 97);
        let mut site = SiteReport::empty(&name, SiteKind::Function);
        (site.file, site.line, site.calls) =
            (format!("src/module_{}.rs", n % 97), n as u32, n % 1_000);
        site.inclusive.bytes = n.wrapping_mul(2_654_435_761) % 1_000_000;
        for value in 0..20 {
            site.bytes.record((n + value) * 37 % 100_000, value + 1);
        }
        site
    };
    Report::empty(Status::Counting).with_sites((0..sites).map(site).collect(), Tree::default())
}

const PROTOCOL_BUFFERS: &str = "application/vnd.google.protobuf;\
    proto=io.prometheus.client.MetricFamily;encoding=delimited";

/// A client that keeps its connection.
struct Client(TcpStream);

impl Client {
    /// The size of the answer, and the time it took.
    fn get(&mut self, at: &str, path: &str) -> (usize, Duration) {
        self.get_as(at, path, "*/*")
    }

    /// The same, in this format.
    fn get_as(&mut self, at: &str, path: &str, accept: &str) -> (usize, Duration) {
        let began = Instant::now();
        write!(self.0, "GET {path} HTTP/1.1\r\nhost: {at}\r\naccept: {accept}\r\n\r\n").unwrap();
        let (mut all, mut part) = (Vec::new(), vec![0; 1 << 20]);
        loop {
            let read = self.0.read(&mut part).unwrap();
            assert!(read > 0, "the connection ended");
            all.extend_from_slice(&part[..read]);
            let Some(end) = all.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
            let head = String::from_utf8_lossy(&all[..end]).to_ascii_lowercase();
            assert!(head.starts_with("http/1.1 200"), "{head}");
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if all.len() == end + 4 + length.unwrap().parse::<usize>().unwrap() {
                return (all.len() - end - 4, began.elapsed());
            }
        }
    }
}

fn worst(mut times: Vec<Duration>) -> (Duration, Duration) {
    times.sort_unstable();
    (times[times.len() / 2], times[times.len() * 99 / 100])
}

#[test]
#[ignore = "it measures: run it in a release build on a machine that does nothing else"]
fn many_sites_and_many_listeners() {
    let monitor = Monitor::builder().start().unwrap();
    let server = builder(&monitor).address("127.0.0.1:0").program(Box::new(Many(many(10_000))));
    let server = server.start().unwrap();
    let at = server.address().unwrap();
    while monitor.published().is_none() {
        sleep(Duration::from_millis(20));
    }
    let mut client = Client(TcpStream::connect(&at).unwrap());
    client.0.set_nodelay(true).unwrap();
    client.get(&at, "/api/v1/sites");
    // All is measured before anything fails.
    let mut missed = Vec::new();
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("load: {}", load.trim());
    let paths = [
        "/api/v1/sites",
        "/api/v1/sites?sort=peak&order=asc&offset=5000",
        "/api/v1/sites?q=module_13&sort=name",
        "/api/v1/sites?sort=retained&limit=100",
    ];
    for path in paths {
        let times = (0..300).map(|_| {
            // Below the pace that is taken.
            sleep(Duration::from_millis(2));
            client.get(&at, path).1
        });
        let (median, worst) = worst(times.collect());
        println!("{path}: median {median:?}, p99 {worst:?}");
        if worst >= Duration::from_millis(10) {
            missed.push(path);
        }
    }
    // The second with histograms of the sites that are told by name.
    for accept in ["text/plain", PROTOCOL_BUFFERS] {
        let (size, _) = client.get_as(&at, "/metrics", accept);
        let times = (0..100).map(|_| client.get_as(&at, "/metrics", accept).1);
        let (median, worst) = worst(times.collect());
        println!("/metrics, {accept:.20}: {size} bytes, median {median:?}, p99 {worst:?}");
        if size >= 2 << 20 || worst >= Duration::from_millis(30) {
            missed.push("/metrics");
        }
    }
    let listeners: Vec<TcpStream> = (0..200)
        .map(|_| {
            let mut stream = TcpStream::connect(&at).unwrap();
            write!(stream, "GET /api/v1/events HTTP/1.1\r\nhost: {at}\r\n\r\n").unwrap();
            stream
        })
        .collect();
    sleep(Duration::from_secs(2));
    let (began, before) = (Instant::now(), server_cpu());
    sleep(Duration::from_secs(10));
    let used = server_cpu() - before;
    let share = used / began.elapsed().as_secs_f64();
    println!("{} listeners: {:.2} % of a core", listeners.len(), 100.0 * share);
    if share >= 0.01 {
        missed.push("listeners");
    }
    assert!(missed.is_empty(), "bars that were missed: {missed:?}");
}

/// CPU time of the server's threads, s.
fn server_cpu() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap().flatten();
    let time = |task: std::fs::DirEntry| {
        let name = std::fs::read_to_string(task.path().join("comm")).ok()?;
        let own =
            ["memopt-server", "memopt-events", "memopt-short", "memopt-costly", "memopt-long"];
        own.contains(&name.trim()).then_some(())?;
        let stat = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        stat.split(' ').next()?.parse::<f64>().ok()
    };
    tasks.filter_map(time).sum::<f64>() / 1e9
}
