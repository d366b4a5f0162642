//! What holds over any inner allocator; `tests/` runs it over mimalloc and jemalloc, one process
//! each.
#![forbid(unsafe_code)]

mod optimizer;
mod purge;
mod usable;

pub use optimizer::check_optimizer;
pub use purge::check_purge;
pub use usable::check_usable;

use memopt::{Context, record, report};
use std::hint::black_box;

fn grow() -> Vec<u64> {
    let _scope = memopt::scope!("grow");
    let mut numbers = Vec::new();
    for n in 0..1000 {
        numbers.push(n);
    }
    numbers
}

/// Counts blocks, bytes, growth and frees over threads, and finds them in the process total.
///
/// # Panics
///
/// Where a count is not what was done.
pub fn check() {
    let kept = record(grow);
    let total = kept.report.total();
    // 4, 8, … 1024 numbers of 8 bytes: one block that grows eight times.
    assert_eq!((total.allocs, total.reallocs, total.bytes, total.freed_bytes), (1, 8, 8192, 0));
    assert_eq!(kept.report.site("grow").expect("entered once").peak.max(), 8192);

    let zeroed = record(|| drop(black_box(vec![0u8; 1 << 20]))).report;
    assert_eq!((zeroed.total().bytes, zeroed.total().live_bytes()), (1 << 20, 0));
    zeroes_are_not_touched();

    let before = report().total().allocs;
    let threads = record(|| {
        let context = Context::current();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                let context = context.clone();
                scope.spawn(move || {
                    context.run(|| {
                        let _scope = memopt::scope!("in a thread");
                        (0..1000).for_each(|n| drop(black_box(vec![1u8; n + 1])));
                    });
                });
            }
        });
    })
    .report;
    let total = threads.site("in a thread").expect("entered four times").inclusive;
    assert_eq!((total.allocs, total.frees, total.bytes), (4000, 4000, 4 * 500_500), "{threads}");
    assert!(report().total().allocs >= before + 4000);
    // Blocks of one thread freed by another.
    let moved: Vec<Vec<u8>> = (0..100).map(|n| vec![1; n + 1]).collect();
    let freed = record(move || drop(moved)).report;
    assert_eq!((freed.total().frees, freed.total().allocs), (101, 0));
}

/// Zeroed memory is asked for as such: it stays as the system gave it.
fn zeroes_are_not_touched() {
    let Some(before) = resident_pages() else { return };
    let block = record(|| black_box(vec![0u8; 256 << 20]));
    let grown = resident_pages().expect("as before").saturating_sub(before);
    assert!(grown < 16 << 20 >> 12, "256 MiB of zeroes made {grown} pages resident");
    assert_eq!((block.value[200 << 20], block.report.total().bytes), (0, 256 << 20));
}

/// Resident pages of the process, where the system tells.
fn resident_pages() -> Option<usize> {
    std::fs::read_to_string("/proc/self/statm").ok()?.split(' ').nth(1)?.parse().ok()
}
