//! How long the findings of ten thousand sites take, in CPU time of this thread.
//!
//! ```sh
//! cargo run --release -p memopt-judging
//! ```
//!
//! The report is made from a seed: a tree of scopes three wide, most traffic in few sites, each of
//! another kind. Sites stand where functions of this project stand, so that sources are read.
#![forbid(unsafe_code)]

use memopt_report::{
    CallPath, Estimate, HeapReport, Line, ProcessUse, Report, SiteKind, SiteReport, SizeClass,
    StackFrame, Status, Totals, Tree, TreeNode,
};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const SITES: usize = 10_000;
/// Return addresses that call paths have.
const FRAMES: u64 = 5_000;
/// Sites entered directly from one.
const WIDE: usize = 3;
const ROUNDS: usize = 21;

fn main() {
    let rounds = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(ROUNDS);
    let report = report(SITES);
    let heap = heap(&report);
    time("scopes alone", &report, rounds);
    time("with the heap", &report.with_heap(Some(heap)), rounds);
}

fn time(what: &str, report: &Report, rounds: usize) {
    let mut times: Vec<Duration> = (0..rounds)
        .map(|_| {
            let began = Instant::now();
            std::hint::black_box(report.findings());
            began.elapsed()
        })
        .collect();
    times.sort_unstable();
    println!(
        "{what}: {SITES} sites, {} findings by themselves, {} told: median {:.1} ms, least {:.1} \
         ms, most {:.1} ms of {rounds} rounds",
        report.site_findings().len(),
        report.findings().len(),
        ms(times[times.len() / 2]),
        ms(times[0]),
        ms(times[times.len() - 1]),
    );
}

fn ms(time: Duration) -> f64 {
    1e3 * time.as_secs_f64()
}

/// A source of numbers that are the same in every run.
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

/// What the sites of one kind do in a call.
struct Call {
    bytes: u64,
    blocks: u64,
    peak: u64,
    retained: u64,
    grows: u64,
}

fn call_of_kind(kind: u64, size: u64) -> Call {
    let bytes = 64 * size;
    match kind {
        // A buffer made in each call.
        0 => Call { bytes, blocks: 1, peak: bytes, retained: 0, grows: 0 },
        // Small blocks that live together.
        1 => Call { bytes, blocks: size, peak: bytes, retained: 0, grows: 0 },
        // Blocks that come and go.
        2 => Call { bytes, blocks: size, peak: bytes / size, retained: 0, grows: 0 },
        // What stays.
        3 => Call { bytes, blocks: 4, peak: bytes, retained: bytes, grows: 0 },
        // A buffer that grows.
        _ => Call { bytes, blocks: 1, peak: bytes, retained: 0, grows: 6 },
    }
}

fn report(sites: usize) -> Report {
    let (mut draws, places) = (Draws(0x9E37_79B9_7F4A_7C15), places());
    let mut nodes: Vec<TreeNode> = Vec::new();
    let mut made: Vec<SiteReport> = (0..sites)
        .map(|index| {
            let (file, line, column, name) = &places[index % places.len()];
            let name = format!("shop::part_{}::{name}_{index}", index % 97);
            let mut site = SiteReport::empty(&name, SiteKind::Function);
            (site.file, site.line, site.column) = (file.clone(), *line, *column);
            // A tenth of the sites makes nine tenths of the traffic.
            let heavy = if draws.below(10) == 0 { 100 } else { 1 };
            let call = call_of_kind(draws.below(5), 1 + draws.below(200));
            record(&mut site, &call, heavy * (1 + draws.below(1_000)));
            let mut node = TreeNode::new((index > 0).then(|| (index - 1) / WIDE), index);
            (node.calls, node.own, node.inclusive) = (site.calls, site.own, site.own);
            nodes.push(node);
            site
        })
        .collect();
    let mut total = Totals::default();
    for index in (0..sites).rev() {
        total.add(&made[index].own);
        let inside = nodes[index].inclusive;
        made[index].inclusive = inside;
        if let Some(parent) = nodes[index].parent {
            nodes[parent].inclusive.add(&inside);
        }
    }
    let cpu_ns = 3 * total.allocs * 40;
    Report::empty(Status::Counting)
        .with_elapsed_ns(cpu_ns)
        .with_process(ProcessUse::new(Some(cpu_ns), Some(1 << 30), Some(1 << 30)))
        .with_total(total, Totals::default())
        .with_sites(made, Tree::new(nodes))
}

/// A call path of ten frames for each site.
fn heap(report: &Report) -> HeapReport {
    let mut draws = Draws(7);
    let paths = report.sites().iter().map(|site| {
        let all = Estimate::exact(site.own.allocs, site.own.bytes);
        let live = Estimate::exact(0, site.own.live_bytes().unsigned_abs());
        let mut path = CallPath::new(vec![site.name.clone()], all, live);
        path.stack = (0..10).map(|_| draws.below(FRAMES) as u32).collect();
        path
    });
    let mut heap = HeapReport::new(paths.collect());
    let line = |n| Line::new(format!("shop::inner::function_{n}"), "src/inner.rs", n as u32);
    heap.frames = (0..FRAMES).map(|n| StackFrame::new(n, vec![line(n)])).collect();
    heap
}

fn record(site: &mut SiteReport, call: &Call, calls: u64) {
    site.calls = calls;
    site.bytes.record(call.bytes, calls);
    site.allocs.record(call.blocks, calls);
    site.peak.record(call.peak, calls);
    site.retained.record(call.retained, calls);
    let mut own = Totals::allocated(calls * call.blocks, calls * call.bytes);
    own.freed_bytes = calls * (call.bytes - call.retained);
    own.frees = if call.retained == 0 { own.allocs } else { 0 };
    own.reallocs = calls * call.grows;
    own.copied_bytes = if call.grows > 0 { calls * call.bytes } else { 0 };
    (site.own, site.self_bytes, site.self_allocs) = (own, own.bytes, own.allocs);
    (site.reallocs, site.grows) = (own.reallocs, own.reallocs);
    if call.grows > 0 {
        site.final_capacity.record(call.bytes, calls);
    }
    let size = call.bytes / call.blocks;
    site.size_classes.push(SizeClass::new(size, size, own.allocs));
}

/// File, line, column and name of each function of the project.
fn places() -> Vec<(String, u32, u32, String)> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../../memopt-report/src")];
    let mut files: Vec<PathBuf> = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("the project's sources").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    let functions = files.iter().flat_map(|file| {
        let text = fs::read_to_string(file).expect("a source");
        let found = text.lines().enumerate().filter_map(|(at, line)| {
            let start = line.find("fn ")? + 3;
            let end = start + line[start..].find(|c: char| !c.is_alphanumeric() && c != '_')?;
            let name = line[start..end].to_owned();
            let place = (file.display().to_string(), at as u32 + 1, start as u32 + 1, name);
            (end > start).then_some(place)
        });
        found.collect::<Vec<_>>()
    });
    functions.collect()
}
