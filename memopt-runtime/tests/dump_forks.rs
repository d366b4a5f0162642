//! A process that makes dumps and is forked meanwhile: the child has none of its parent's.
#![cfg(all(feature = "track", target_os = "linux", target_env = "gnu", not(miri)))]

use memopt_runtime::dump::{Dumps, dump_above, dump_on_signal};
use memopt_runtime::{Alloc, concurrency, heap};
use std::hint::black_box;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOC: Alloc = Alloc::system();

const FORKS: usize = 5;
/// For a machine that stands still.
const PATIENCE: Duration = Duration::from_secs(60);

fn raise() {
    // SAFETY: the signal is caught.
    assert_eq!(unsafe { libc::raise(libc::SIGUSR2) }, 0);
}

fn wait(what: &str, until: impl Fn() -> bool) {
    let begin = Instant::now();
    while !until() {
        assert!(begin.elapsed() < PATIENCE, "{what}");
        thread::sleep(Duration::from_millis(1));
    }
}

/// What the child does with what it was born with; its status.
fn live_on(inherited: (Dumps, Dumps), folder: &Path) -> i32 {
    let pid = std::process::id();
    raise();
    let (on_signal, above) = inherited;
    above.look();
    let counts_none = on_signal.written() == 0 && above.written() == 0;
    let is_silent = on_signal.last_path().is_none() && on_signal.take_errors().is_empty();
    if !(counts_none && is_silent) {
        return 2;
    }
    // Readings work, whatever the parent's threads were at.
    let heap = heap::snapshot();
    if heap.pid != pid || heap.to_string().is_empty() || concurrency().threads.is_empty() {
        return 3;
    }
    drop((on_signal, above));
    // Its own.
    let pattern = folder.join("own-{pid}-{n}.json");
    let Ok(own) = dump_on_signal(libc::SIGUSR2, pattern.to_str().unwrap()) else { return 4 };
    raise();
    wait("the child's dump", || own.written() > 0);
    let file = folder.join(format!("own-{pid}-1.json"));
    let is_there = file.exists() && own.last_path() == Some(file.clone());
    drop(own);
    let _ = std::fs::remove_file(file);
    if is_there { 0 } else { 5 }
}

#[test]
fn a_child_has_none_of_its_parents_dumps() {
    static STOP: AtomicBool = AtomicBool::new(false);
    let folder = tempfile::tempdir().unwrap();
    heap::start_sampling(4096).unwrap();
    // A thread that holds the locks of readings most of the time.
    let reader = thread::spawn(|| {
        while !STOP.load(Relaxed) {
            black_box(heap::snapshot().to_string());
            black_box(concurrency());
        }
    });
    let kept: Vec<Vec<u8>> = (0..500).map(|n| vec![1; 100 + n]).collect();
    let pattern = folder.path().join("parent-{pid}-{n}.json");
    let pattern = pattern.to_str().unwrap();
    for number in 0..FORKS {
        let dumps = (
            dump_on_signal(libc::SIGUSR2, pattern).unwrap(),
            dump_above(1 << 50, folder.path().join("above-{n}.json").to_str().unwrap()).unwrap(),
        );
        // SAFETY: the child ends by `_exit`, and meets only locks that it has of its own, or that
        // no other thread holds for longer than a moment.
        let child = unsafe { libc::fork() };
        if child == 0 {
            let status = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                live_on(dumps, folder.path())
            }));
            // SAFETY: ends the child and runs nothing of the parent's.
            unsafe { libc::_exit(status.unwrap_or(9)) };
        }
        assert!(child > 0);
        let (mut status, begin) = (0, Instant::now());
        // SAFETY: waits for our own child.
        while unsafe { libc::waitpid(child, &raw mut status, libc::WNOHANG) } == 0 {
            if begin.elapsed() > PATIENCE {
                // SAFETY: our own child, which has not been waited for.
                unsafe { libc::kill(child, libc::SIGKILL) };
                panic!("child {number} hangs");
            }
            thread::sleep(Duration::from_millis(1));
        }
        assert_eq!(libc::WEXITSTATUS(status), 0, "child {number}: {status}");
        // The child's signal was not the parent's.
        assert_eq!((dumps.0.written(), dumps.1.written()), (0, 0), "child {number}");
        raise();
        wait("the parent's dump", || dumps.0.written() == 1);
        let path = format!("parent-{}-1.json", std::process::id());
        assert_eq!(dumps.0.last_path(), Some(folder.path().join(path)));
    }
    STOP.store(true, Relaxed);
    reader.join().unwrap();
    drop(kept);
}
