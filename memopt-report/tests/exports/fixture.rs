//! A heap report built by hand: two chains of scopes and one call path outside, inlined calls, two
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
    Estimate {
        samples,
        blocks: (samples as f64 / p).round() as u64,
        bytes: (samples as f64 * size as f64 / p).round() as u64,
        bytes_variance: samples as f64 * (1.0 - p) * (size as f64 / p).powi(2),
        largest_weight: if samples > 0 { size as f64 / p } else { 0.0 },
    }
}

/// `blocks` lifetimes of about 2^`power` ns.
fn lifetimes(blocks: u64, power: usize) -> Lifetimes {
    let mut powers = vec![0; power + 1];
    powers[power] = blocks;
    Lifetimes { blocks, total_ns: (blocks * (3 << power) / 2) as f64, powers }
}

fn frame(address: u64, lines: &[(&str, &str, u32)]) -> StackFrame {
    let line = |&(function, file, line): &(&str, &str, u32)| Line {
        function: function.to_owned(),
        file: file.to_owned(),
        line,
    };
    StackFrame { address, lines: lines.iter().map(line).collect() }
}

fn scopes(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// `main` reads files, `parse` makes small blocks and keeps some in an index; a C library allocates
/// outside.
pub(crate) fn report() -> HeapReport {
    HeapReport {
        mode: HeapMode::Sampled,
        interval: INTERVAL,
        at_ns: 12_500_000_000,
        rss_bytes: None,
        limit_bytes: None,
        unix_ns: 1_700_000_000_000_000_000,
        pid: 4711,
        call_paths: call_paths(),
        frames: frames(),
        modules: modules(),
        hand_offs: vec![
            hand_off("app::json::parse", "app::json::parse", 0, samples(40, 64)),
            hand_off("app::json::parse", "app::index::write", 1, samples(6, 4096)),
            hand_off("app::io::read", "", 0, samples(3, 1 << 20)),
        ],
        hand_offs_lost: Estimate::default(),
        threads: vec!["main".to_owned(), "writer".to_owned()],
        peak_at_ns: 9_000_000_000,
        peak_bytes: 30 << 20,
        own_bytes: 1_300_000,
        lost: 2,
    }
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
    HandOff { from: from.to_owned(), to: to.to_owned(), from_thread: 0, to_thread, freed }
}

fn of_thread(thread: u32, live: Estimate) -> LiveOfThread {
    LiveOfThread { thread, live }
}

fn call_paths() -> Vec<CallPath> {
    vec![
        CallPath {
            scopes: scopes(&["app::main", "app::json::parse"]),
            stack: vec![0, 1, 2, 3, 4, 10],
            allocated: samples(64, 64),
            live: samples(24, 64),
            live_by_thread: vec![of_thread(0, samples(16, 64)), of_thread(1, samples(8, 64))],
            at_peak: samples(20, 64),
            peak_bytes: samples(24, 64).bytes,
            lifetimes: lifetimes(40, 14),
            contents: Contents {
                samples: 4,
                looked_at: 4096,
                never_written: 1024,
                zero: 64,
                duplicate: 128,
            },
            usable_bytes: samples(24, 64).bytes * 5 / 4,
        },
        CallPath {
            scopes: scopes(&["app::main", "app::json::parse"]),
            stack: vec![0, 1, 5, 3, 4, 10],
            allocated: samples(6, 4096),
            lifetimes: lifetimes(6, 24),
            peak_bytes: samples(2, 4096).bytes,
            contents: Contents {
                samples: 24,
                looked_at: 24_576,
                never_written: 20_000,
                zero: 0,
                duplicate: 0,
            },
            ..CallPath::default()
        },
        CallPath {
            scopes: scopes(&["app::main", "app::io::read"]),
            stack: vec![0, 6, 4, 10],
            allocated: samples(8, 1 << 20),
            live: samples(5, 1 << 20),
            live_by_thread: vec![of_thread(0, samples(5, 1 << 20))],
            at_peak: samples(8, 1 << 20),
            peak_bytes: samples(8, 1 << 20).bytes,
            lifetimes: lifetimes(3, 31),
            contents: Contents {
                samples: 16,
                looked_at: 8 << 20,
                never_written: 3 << 20,
                zero: 0,
                duplicate: 0,
            },
            usable_bytes: samples(5, 1 << 20).bytes,
        },
        CallPath {
            stack: vec![7, 8, 9],
            allocated: samples(2, 1000),
            live: samples(2, 1000),
            at_peak: samples(2, 1000),
            peak_bytes: samples(2, 1000).bytes,
            usable_bytes: samples(2, 1008).bytes,
            ..CallPath::default()
        },
        CallPath {
            scopes: scopes(&["app::main", "app::index::write"]),
            allocated: samples(3, 256),
            live: samples(1, 256),
            at_peak: samples(1, 256),
            peak_bytes: samples(1, 256).bytes,
            lifetimes: lifetimes(2, 8),
            usable_bytes: samples(1, 256).bytes,
            ..CallPath::default()
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
        Module {
            start: 0x5555_0000_1000,
            end: 0x5555_0000_9000,
            file_offset: 0x1000,
            path: "/opt/app/bin/app".to_owned(),
            build_id: "0123456789abcdef0123456789abcdef01234567".to_owned(),
        },
        Module {
            start: 0x7fff_0000_0000,
            end: 0x7fff_0001_0000,
            file_offset: 0x26000,
            path: "/usr/lib/libsqlite3.so.0".to_owned(),
            build_id: String::new(),
        },
    ]
}
