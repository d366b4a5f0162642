//! Programs under limits of address space and of data, and with all memory locked: they keep what
//! the limit leaves them.
//!
//! Each case is this test run again in a child, as limits are the process's.
#![cfg(all(feature = "track", target_os = "linux", not(miri)))]

use memopt_runtime::{Alloc, heap, report, scope};
use std::hint::black_box;
use std::process::Command;

#[global_allocator]
static ALLOC: Alloc = Alloc::system();

const MIB: usize = 1 << 20;

/// Runs the ignored test `name` in a child.
fn in_child(name: &str) {
    let test = std::env::current_exe().unwrap();
    let run = Command::new(test)
        .args(["--ignored", "--exact", name, "--nocapture"])
        .env("MALLOC_ARENA_MAX", "1")
        .output();
    let run = run.unwrap();
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{name}: {}\n{said}", run.status);
}

/// Figures of the process in KiB, by their names.
fn status(name: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim().trim_end_matches("kB").trim().parse::<usize>().unwrap() * 1024
}

fn limit(which: libc::__rlimit_resource_t, bytes: usize) {
    let limit = libc::rlimit { rlim_cur: bytes as u64, rlim_max: bytes as u64 };
    // SAFETY: reads the limit given.
    assert_eq!(unsafe { libc::setrlimit(which, &raw const limit) }, 0);
}

/// Tracks blocks in scopes, on this thread and on eight others.
fn track() {
    heap::start_exact().unwrap();
    let work = || {
        let _scope = scope!("under_a_limit");
        black_box((0..100).map(|n| vec![1u8; 100 + n]).collect::<Vec<_>>()).len()
    };
    assert_eq!(work(), 100);
    std::thread::scope(|threads| {
        for _ in 0..8 {
            threads.spawn(work);
        }
    });
    let report = report();
    let site = report.sites().iter().find(|site| site.name.ends_with("under_a_limit"));
    let site = site.expect("the scope is counted");
    assert_eq!((site.calls, site.own.allocs), (9, 9 * 101), "{report}");
}

#[test]
#[ignore = "the child of a test"]
fn address_space() {
    limit(libc::RLIMIT_AS, status("VmSize:") + 1024 * MIB);
    let before = status("VmSize:");
    track();
    let taken = status("VmSize:") - before;
    // Eight stacks of 2 MiB are in it.
    assert!(taken < 200 * MIB, "{} MiB taken", taken / MIB);
    let all: Vec<Vec<u8>> = (0..9).map(|_| Vec::with_capacity(64 * MIB)).collect();
    assert_eq!(black_box(all).len(), 9);
}

#[test]
#[ignore = "the child of a test"]
fn data() {
    limit(libc::RLIMIT_DATA, status("VmData:") + 512 * MIB);
    let before = status("VmData:");
    track();
    let taken = status("VmData:") - before;
    assert!(taken < 150 * MIB, "{} MiB taken", taken / MIB);
    let all: Vec<Vec<u8>> = (0..4).map(|_| Vec::with_capacity(64 * MIB)).collect();
    assert_eq!(black_box(all).len(), 4);
}

#[test]
#[ignore = "the child of a test"]
fn little_is_left() {
    // Nothing can be reserved for heap samples; the program runs on.
    limit(libc::RLIMIT_AS, status("VmSize:") + 24 * MIB);
    let started = heap::start_exact();
    let _scope = scope!("hardly_any_room");
    let all: Vec<Vec<u8>> = (0..100).map(|n| vec![1u8; 1000 + n]).collect();
    assert_eq!(black_box(all).len(), 100);
    drop(started);
    assert!(report().total().allocs >= 100);
}

#[test]
#[ignore = "the child of a test"]
fn all_locked() {
    // SAFETY: asks only.
    let locked = unsafe { libc::mlockall(libc::MCL_CURRENT | libc::MCL_FUTURE) };
    if locked != 0 {
        eprintln!("memory may not be locked here");
        return;
    }
    let before = status("VmRSS:");
    track();
    let resident = status("VmRSS:") - before;
    // Stacks of eight threads are resident at once, 2 MiB each; what memopt reserves is not.
    assert!(resident < 150 * MIB, "{} MiB became resident", resident / MIB);
}

#[test]
fn a_tenth_of_what_the_address_space_leaves_is_reserved() {
    in_child("address_space");
}

#[test]
fn a_tenth_of_what_the_data_segment_leaves_is_reserved() {
    in_child("data");
}

#[test]
fn a_program_without_room_runs_on() {
    in_child("little_is_left");
}

#[test]
fn nothing_becomes_resident_where_all_memory_is_locked() {
    in_child("all_locked");
}
