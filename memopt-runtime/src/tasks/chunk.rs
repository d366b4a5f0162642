//! Memory for entries.

use super::entry::Task;
use crate::sync::{AtomicPtr, Ordering};

/// Entries in a chunk: 16 KiB with its head.
#[cfg(not(loom))]
const ENTRIES: usize = 127;
/// The model checker tries every order of every word.
#[cfg(loom)]
const ENTRIES: usize = 2;

/// A run of entries that were made together. Zeroed memory is one of entries that nobody has.
#[derive(Debug)]
#[repr(C, align(64))]
pub(crate) struct Chunk {
    /// The chunk made before it; set before it is published, never changed after.
    next: AtomicPtr<Chunk>,
    entries: [Task; ENTRIES],
}

impl Chunk {
    /// An empty chunk, where memory does not come zeroed.
    #[allow(dead_code, reason = "for models and tests, whose memory is not zeroed")]
    pub(crate) fn new() -> Self {
        Self {
            next: AtomicPtr::new(core::ptr::null_mut()),
            entries: core::array::from_fn(|_| Task::new()),
        }
    }

    pub(super) fn entries(&self) -> &[Task] {
        &self.entries
    }

    pub(super) fn next(&self) -> *const Chunk {
        self.next.load(Ordering::Relaxed)
    }

    pub(super) fn set_next(&self, next: *const Chunk) {
        self.next.store(next.cast_mut(), Ordering::Relaxed);
    }
}
