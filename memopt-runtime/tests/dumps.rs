//! A mark on the bytes in use, in a process of its own: it needs the counting allocator, and the
//! counts of the whole process.

#![cfg(feature = "track")]

use memopt_runtime::{Alloc, dump};
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOC: Alloc = Alloc::system();

/// Waits for what the thread does; a minute is for a machine that stands still.
fn wait(dumps: &dump::Dumps, written: u64) {
    let start = Instant::now();
    while dumps.written() < written {
        assert!(start.elapsed() < Duration::from_secs(60), "{:?}", dumps.take_errors());
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_mark_that_is_passed_writes_a_file_and_the_next_at_its_double() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("above-{n}.pb.gz");
    let dumps = dump::dump_above(64 << 20, path.to_str().unwrap()).unwrap();
    let first = vec![1u8; 70 << 20];
    dumps.look();
    wait(&dumps, 1);
    drop(first);
    // Below the double of the mark, so no more files, however often it goes up.
    let again = vec![1u8; 100 << 20];
    dumps.look();
    let more = vec![1u8; 40 << 20];
    dumps.look();
    wait(&dumps, 2);
    drop((again, more));
    assert_eq!(dumps.last_path().unwrap(), folder.path().join("above-2.pb.gz"));
    assert_eq!(std::fs::read(folder.path().join("above-1.pb.gz")).unwrap()[..2], [0x1f, 0x8b]);
    assert_eq!(dumps.written(), 2);
    assert!(dumps.take_errors().is_empty());
}

#[test]
fn what_dumps_allocate_is_not_counted() {
    // Spans of the process total cannot be told from those of the other test; a recording can.
    let recording = memopt_runtime::record(|| {
        let dumps = dump::dump_above(1 << 60, "never.txt").unwrap();
        drop(dumps);
    });
    let total = recording.report.total();
    assert_eq!((total.allocs, total.frees), (0, 0));
}
