//! The entries that no future has, for all threads, and the list of all entries ever made.
//!
//! Threads come here for several entries at once, so a short lock will do. Entries move between
//! threads by it: what the last user wrote is seen by the next. A future that goes from thread to
//! thread takes its entry along; that its polls follow each other is the executor's word, as it is
//! for the future itself.

use super::chunk::Chunk;
use super::entry::{Task, TaskSnapshot};
use crate::sync::{AtomicBool, AtomicPtr, AtomicU64, Ordering, constant, relax};
use core::ptr;

#[derive(Debug)]
pub(crate) struct Spares {
    lock: AtomicBool,
    /// The first entry that nobody has; under the lock.
    free: AtomicPtr<Task>,
    /// The chunk made last; written under the lock, read by anybody.
    chunks: AtomicPtr<Chunk>,
    /// Chunks made.
    made: AtomicU64,
}

impl Spares {
    constant! {
        pub(crate) fn new() -> Self {
            Self {
                lock: AtomicBool::new(false),
                free: AtomicPtr::new(ptr::null_mut()),
                chunks: AtomicPtr::new(ptr::null_mut()),
                made: AtomicU64::new(0),
            }
        }
    }

    /// Up to `most` entries as a list, and their number; where there are none, those of a chunk
    /// that `make` makes.
    pub(crate) fn take(
        &self,
        most: u32,
        make: impl FnOnce() -> Option<&'static Chunk>,
    ) -> Option<(&'static Task, u32)> {
        self.locked(|| {
            if self.free.load(Ordering::Relaxed).is_null() {
                self.add(make()?);
            }
            // SAFETY: under the lock, an entry nobody has, see `add` and `give`; entries are never
            // unmapped.
            let first = unsafe { &*self.free.load(Ordering::Relaxed) };
            let (mut last, mut count) = (first, 1);
            // SAFETY: as above, for the whole list.
            while let Some(next) = unsafe { last.next().as_ref() }.filter(|_| count < most) {
                (last, count) = (next, count + 1);
            }
            self.free.store(last.next().cast_mut(), Ordering::Relaxed);
            last.set_next(ptr::null());
            Some((first, count))
        })
    }

    /// Takes back a list of entries, from `first` to `last`, that nobody has any more.
    pub(crate) fn give(&self, first: &'static Task, last: &'static Task) {
        self.locked(|| {
            last.set_next(self.free.load(Ordering::Relaxed));
            self.free.store(ptr::from_ref(first).cast_mut(), Ordering::Relaxed);
        });
    }

    /// Puts a new chunk's entries into the list. Under the lock.
    fn add(&self, chunk: &'static Chunk) {
        let mut next: *const Task = self.free.load(Ordering::Relaxed);
        for task in chunk.entries().iter().rev() {
            task.set_next(next);
            next = task;
        }
        self.free.store(next.cast_mut(), Ordering::Relaxed);
        chunk.set_next(self.chunks.load(Ordering::Relaxed));
        // Release pairs with the Acquire in `each`: who finds the chunk sees its link.
        self.chunks.store(ptr::from_ref(chunk).cast_mut(), Ordering::Release);
        self.made.store(self.made.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }

    /// Shows every future alive.
    pub(crate) fn each(&self, see: impl FnMut(TaskSnapshot)) {
        // SAFETY: null, or a chunk, which is never unmapped; Acquire pairs with the Release in
        // `add`.
        let mut at: Option<&'static Chunk> =
            unsafe { self.chunks.load(Ordering::Acquire).as_ref() };
        let chunks = core::iter::from_fn(|| {
            let chunk = at?;
            // SAFETY: as above; the link was set before the chunk was published.
            at = unsafe { chunk.next().as_ref() };
            Some(chunk)
        });
        chunks.flat_map(Chunk::entries).filter_map(Task::read).for_each(see);
    }

    /// Bytes of all chunks.
    pub(crate) fn bytes(&self) -> u64 {
        self.made.load(Ordering::Relaxed) * size_of::<Chunk>() as u64
    }

    fn locked<T>(&self, work: impl FnOnce() -> T) -> T {
        // Acquire on success pairs with the Release below: what the last holder wrote is seen.
        while self.lock.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_err()
        {
            relax();
        }
        let value = work();
        self.lock.store(false, Ordering::Release);
        value
    }
}
