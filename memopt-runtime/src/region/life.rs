//! A thread's part of the region, from its first use until the thread ends.

use super::thread_region::ThreadRegion;
use super::{bump, slab};
use crate::thread::route::Route;
use crate::thread::state::ThreadState;
use crate::thread::{Room, at_end};
use std::ptr;

/// The calling thread's part, had from the first call on; `None` for a thread that is ending, while
/// our own work is done, and where the system has no memory.
pub(super) fn region(thread: &ThreadState) -> Option<&'static ThreadRegion> {
    let known = thread.region().get();
    if !known.is_null() {
        // SAFETY: parts are never freed.
        return Some(unsafe { &*known });
    }
    // Before the thread has anything that is to be given back.
    at_end(Room::Region, thread_ends);
    ThreadRegion::claim(thread)
}

/// The thread ends: all its scopes are left. What is empty goes back, what is not waits for the
/// next thread that gets the part.
fn thread_ends(thread: &ThreadState) {
    bump::tell(thread);
    slab::put_away(thread);
    if thread.route.get() == Route::Bump {
        bump::put_away(thread);
    }
    thread.set_route(Route::Plain);
    // SAFETY: null, or this thread's part, which is never freed; nothing in here calls the hook.
    if let Some(heap) = unsafe { thread.region().replace(ptr::null()).as_ref() } {
        // SAFETY: as above.
        unsafe {
            heap.owned(|owned| {
                // A scope still open has the chunk at hand, which its level does not know.
                if let Some(depth) = owned.depth.checked_sub(1) {
                    owned.levels[depth].chunk = thread.chunk().get();
                }
                owned.end();
                slab::trim_all(owned);
                owned.give_spares();
            });
        }
    }
    thread.chunk().set(ptr::null());
    thread.bump.set(ptr::null_mut());
    thread.bump_end.set(ptr::null_mut());
}
