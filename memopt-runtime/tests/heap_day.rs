//! A day of a busy service, an hour at a step: as many blocks in use all the time, replaced over
//! and over by threads that come and go. What the tracking keeps does not grow, and the leak watch,
//! which looks every minute, says nothing.
#![cfg(all(feature = "track", target_os = "linux", not(miri)))]

mod resident;

use memopt_runtime::report::HeapReport;
use memopt_runtime::report::leak::{LeakWatch, Moment};
use memopt_runtime::{Alloc, heap, scope};
use resident::{in_small_pages, resident};
use std::hint::black_box;
use std::thread;

#[global_allocator]
static ALLOC: Alloc = Alloc::system();

const HOURS: u64 = 24;
const MINUTES: u64 = 60;
/// Bytes between samples: small, so that nearly every second block is one.
const INTERVAL: u64 = 512;
/// Hours after which the inner allocator holds what it needs.
const SETTLED: usize = 5;
/// Parts that the blocks in use lie in; each is replaced as a whole, by one thread.
const PARTS: usize = 120;
/// Threads of a minute.
const THREADS: usize = 2;

/// How much happens.
struct Load {
    /// Blocks in use.
    blocks: usize,
    /// Those of them that are sampled, about.
    sampled: u64,
    /// Minutes from one snapshot to the next.
    looks_every: u64,
    /// Parts replaced: all of them 60 × this ÷ 120 times an hour.
    parts_a_minute: usize,
}

/// Knuth's MMIX generator, its upper half.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    /// Most blocks are small, one in eight lies outside of our slabs.
    fn size(&mut self) -> usize {
        match self.below(8) {
            0 => 1000 + self.below(3000) as usize,
            1 | 2 => 200 + self.below(600) as usize,
            _ => 32 + self.below(160) as usize,
        }
    }
}

type Block = Vec<u8>;

/// Sites, each a function of its own, that allocate here or further in.
macro_rules! sites {
    ($($name:ident $site:literal)*) => {
        const SITES: &[fn(u64, usize) -> Block] = &[$({
            #[inline(never)]
            fn $name(way: u64, size: usize) -> Block {
                let _scope = scope!($site);
                further_in(way, size)
            }
            $name
        }),*];
    };
}

sites! {
    accept "accept" parse "parse" look_up "look up" render "render"
    encode "encode" send "send" log_line "log line" retry "retry"
}

/// Two bits of the way say how deep the stack is, the third whether another site is entered there.
#[inline(never)]
fn further_in(way: u64, size: usize) -> Block {
    match way & 3 {
        0 if way == 0 => vec![size as u8; size],
        0 => SITES[0](0, size),
        _ => black_box(further_in(black_box(way - 1), size)),
    }
}

/// A thread replaces parts: blocks of others and of itself, one by one.
fn work(parts: &mut [Vec<Block>], seed: u64) {
    let mut random = Random(seed);
    for block in parts.iter_mut().flatten() {
        let way = random.below(1 << 3);
        *block = SITES[random.below(SITES.len() as u64) as usize](way, random.size());
    }
}

/// Sampled blocks that came, and that are in use.
fn samples(heap: &HeapReport) -> (u64, u64) {
    let add = |sum: (u64, u64), call_path: &memopt_runtime::report::CallPath| {
        (sum.0 + call_path.allocated.samples, sum.1 + call_path.live.samples)
    };
    heap.call_paths.iter().fold((0, 0), add)
}

/// What was seen at the end of an hour.
#[derive(Debug)]
struct Seen {
    resident: u64,
    own: u64,
    call_paths: usize,
    samples: u64,
    live: u64,
    threads: usize,
}

fn day(load: &Load) {
    #[cfg(target_env = "gnu")]
    // SAFETY: sets a number. How many arenas glibc makes for threads that overlap is chance, and
    // not what is looked at.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 1);
    }
    in_small_pages();
    heap::start_sampling(INTERVAL).unwrap();
    // As full as it will be, so that the watch sees no beginning.
    let part = || vec![Block::new(); load.blocks / PARTS];
    let mut parts: Vec<Vec<Block>> = (0..PARTS).map(|_| part()).collect();
    thread::scope(|threads| threads.spawn(|| work(&mut parts, u64::MAX)).join().unwrap());
    let mut watch = LeakWatch::new();
    let mut seen: Vec<Seen> = Vec::with_capacity(HOURS as usize);
    let mut next = 0;
    for minute in 0..HOURS * MINUTES {
        let turn = &mut parts[next..next + load.parts_a_minute];
        next = (next + load.parts_a_minute) % PARTS;
        thread::scope(|threads| {
            let each = turn.chunks_mut(load.parts_a_minute / THREADS).enumerate();
            let workers: Vec<_> = each
                .map(|(number, parts)| {
                    threads.spawn(move || work(parts, minute << 8 | number as u64))
                })
                .collect();
            // Waits until they are gone, which the scope does not: what is kept samples the largest
            // number of threads at once.
            for worker in workers {
                worker.join().unwrap();
            }
        });
        if (minute + 1) % load.looks_every != 0 {
            continue;
        }
        let heap = heap::snapshot();
        watch.add(&heap, &Moment::of(&heap).at_ns(minute * 60_000_000_000));
        let verdicts = watch.verdicts();
        assert!(verdicts.is_empty(), "minute {minute}: {verdicts}");
        if (minute + 1) % MINUTES == 0 {
            let (samples, live) = samples(&heap);
            let own = heap.own_bytes;
            let (call_paths, threads) = (heap.call_paths.len(), heap.threads.len());
            seen.push(Seen { resident: resident(), own, call_paths, samples, live, threads });
            println!("hour {}: {:?}", seen.len(), seen[seen.len() - 1]);
            assert_eq!(heap.lost, 0);
        }
    }
    flat(load, &seen);
}

fn flat(load: &Load, seen: &[Seen]) {
    let first = &seen[0];
    let turned_over = load.sampled * load.parts_a_minute as u64 * MINUTES * HOURS / PARTS as u64;
    let last = &seen[seen.len() - 1];
    assert!(last.samples > turned_over, "{} are fewer than {turned_over}", last.samples);
    let grown = |now: u64, then: u64| now.saturating_sub(then) as f64 / then as f64;
    for (hour, now) in (2_usize..).zip(&seen[1..]) {
        let off = now.live.abs_diff(load.sampled);
        assert!(off < load.sampled / 10, "hour {hour}: {} are in use", now.live);
        assert!(
            now.call_paths < first.call_paths + 200,
            "hour {hour}: {} call_paths and {}",
            now.call_paths,
            first.call_paths
        );
        // The inner allocator's gaps between large blocks of many sizes settle in the first hours,
        // where a tenth was seen.
        let (than, limit) =
            if hour <= SETTLED { (first, 0.25) } else { (&seen[SETTLED - 1], 0.05) };
        let resident = grown(now.resident, than.resident);
        assert!(resident < limit, "hour {hour}: {} and {}", now.resident, than.resident);
    }
    // Threads are told apart until their labels are used up, in the fifth hour: from then on there
    // is nothing new.
    let told_apart = seen[6].threads;
    assert!(
        seen[6..].iter().all(|seen| seen.threads == told_apart),
        "more than {told_apart} threads"
    );
    let mean = |hours: &[Seen], of: fn(&Seen) -> u64| {
        hours.iter().map(of).sum::<u64>() / hours.len() as u64
    };
    let own: fn(&Seen) -> u64 = |seen| seen.own;
    for (of, limit) in [(own, 0.02), (|seen| seen.resident, 0.03)] {
        let (morning, night) = (mean(&seen[8..12], of), mean(&seen[18..], of));
        println!("{morning} in the morning, {night} at night");
        // At full load this is, for each sample in between, 0.03 own bytes and one and a half
        // resident ones. Those hold what the system's allocator keeps, which varies by itself.
        assert!(grown(night, morning) < limit, "{night} and {morning}");
    }
}

/// Every block is replaced twice an hour.
#[test]
fn a_day() {
    day(&Load { blocks: 12_000, sampled: 4_800, looks_every: 6, parts_a_minute: 4 });
}

/// Every block is replaced three times an hour. Looks at the whole process, so it has to be alone
/// in it: `--ignored`.
#[test]
#[ignore = "seven million samples: for a release build"]
fn a_day_at_full_load() {
    day(&Load { blocks: 255_000, sampled: 100_000, looks_every: 1, parts_a_minute: 6 });
}
