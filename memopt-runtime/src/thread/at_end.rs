//! What other rooms do when a thread ends.
//!
//! The ground floor knows none of them: each leaves a function here when it is first used.

use super::state::ThreadState;
use std::mem::transmute;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering::Relaxed};

/// Rooms with something to do at a thread's end, in the order in which it is done.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Room {
    /// Closes what is open, and folds records.
    Scopes,
    /// Gives chunks back.
    Region,
    /// Gives entries of futures back.
    Tasks,
}

static AT_END: [AtomicPtr<()>; 3] = [const { AtomicPtr::new(ptr::null_mut()) }; 3];

/// Has `work` done at the end of every thread. A room calls it before a thread has anything of its
/// own.
pub(crate) fn at_end(room: Room, work: fn(&ThreadState)) {
    // Relaxed is enough: the ending thread has called this itself, or got what is to be given back
    // from one that has.
    AT_END[room as usize].store(work as *mut (), Relaxed);
}

/// Does it, for a thread that ends.
pub(super) fn run(thread: &ThreadState) {
    for room in &AT_END {
        let work = room.load(Relaxed);
        if !work.is_null() {
            // SAFETY: stored by `at_end` from a function of this very type.
            let work = unsafe { transmute::<*mut (), fn(&ThreadState)>(work) };
            work(thread);
        }
    }
}
