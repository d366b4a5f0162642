//! `hotpath` in allocation mode: each measured call sends an event to a worker thread, which keeps
//! the histograms.

use std::time::Duration;

use hotpath::{CountingAllocator, Format, HotpathGuardBuilder};
use memopt_subjects::{Bench, alloc, plus, serve};

#[global_allocator]
static ALLOC: CountingAllocator = CountingAllocator::new();

mod measured {
    memopt_subjects::functions!(memopt_subjects::calls::nothing, #[hotpath::measure]);
}

#[hotpath::measure]
fn in_scope(iterations: u64) -> Duration {
    alloc::pairs(iterations)
}

/// Waits until its worker has drained the queue: until the process has used less than a tenth of a
/// core for a while.
fn settle() {
    const PAUSE: Duration = Duration::from_millis(3);
    let mut before = busy();
    for _ in 0..400 {
        std::thread::sleep(PAUSE);
        let now = busy();
        if now.saturating_sub(before) * 10 < PAUSE {
            return;
        }
        before = now;
    }
}

/// Time on a core of all threads of this process; zero where the kernel does not say.
fn busy() -> Duration {
    let Ok(threads) = std::fs::read_dir("/proc/self/task") else { return Duration::ZERO };
    let nanoseconds = |thread: std::fs::DirEntry| -> Option<u64> {
        let text = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse().ok()
    };
    Duration::from_nanos(threads.flatten().filter_map(nanoseconds).sum())
}

const BENCHES: &[Bench] = &[
    Bench::new("alloc64", &[plus(alloc::pairs)]),
    Bench::new("alloc64_in_scope", &[plus(in_scope)]),
    Bench::new("json1m", &[plus(measured::json)]),
    Bench::new("scope", &[plus(measured::calls)]),
    Bench::fixed("scope_paced", &[plus(measured::paced)], 2048),
    Bench::new("poll", &[plus(measured::polls)]),
    Bench::new("poll_long", &[plus(measured::long_polls)]),
];

fn main() {
    let _guard = HotpathGuardBuilder::new("main").format(Format::None).build();
    serve(BENCHES, settle);
}
