//! Stacks taken by a signal's handler, at whatever point of the program: while it allocates, and in
//! the midst of a walk.
#![cfg(all(
    feature = "track",
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(miri)
))]

use memopt_runtime::__private::modules::refresh;
use memopt_runtime::__private::unwind::{Walk, walk};
use std::hint::black_box;
use std::os::unix::thread::JoinHandleExt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOC: memopt_runtime::Alloc = memopt_runtime::Alloc::system();

/// Signals sent in each round of the test, half to each thread.
const SIGNALS: usize = 200;

static STOP: AtomicBool = AtomicBool::new(false);
static TAKEN: AtomicUsize = AtomicUsize::new(0);
static SMALL: AtomicBool = AtomicBool::new(false);
static WRONG: AtomicUsize = AtomicUsize::new(0);

extern "C" fn handler(_signal: libc::c_int) {
    let mut frames = [0; 64];
    let taken = walk(&mut frames);
    // The handler and the frame the kernel made; on a small alternate stack not always so far.
    let right = taken == Walk { frames: 2, whole: true }
        || SMALL.load(Relaxed) && taken.frames < 2 && !taken.whole;
    if !right {
        WRONG.fetch_add(1, Relaxed);
    }
    TAKEN.fetch_add(1, Relaxed);
}

fn install(flags: libc::c_int) {
    // SAFETY: the handler does what a handler may; all of `action` is set.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handler as extern "C" fn(libc::c_int) as usize;
        action.sa_flags = flags | libc::SA_RESTART;
        assert_eq!(libc::sigaction(libc::SIGALRM, &raw const action, std::ptr::null_mut()), 0);
    }
}

/// Allocates, frees and walks until it is told.
fn busy() {
    let mut kept: Vec<Vec<u8>> = Vec::new();
    let mut round = 0;
    while !STOP.load(Relaxed) {
        round += 1;
        kept.push(vec![1; round % 1000]);
        if kept.len() == 100 {
            kept.clear();
        }
        let mut frames = [0; 64];
        assert!(black_box(walk(&mut frames)).whole);
        if round % 512 == 0 {
            refresh();
        }
    }
}

/// Sends the thread a signal and waits until it has arrived.
fn interrupt(thread: &JoinHandle<()>) {
    let before = TAKEN.load(Relaxed);
    // SAFETY: the thread has not been joined.
    assert_eq!(unsafe { libc::pthread_kill(thread.as_pthread_t(), libc::SIGALRM) }, 0);
    let sent = Instant::now();
    while TAKEN.load(Relaxed) == before {
        // That is for a machine that stands still.
        assert!(sent.elapsed() < Duration::from_secs(60), "the signal does not arrive");
        thread::yield_now();
    }
}

#[test]
fn a_handler_s_stack_ends_at_the_signal_s_frame_wherever_it_came() {
    refresh();
    // On the stack of whoever is interrupted, then on the alternate one, which the standard library
    // makes for each thread.
    for flags in [0, libc::SA_ONSTACK] {
        TAKEN.store(0, Relaxed);
        SMALL.store(flags != 0, Relaxed);
        install(flags);
        STOP.store(false, Relaxed);
        let threads = [thread::spawn(busy), thread::spawn(busy)];
        for _ in 0..SIGNALS / threads.len() {
            threads.iter().for_each(interrupt);
        }
        STOP.store(true, Relaxed);
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(TAKEN.load(Relaxed), SIGNALS);
        assert_eq!(WRONG.load(Relaxed), 0);
    }
}
