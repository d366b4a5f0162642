//! Stacks in a child that was forked while other threads were walking theirs.
#![cfg(all(
    feature = "track",
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(miri)
))]

use memopt_runtime::__private::modules::refresh;
use memopt_runtime::__private::unwind::walk;
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;

#[inline(never)]
fn down(depth: usize, frames: &mut [usize]) -> (usize, bool) {
    if depth == 0 {
        let walk = walk(frames);
        return (walk.frames, walk.whole);
    }
    black_box(down(black_box(depth - 1), frames))
}

#[test]
fn a_child_walks_on() {
    static STOP: AtomicBool = AtomicBool::new(false);
    refresh();
    let busy = || {
        while !STOP.load(Relaxed) {
            assert!(down(3, &mut [0; 64]).1);
        }
    };
    let threads = [thread::spawn(busy), thread::spawn(busy)];
    for round in 0..50 {
        // SAFETY: the child only walks and ends; it neither allocates nor locks.
        let child = unsafe { libc::fork() };
        if child == 0 {
            // SAFETY: ends the child if it hangs.
            unsafe { libc::alarm(60) };
            // Deeper than the parent was, so that more of the stack has to be learnt.
            let (frames, whole) = down(2000, &mut [0; 2040]);
            // SAFETY: ends the child and runs nothing of the parent's.
            unsafe { libc::_exit(libc::c_int::from(!whole || frames < 2000)) };
        }
        assert!(child > 0);
        let mut status = 0;
        // SAFETY: waits for our own child.
        assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
        assert_eq!(status, 0, "round {round}");
    }
    STOP.store(true, Relaxed);
    for thread in threads {
        thread.join().unwrap();
    }
}
