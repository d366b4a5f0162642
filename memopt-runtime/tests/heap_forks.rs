//! A process that is forked again and again while its threads' blocks are sampled: parent and child
//! go on.
#![cfg(all(feature = "track", target_os = "linux", target_env = "gnu", not(miri)))]

use memopt_runtime::{Alloc, heap, scope};
use std::hint::black_box;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, spawn};
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOC: Alloc = Alloc::system();

/// Forks in each mode.
const FORKS: usize = 150;
/// For a machine that stands still: a child takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// A size of its own for each step, small ones and some large.
fn size(step: usize) -> usize {
    if step.is_multiple_of(64) { 1000 + step % 5000 } else { 8 + step * 7 % 600 }
}

fn blocks(count: usize) -> Vec<Vec<u8>> {
    black_box((0..count).map(|step| Vec::with_capacity(size(step))).collect())
}

/// What the child does: it allocates and frees, its own blocks and those it was born with, in
/// scopes and on a thread of its own.
fn live_on(inherited: &mut Vec<Vec<u8>>) {
    let _scope = scope!("child");
    let mut own = blocks(600);
    own.truncate(100);
    inherited.clear();
    for block in &mut own {
        block.reserve_exact(block.capacity() + 700);
    }
    let mut other: libc::pthread_t = 0;
    // SAFETY: the function needs no argument and is waited for. `std::thread` has a lock that a
    // thread of the parent's may hold for ever in the child; the system's has none.
    unsafe {
        assert_eq!(
            libc::pthread_create(&raw mut other, ptr::null(), other_thread, ptr::null_mut()),
            0
        );
        assert_eq!(libc::pthread_join(other, ptr::null_mut()), 0);
    }
}

extern "C" fn other_thread(_: *mut libc::c_void) -> *mut libc::c_void {
    drop(blocks(100));
    ptr::null_mut()
}

/// Forks, and waits for the child; how it ended.
fn fork(inherited: &mut Vec<Vec<u8>>) -> libc::c_int {
    // SAFETY: the child allocates, which glibc makes possible by taking its allocator's locks
    // around the fork, and takes no other lock that a thread of the parent's may hold.
    let child = unsafe { libc::fork() };
    if child == 0 {
        live_on(inherited);
        // SAFETY: ends the child and runs nothing of the parent's.
        unsafe { libc::_exit(0) };
    }
    assert!(child > 0);
    let (mut status, begin) = (0, Instant::now());
    loop {
        // SAFETY: waits for our own child.
        let ended = unsafe { libc::waitpid(child, &raw mut status, libc::WNOHANG) };
        assert!(ended >= 0);
        if ended == child {
            return status;
        }
        if begin.elapsed() > PATIENCE {
            // SAFETY: our own child, which has not been waited for.
            unsafe { libc::kill(child, libc::SIGKILL) };
            panic!("the child hangs");
        }
        thread::sleep(Duration::from_micros(200));
    }
}

/// One test at a time: the profile is the process's.
static ALONE: Mutex<()> = Mutex::new(());

/// Forks in each mode while `count` threads of the parent's allocate, in a scope and outside.
fn in_each_mode(count: usize) {
    static STOP: AtomicBool = AtomicBool::new(false);
    static ROUNDS: AtomicU64 = AtomicU64::new(0);
    let busy = || {
        while !STOP.load(Relaxed) {
            let _scope = scope!("parent");
            drop(blocks(200));
            ROUNDS.fetch_add(1, Relaxed);
        }
    };
    // Threads that begin and end are in the midst of other things.
    let come_and_go = || {
        while !STOP.load(Relaxed) {
            spawn(|| drop(blocks(10))).join().unwrap();
        }
    };
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    for start in [heap::start_exact, heap::start_exact_with_stacks, || heap::start_sampling(256)] {
        start().unwrap();
        STOP.store(false, Relaxed);
        let threads: Vec<_> = (0..count)
            .map(|number| if number == 2 { spawn(come_and_go) } else { spawn(busy) })
            .collect();
        let mut inherited = {
            let _scope = scope!("inherited");
            blocks(300)
        };
        let before = ROUNDS.load(Relaxed);
        for number in 0..FORKS {
            let status = fork(&mut inherited);
            assert_eq!(status, 0, "child {number}");
        }
        if count > 0 {
            // The parent's threads have not stood still, and do not now.
            let after = ROUNDS.load(Relaxed);
            assert!(after > before);
            let begin = Instant::now();
            while ROUNDS.load(Relaxed) == after {
                assert!(begin.elapsed() < PATIENCE, "the parent hangs");
                thread::yield_now();
            }
        }
        STOP.store(true, Relaxed);
        for thread in threads {
            thread.join().unwrap();
        }
        drop(inherited);
    }
    heap::stop();
    let heap = heap::snapshot();
    assert_eq!(heap.lost, 0);
    let of = |name: &str| {
        heap.call_paths.iter().filter(move |s| s.scopes.iter().any(|s| s.ends_with(name))).count()
    };
    // The children's are theirs alone.
    assert!(of("inherited") > 0 && of("child") == 0);
    assert!(count == 0 || of("parent") > 0);
    let live: u64 = heap
        .call_paths
        .iter()
        .filter(|s| !s.scopes.is_empty())
        .map(|call_path| call_path.live.samples)
        .sum();
    assert_eq!(live, 0, "all was freed");
}

#[test]
fn parent_and_child_go_on_whatever_threads_were_about() {
    in_each_mode(3);
}

/// The address sanitizer's own allocator has locks that it does not take around a fork: with other
/// threads about, its child may hang whatever is tested. It watches this one.
#[test]
fn a_parent_without_other_threads_and_its_child_go_on() {
    in_each_mode(0);
}
