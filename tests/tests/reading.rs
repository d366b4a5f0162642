//! Reports are read in a loop while eight threads work: nothing waits for ever, nothing is lost,
//! nothing shrinks.

use memopt_runtime::report::Totals;
use memopt_runtime::{Alloc, Context, Report, record, report, scope};
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOC: Alloc = Alloc::system();

const THREADS: u64 = 8;
const ROUNDS: u64 = 60;
const DEPTH: u64 = 40;

fn touch(size: usize) {
    drop(black_box(Vec::<u8>::with_capacity(size)));
}

fn deep(depth: u64) {
    let _even = scope!("even depth");
    touch(16);
    if depth > 1 {
        let _odd = scope!("odd depth");
        touch(32);
        deep(depth - 2);
    }
}

/// One round: 20 + 20 blocks in the deep scopes, 10 in a recording, 5 on a thread of its own in the
/// same scope.
fn round() {
    deep(DEPTH - 1);
    let recording = record(|| {
        let _scope = scope!("recorded part");
        (0..10).for_each(|_| touch(8));
    });
    assert_eq!((recording.report.total().allocs, recording.report.total().bytes), (10, 80));
    let context = {
        let _scope = scope!("handed over");
        Context::current()
    };
    thread::spawn(move || context.run(|| (0..5).for_each(|_| touch(64)))).join().unwrap();
}

fn grows(later: &Totals, earlier: &Totals, what: &str) {
    let all = |t: &Totals| [t.allocs, t.bytes, t.frees, t.freed_bytes, t.reallocs, t.copied_bytes];
    for (now, before) in all(later).into_iter().zip(all(earlier)) {
        assert!(now >= before, "{what} went from {earlier:?} to {later:?}");
    }
}

fn check(report: &Report) {
    let mut sum = *report.unattributed();
    for node in report.tree().nodes() {
        for (sum, n) in [
            (&mut sum.allocs, node.own.allocs),
            (&mut sum.bytes, node.own.bytes),
            (&mut sum.frees, node.own.frees),
            (&mut sum.freed_bytes, node.own.freed_bytes),
        ] {
            *sum = sum.wrapping_add(n);
        }
    }
    let total = report.total();
    assert_eq!(
        (sum.allocs, sum.bytes, sum.frees, sum.freed_bytes),
        (total.allocs, total.bytes, total.frees, total.freed_bytes)
    );
    // A share read later than the total it is taken from must not wrap.
    for part in report.tree().nodes().iter().map(|n| &n.own).chain([report.unattributed()]) {
        assert!(part.allocs <= total.allocs && part.bytes <= total.bytes, "{part:?} of {total:?}");
        assert!(
            part.frees <= total.frees && part.freed_bytes <= total.freed_bytes,
            "{part:?} of {total:?}"
        );
    }
}

#[test]
fn reading_neither_stops_nor_loses_anything() {
    let stop = AtomicBool::new(false);
    let reads = thread::scope(|threads| {
        let reader = threads.spawn(|| {
            let (mut reads, mut last) = (0, report());
            while !stop.load(Relaxed) {
                let now = report();
                check(&now);
                grows(now.total(), last.total(), "the total");
                for old in last.sites() {
                    let new = now
                        .sites()
                        .iter()
                        .find(|s| s.name == old.name && s.line == old.line)
                        .unwrap();
                    assert!(
                        new.calls >= old.calls,
                        "{} went from {} to {}",
                        old.name,
                        old.calls,
                        new.calls
                    );
                }
                last = now;
                reads += 1;
            }
            reads
        });
        let workers: Vec<_> =
            (0..THREADS).map(|_| threads.spawn(|| (0..ROUNDS).for_each(|_| round()))).collect();
        // A deadlock would have all of them wait, so somebody else has to end it.
        let over = threads.spawn(|| {
            let began = Instant::now();
            while !stop.load(Relaxed) {
                if began.elapsed() > Duration::from_secs(300) {
                    eprintln!("readers and workers wait for each other");
                    std::process::abort();
                }
                thread::sleep(Duration::from_millis(10));
            }
        });
        for worker in workers {
            worker.join().unwrap();
        }
        stop.store(true, Relaxed);
        over.join().unwrap();
        reader.join().unwrap()
    });
    assert!(reads > 2, "{reads} reports were read meanwhile");

    let report = report();
    check(&report);
    let own = |name: &str| {
        let sites = report.sites().iter().filter(|s| s.name.ends_with(name));
        sites.map(|s| (s.calls, s.own.allocs, s.own.bytes, s.own.frees, s.open)).next().unwrap()
    };
    let rounds = THREADS * ROUNDS;
    let half = rounds * DEPTH / 2;
    assert_eq!(own("even depth"), (half, half, half * 16, half, 0));
    assert_eq!(
        own("odd depth"),
        (half - rounds, half - rounds, (half - rounds) * 32, half - rounds, 0)
    );
    assert_eq!(own("recorded part"), (rounds, rounds * 10, rounds * 80, rounds * 10, 0));
    assert_eq!(own("handed over"), (rounds, rounds * 5, rounds * 320, rounds * 5, 0));
}
