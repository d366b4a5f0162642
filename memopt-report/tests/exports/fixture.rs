//! A heap report built by hand: two chains of sites and one call path outside, inlined calls, two
//! modules, frames without symbols.

use memopt_report::{
    CallPath, Contents, Estimate, HandOff, HeapMode, HeapReport, Lifetimes, Line, LiveOfThread,
    Module, StackFrame,
};

/// Samples at 512 KiB: each small block stands for about so many bytes.
const INTERVAL: u64 = 512 << 10;

/// `samples` samples of blocks of `size` bytes.
fn samples(samples: u64, size: u64) -> Estimate {
    let p = 1.0 - (-(size as f64) / INTERVAL as f64).exp();
    let mut estimate = Estimate::default();
    estimate.samples = samples;
    estimate.blocks = (samples as f64 / p).round() as u64;
    estimate.bytes = (samples as f64 * size as f64 / p).round() as u64;
    estimate.bytes_variance = samples as f64 * (1.0 - p) * (size as f64 / p).powi(2);
    estimate.largest_weight = if samples > 0 { size as f64 / p } else { 0.0 };
    estimate
}

/// `blocks` lifetimes of about 2^`power` ns.
fn lifetimes(blocks: u64, power: usize) -> Lifetimes {
    let mut powers = vec![0; power + 1];
    powers[power] = blocks;
    Lifetimes::new(blocks, (blocks * (3 << power) / 2) as f64, powers)
}

fn frame(address: u64, lines: &[(&str, &str, u32)]) -> StackFrame {
    let line = |&(function, file, line): &(&str, &str, u32)| Line::new(function, file, line);
    StackFrame::new(address, lines.iter().map(line).collect())
}

fn scopes(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// `main` reads files, `parse` makes small blocks and keeps some in an index; a C library allocates
/// outside.
pub(crate) fn report() -> HeapReport {
    let mut report = HeapReport::default();
    report.mode = HeapMode::Sampled;
    report.interval = INTERVAL;
    report.at_ns = 12_500_000_000;
    report.unix_ns = 1_700_000_000_000_000_000;
    report.pid = 4711;
    report.call_paths = call_paths();
    report.frames = frames();
    report.modules = modules();
    report.hand_offs = vec![
        hand_off("app::json::parse", "app::json::parse", 0, samples(40, 64)),
        hand_off("app::json::parse", "app::index::write", 1, samples(6, 4096)),
        hand_off("app::io::read", "", 0, samples(3, 1 << 20)),
    ];
    report.threads = vec!["main".to_owned(), "writer".to_owned()];
    report.peak_at_ns = 9_000_000_000;
    report.peak_bytes = 30 << 20;
    report.own_bytes = 1_300_000;
    report.lost = 2;
    report
}

/// The same program later: the index has grown, files are no longer held.
#[cfg(feature = "flamegraph")]
pub(crate) fn later() -> HeapReport {
    let mut report = report();
    report.call_paths[0].live = samples(48, 64);
    report.call_paths[2].live = samples(0, 1 << 20);
    report
}

fn hand_off(from: &str, to: &str, to_thread: u32, freed: Estimate) -> HandOff {
    let mut hand_off = HandOff::default();
    hand_off.from = from.to_owned();
    hand_off.to = to.to_owned();
    hand_off.to_thread = to_thread;
    hand_off.freed = freed;
    hand_off
}

fn of_thread(thread: u32, live: Estimate) -> LiveOfThread {
    LiveOfThread::new(thread, live)
}

fn contents(
    samples: u64,
    looked_at: u64,
    never_written: u64,
    zero: u64,
    duplicate: u64,
) -> Contents {
    let mut contents = Contents::default();
    (contents.samples, contents.looked_at) = (samples, looked_at);
    (contents.never_written, contents.zero, contents.duplicate) = (never_written, zero, duplicate);
    contents
}

fn call_paths() -> Vec<CallPath> {
    vec![
        {
            let mut path = CallPath::default();
            path.scopes = scopes(&["app::main", "app::json::parse"]);
            path.stack = vec![0, 1, 2, 3, 4, 10];
            path.allocated = samples(64, 64);
            path.live = samples(24, 64);
            path.live_by_thread = vec![of_thread(0, samples(16, 64)), of_thread(1, samples(8, 64))];
            path.at_peak = samples(20, 64);
            path.peak_bytes = samples(24, 64).bytes;
            path.lifetimes = lifetimes(40, 14);
            path.contents = contents(4, 4096, 1024, 64, 128);
            path.usable_bytes = samples(24, 64).bytes * 5 / 4;
            path
        },
        {
            let mut path = CallPath::default();
            path.scopes = scopes(&["app::main", "app::json::parse"]);
            path.stack = vec![0, 1, 5, 3, 4, 10];
            path.allocated = samples(6, 4096);
            path.lifetimes = lifetimes(6, 24);
            path.peak_bytes = samples(2, 4096).bytes;
            path.contents = contents(24, 24_576, 20_000, 0, 0);
            path
        },
        {
            let mut path = CallPath::default();
            path.scopes = scopes(&["app::main", "app::io::read"]);
            path.stack = vec![0, 6, 4, 10];
            path.allocated = samples(8, 1 << 20);
            path.live = samples(5, 1 << 20);
            path.live_by_thread = vec![of_thread(0, samples(5, 1 << 20))];
            path.at_peak = samples(8, 1 << 20);
            path.peak_bytes = samples(8, 1 << 20).bytes;
            path.lifetimes = lifetimes(3, 31);
            path.contents = contents(16, 8 << 20, 3 << 20, 0, 0);
            path.usable_bytes = samples(5, 1 << 20).bytes;
            path
        },
        {
            let mut path = CallPath::default();
            path.stack = vec![7, 8, 9];
            path.allocated = samples(2, 1000);
            path.live = samples(2, 1000);
            path.at_peak = samples(2, 1000);
            path.peak_bytes = samples(2, 1000).bytes;
            path.usable_bytes = samples(2, 1008).bytes;
            path
        },
        {
            let mut path = CallPath::default();
            path.scopes = scopes(&["app::main", "app::index::write"]);
            path.allocated = samples(3, 256);
            path.live = samples(1, 256);
            path.at_peak = samples(1, 256);
            path.peak_bytes = samples(1, 256).bytes;
            path.lifetimes = lifetimes(2, 8);
            path.usable_bytes = samples(1, 256).bytes;
            path
        },
    ]
}

fn frames() -> Vec<StackFrame> {
    let std = "/rustc/59807616/library/alloc/src";
    vec![
        frame(0x5555_0000_1010, &[("__rustc::__rust_alloc", "", 0)]),
        frame(
            0x5555_0000_1123,
            &[
                ("alloc::alloc::alloc", &format!("{std}/alloc.rs"), 95),
                (
                    "alloc::raw_vec::RawVecInner<A>::finish_grow",
                    &format!("{std}/raw_vec/mod.rs"),
                    778,
                ),
                ("alloc::vec::Vec<T,A>::push", &format!("{std}/vec/mod.rs"), 1000),
            ],
        ),
        // `key` was inlined into `value`.
        frame(
            0x5555_0000_2040,
            &[
                ("app::json::Parser::key", "src/json.rs", 31),
                ("app::json::Parser::value", "src/json.rs", 58),
            ],
        ),
        frame(0x5555_0000_2200, &[("<app::json::Parser as app::Parse>::parse", "src/json.rs", 12)]),
        // `main` was inlined into what the standard library starts it with.
        frame(
            0x5555_0000_3000,
            &[
                ("app::main", "src/main.rs", 7),
                ("call_once<fn()>", "/rustc/59807616/library/core/src/ops/function.rs", 250),
            ],
        ),
        frame(0x5555_0000_2300, &[("app::json::scratch; [u8; 4096]", "src/json.rs", 90)]),
        // What leads to the allocator was inlined into `read`.
        frame(
            0x5555_0000_4000,
            &[
                ("with_capacity<u8>", &format!("{std}/vec/mod.rs"), 480),
                ("app::io::read", "src/io.rs", 22),
            ],
        ),
        frame(0x7fff_0000_1500, &[]),
        frame(0x7fff_0000_1900, &[]),
        frame(0x9000, &[]),
        frame(0x5555_0000_5000, &[("main", "", 0)]),
    ]
}

fn modules() -> Vec<Module> {
    vec![
        {
            let mut module = Module::default();
            module.start = 0x5555_0000_1000;
            module.end = 0x5555_0000_9000;
            module.file_offset = 0x1000;
            module.bias = Some(module.start - 0x2000);
            module.path = "/opt/app/bin/app".to_owned();
            module.build_id = "0123456789abcdef0123456789abcdef01234567".to_owned();
            module
        },
        {
            let mut module = Module::default();
            module.start = 0x7fff_0000_0000;
            module.end = 0x7fff_0001_0000;
            module.file_offset = 0x26000;
            module.bias = Some(module.start - 0x27000);
            module.path = "/usr/lib/libsqlite3.so.0".to_owned();
            module.build_id = String::new();
            module
        },
    ]
}
