//! Large blocks cost what the system makes them cost: zeroed ones are not touched, growing ones not
//! copied.
#![cfg(target_os = "linux")]

use memopt_runtime::{Alloc, record};
use std::hint::black_box;

#[global_allocator]
static ALLOC: Alloc = Alloc::system();

const MIB: usize = 1 << 20;

/// Resident memory of the process, MiB.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = statm.split(' ').nth(1).unwrap().parse().unwrap();
    // SAFETY: reads a constant of the system.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    pages * usize::try_from(page).unwrap() / MIB
}

#[test]
fn zeroed_memory_stays_untouched_and_growth_is_remapped() {
    let before = resident();
    let recording = record(|| black_box(vec![0u8; 256 * MIB]));
    let grown = resident() - before.min(resident());
    assert!(grown < 16, "256 MiB of zeroes made {grown} MiB resident");
    assert_eq!(recording.report.total().bytes, 256 << 20);
    assert_eq!(recording.value[200 * MIB], 0);
    drop(recording);

    // Copying 256 untouched MiB would make the source and the target resident.
    let before = resident();
    let recording = record(|| {
        let mut block = Vec::<u8>::with_capacity(64 * MIB);
        for size in [128, 192, 256, 320] {
            block.reserve_exact(black_box(size) * MIB);
        }
        black_box(block)
    });
    let grown = resident() - before.min(resident());
    assert!(grown < 16, "growing an untouched vector made {grown} MiB resident");
    let total = recording.report.total();
    assert_eq!((total.allocs, total.reallocs, total.bytes), (1, 4, 320 << 20));
}
