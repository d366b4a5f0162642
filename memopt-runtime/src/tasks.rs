//! The futures that are alive: one entry each, which their polls write and any thread may read.
//!
//! Rooms: [`entry`] (the words of one future), [`chunk`] (memory for entries), [`spares`] (entries
//! nobody has, for all threads), [`thread_cache`] (a thread's own few, and where its polls
//! stopped), [`clock`] (the time of birth).
//!
//! A future is entered when a poll of it first returns `Pending`: what is ready at once was never
//! waiting for anything. Entries are made in memory of our own, which is used again and never
//! unmapped, so a reader may look at any of them at any time.

mod chunk;
mod clock;
mod entry;
mod spares;
mod thread_cache;

pub(crate) use self::chunk::Chunk;
pub(crate) use self::clock::now_ns;
pub(crate) use self::entry::{OwnWords, Task, TaskSnapshot};

use self::spares::Spares;
use crate::record::pages;
use crate::site::Site;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The entries of the process.
static SPARES: Spares = Spares::new();
/// Futures that found no entry because the memory for records had reached its cap.
static UNLISTED: AtomicU64 = AtomicU64::new(0);

/// The entry of every future alive, as far as it held still while it was read.
pub(crate) fn each(see: impl FnMut(TaskSnapshot)) {
    SPARES.each(see);
}

/// How many futures are alive by the site they began at. The list belongs to the caller and counts
/// as the caller's.
pub fn live_tasks() -> Vec<(&'static Site, u64)> {
    let mut sites: HashMap<*const Site, u64> = HashMap::new();
    each(|task| *sites.entry(task.site).or_default() += 1);
    // SAFETY: sites are static.
    sites.into_iter().map(|(site, live)| (unsafe { &*site }, live)).collect()
}

/// Bytes that the entries take, and the futures that found none.
pub(crate) fn memory() -> (u64, u64) {
    (SPARES.bytes(), UNLISTED.load(Relaxed))
}

/// Gives an entry back on a thread that keeps none (any more).
pub(crate) fn give_shared(task: &'static Task) {
    task.leave();
    SPARES.give(task, task);
}

/// Memory for more entries; `None` past the cap, and where the system gives none.
fn more() -> Option<&'static Chunk> {
    if !pages::book(size_of::<Chunk>()) {
        UNLISTED.fetch_add(1, Relaxed);
        return None;
    }
    let place: *mut Chunk =
        crate::address_space::reserve_zeroed(size_of::<Chunk>(), align_of::<Chunk>())?.cast();
    // SAFETY: reserved for a `Chunk`, aligned as it asks, never unmapped; it consists of atomics,
    // for which zero bytes are valid.
    Some(unsafe { &*place })
}

#[cfg(test)]
mod tests;
