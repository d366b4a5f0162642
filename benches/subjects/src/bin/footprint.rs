//! How much memory memopt keeps: runs one case and prints the resident bytes before and after it.
//!
//! `footprint CASE SITES THREADS ENTER`, where `ENTER` is 1 with scopes (or, in `untouched`,
//! samples) and 0 for the same program without.

use std::sync::Barrier;

use memopt_subjects::calls::{STEPS, Step, steps};
use memopt_subjects::resident::resident;
use memopt_subjects::ten;

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

type Sites = [&'static memopt::runtime::Site];

/// A thousand sites.
fn sites() -> Vec<&'static memopt::runtime::Site> {
    let sites = ten!(ten!(ten!(memopt::site!("one of many"))));
    sites.as_flattened().as_flattened().to_vec()
}

/// One call of a site, with or without its scope.
#[inline(never)]
fn call(site: &'static memopt::runtime::Site, step: &Step, enter: bool) {
    let _scope = enter.then(|| memopt::__private::enter(site));
    for _ in 0..step.blocks {
        memopt::__private::simulate_alloc(step.allocated);
    }
    for _ in 0..step.freed_blocks {
        memopt::__private::simulate_free(step.freed);
    }
}

/// Calls spread over the sites, the values of one site different from call to call.
fn calls(sites: &Sites, count: usize, enter: bool) {
    let steps = steps();
    for i in 0..count {
        // A step that shares no factor with the number of steps, so that a site does not meet the
        // same values again.
        call(sites[i % sites.len()], &steps[(i * 1237) % STEPS], enter);
    }
}

/// Threads that all stay while the memory is read.
fn together(sites: &Sites, threads: usize, enter: bool) -> (u64, u64) {
    const CALLS_A_SITE: usize = 500;
    let (begin, end, leave) =
        (Barrier::new(threads + 1), Barrier::new(threads + 1), Barrier::new(threads + 1));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                begin.wait();
                calls(sites, CALLS_A_SITE * sites.len(), enter);
                end.wait();
                leave.wait();
            });
        }
        let before = resident();
        begin.wait();
        end.wait();
        let after = resident();
        leave.wait();
        (before, after)
    })
}

/// Threads that come and go, `at_once` at a time; read after the first tenth and at the end.
fn come_and_go(sites: &Sites, at_once: usize, enter: bool) -> (u64, u64) {
    const THREADS: usize = 10_000;
    let mut before = 0;
    for started in (0..THREADS).step_by(at_once) {
        if started >= THREADS / 10 && before == 0 {
            before = resident();
        }
        std::thread::scope(|scope| {
            for _ in 0..at_once {
                scope.spawn(|| calls(sites, 4 * sites.len(), enter));
            }
        });
    }
    (before, resident())
}

/// A hundred million calls on one thread, after a million that fill what is filled once.
fn long(sites: &Sites, enter: bool) -> (u64, u64) {
    calls(sites, 1_000_000, enter);
    let before = resident();
    calls(sites, 100_000_000, enter);
    (before, resident())
}

/// A gibibyte in use that nobody writes to, of blocks of all sizes; sampled where `sample` says so.
fn untouched(sample: bool) -> (u64, u64) {
    const BYTES: usize = 1 << 30;
    let before = resident();
    if sample {
        memopt::heap::start_sampling(512 << 10).unwrap();
    }
    let mut blocks: Vec<Vec<u8>> = Vec::with_capacity(1 << 18);
    let mut sum = 0;
    for number in 0.. {
        // Most blocks are small, most bytes are in large ones.
        let size = 64 << [0, 2, 1, 3, 2, 1, 9, 11][number % 8];
        sum += size;
        if sum > BYTES {
            break;
        }
        blocks.push(Vec::with_capacity(size));
    }
    let after = resident();
    if sample {
        let heap = memopt::heap::snapshot();
        let live: u64 = heap.call_paths.iter().map(|call_path| call_path.live.bytes).sum();
        eprintln!(
            "{live} bytes in use by the samples, {} bytes in tables, {} lost",
            heap.own_bytes, heap.lost
        );
    }
    drop(blocks);
    (before, after)
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [case, numbers @ ..] = &arguments[..] else {
        panic!("run this through the `memory` program")
    };
    let numbers: Vec<usize> = numbers.iter().map(|text| text.parse().expect("a number")).collect();
    let [count, threads, enter] = numbers[..] else {
        panic!("run this through the `memory` program")
    };
    let sites = sites();
    let sites = &sites[..count];
    steps();
    let (before, after) = match case.as_str() {
        "together" => together(sites, threads, enter == 1),
        "come_and_go" => come_and_go(sites, threads, enter == 1),
        "untouched" => untouched(enter == 1),
        "long" => long(sites, enter == 1),
        _ => panic!("`{case}` is not a case"),
    };
    println!("{before} {after}");
}
