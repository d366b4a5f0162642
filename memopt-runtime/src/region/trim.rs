//! Letting go of what threads keep of the region for their next blocks: empty slabs and spare
//! chunks.
//!
//! A thread's part is its own to touch. So the one that asks tidies its own part at once, and
//! leaves a note for the others, which they read when they next leave a routed scope.

use super::owned::Owned;
use super::{slab, space};
use crate::thread::state::ThreadState;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// How often it was asked for.
static ASKED: AtomicU32 = AtomicU32::new(0);

/// Lets every thread let go of what is empty, and gives the pages of free chunks back; bytes that
/// were resident and are given back at once.
pub(crate) fn trim() -> usize {
    ASKED.fetch_add(1, Relaxed);
    ThreadState::with(|thread| {
        // SAFETY: null, or this thread's heap, which is never freed.
        if let Some(heap) = unsafe { thread.region().get().as_ref() } {
            // SAFETY: as above; nothing in here calls the hook.
            unsafe { heap.owned(|owned| poll_trim(thread, owned)) };
        }
    });
    space::purge()
}

/// Reads the note; whether the part was tidied.
pub(super) fn poll_trim(thread: &ThreadState, owned: &mut Owned) -> bool {
    let asked = ASKED.load(Relaxed);
    if owned.heeded == asked {
        return false;
    }
    owned.heeded = asked;
    slab::put_away(thread);
    slab::trim_all(owned);
    owned.give_spares();
    true
}
