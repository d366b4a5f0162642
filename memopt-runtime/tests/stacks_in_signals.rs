//! Stacks taken by a signal's handler, at whatever point of the program: while it allocates, and in the midst of a walk.
#![cfg(all(
    feature = "track",
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(miri)
))]

use memopt_runtime::__private::modules::refresh;
use memopt_runtime::__private::unwind::{Walk, walk};
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOC: memopt_runtime::Alloc = memopt_runtime::Alloc::system();

static TAKEN: AtomicUsize = AtomicUsize::new(0);
static SMALL: AtomicBool = AtomicBool::new(false);
static WRONG: AtomicUsize = AtomicUsize::new(0);

extern "C" fn handler(_signal: libc::c_int) {
    let mut frames = [0; 64];
    let taken = walk(&mut frames);
    // The handler and the frame the kernel made; on a small alternate stack not always so far.
    let right =
        taken == Walk { frames: 2, whole: true } || SMALL.load(Relaxed) && taken.frames < 2 && !taken.whole;
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

fn every(microseconds: libc::suseconds_t) {
    let time = libc::timeval { tv_sec: 0, tv_usec: microseconds };
    let timer = libc::itimerval { it_interval: time, it_value: time };
    // SAFETY: a valid timer.
    assert_eq!(unsafe { libc::setitimer(libc::ITIMER_REAL, &raw const timer, std::ptr::null_mut()) }, 0);
}

/// Allocates, frees and walks until it is time.
fn busy() {
    let begin = Instant::now();
    let mut kept: Vec<Vec<u8>> = Vec::new();
    let mut round = 0;
    while begin.elapsed() < Duration::from_millis(400) {
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

#[test]
fn a_handler_s_stack_ends_at_the_signal_s_frame_wherever_it_came() {
    refresh();
    // On the stack of whoever is interrupted, then on the alternate one, which the standard library makes for each thread.
    for flags in [0, libc::SA_ONSTACK] {
        TAKEN.store(0, Relaxed);
        SMALL.store(flags != 0, Relaxed);
        install(flags);
        every(200);
        let threads = [thread::spawn(busy), thread::spawn(busy)];
        for thread in threads {
            thread.join().unwrap();
        }
        every(0);
        assert!(TAKEN.load(Relaxed) > 50, "{} signals", TAKEN.load(Relaxed));
        assert_eq!(WRONG.load(Relaxed), 0);
    }
}
