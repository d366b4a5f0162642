//! Pools: used objects kept and handed out again, instead of freed and allocated.
//!
//! Rooms, each above those it uses: `slot` (where an object lies), `room` (objects and bytes under
//! the limits), `magazine` (a list of idle ones), `depot` (where lists change hands) and `shared`
//! (those nobody took yet, and what is left of the limits), `common` (what all threads of a pool
//! know), `list` (a magazine in use), `thread_cache` (a thread's part), `local` (how a thread finds
//! it, by the pool's `index`), `core` (a pool without its type), `guard` and `like` (an object in
//! use), `family` (pools by type, for the macros), `recycle` (how an object is reset). No user code
//! runs while a list is changed or a lock held.

mod common;
mod core;
mod depot;
mod family;
mod guard;
mod index;
mod like;
mod list;
mod local;
mod magazine;
mod recycle;
mod room;
mod shared;
mod slot;
mod thread_cache;

pub use self::common::Limits;
pub use self::family::Family;
pub use self::guard::PoolGuard;
pub use self::recycle::Recycle;

use self::common::Kind;
use self::core::Core;
use crate::remedy::{Pressure, Reclaimable};
use crate::report::ReclaimableReport;
use std::fmt;

/// Keeps used objects of one type for later.
///
/// A pool is a static, or leaked, since objects may come back from any thread at any time. Each
/// thread has a thread cache that no other thread uses; full lists of objects move between thread
/// caches through a shared part. So an object may be taken on one thread and dropped on another.
///
/// [`Report::reclaimable`](crate::report::Report::reclaimable) lists it from its first use.
///
/// # Examples
///
/// ```
/// use memopt::remedy::Pool;
///
/// static BUFFERS: Pool<Vec<u8>> = Pool::new(|| Vec::with_capacity(4096)).name("buffers").max_idle(64);
///
/// let mut buffer = BUFFERS.take();
/// buffer.extend_from_slice(b"used");
/// let place = buffer.as_ptr();
/// drop(buffer); // emptied, capacity kept
///
/// let buffer = BUFFERS.take();
/// assert_eq!((buffer.len(), buffer.capacity(), buffer.as_ptr()), (0, 4096, place));
/// assert_eq!(BUFFERS.report().hits, 1);
/// ```
///
/// # Cost
///
/// Taking and giving back: 2.2 ns, 0.7 times a `thread_local` list of boxes. At most once for 64
/// objects it takes an exchange of one word between threads, or a lock. An object lies in a block
/// of its own, 8 bytes larger than itself. A thread that used the pool has 256 bytes for it, kept
/// for later threads when it ends, and one KiB for each of its lists.
///
/// # Limits
///
/// - A thread keeps up to two lists of objects (64 each, or an eighth of `max_idle`; a sixteenth of
///   `max_bytes`) that other threads cannot take. It hands them on when it ends, and when it gives
///   back more.
/// - Under pressure the shared part is trimmed at once, the thread caches of other threads when
///   these next give an object back or find their list empty.
/// - An object that is leaked with `mem::forget` counts as in use for ever.
/// - While a thread drops its thread-locals, objects that it takes are new, and objects that it
///   gives back are dropped.
pub struct Pool<T> {
    core: Core,
    make: fn() -> T,
}

impl<T: Recycle + Send + 'static> Pool<T> {
    /// A pool whose objects are made by `make` and reset before they are handed out. With the
    /// limits of [`Limits::DEFAULT`].
    pub const fn new(make: fn() -> T) -> Self {
        Self { core: Core::new(Kind::of::<T>(), None, Limits::DEFAULT), make }
    }

    /// Its name in reports, instead of the type's.
    #[must_use]
    pub const fn name(mut self, name: &'static str) -> Self {
        self.core.name = Some(name);
        self
    }

    /// What it may keep idle at most.
    #[must_use]
    pub const fn limits(mut self, limits: Limits) -> Self {
        self.core.common.limits = limits;
        self
    }

    /// Idle objects it keeps at most, over all threads.
    #[must_use]
    pub const fn max_idle(mut self, objects: usize) -> Self {
        self.core.common.limits.max_idle = objects;
        self
    }

    /// Bytes of idle objects it keeps at most, over all threads.
    #[must_use]
    pub const fn max_bytes(mut self, bytes: usize) -> Self {
        self.core.common.limits.max_bytes = bytes;
        self
    }

    /// Bytes of a single object; a larger one is dropped.
    #[must_use]
    pub const fn max_object(mut self, bytes: usize) -> Self {
        self.core.common.limits.max_object = bytes;
        self
    }

    /// An idle object, or a new one.
    #[inline]
    pub fn take(&'static self) -> PoolGuard<T> {
        self.take_or(self.make)
    }

    /// An idle object, or a new one made by `make`, for objects that need what a static function
    /// does not know.
    #[inline]
    pub fn take_or(&'static self, make: impl FnOnce() -> T) -> PoolGuard<T> {
        // SAFETY: the pool's objects are of type `T`.
        unsafe { PoolGuard::idle(&self.core) }.unwrap_or_else(|| self.adopt(make))
    }

    #[cold]
    fn adopt(&'static self, make: impl FnOnce() -> T) -> PoolGuard<T> {
        // SAFETY: the pool's objects are of type `T`.
        unsafe { PoolGuard::new(&self.core, make()) }
    }

    /// Its state, as [`Report::reclaimable`](crate::report::Report::reclaimable) shows it.
    ///
    /// `high_water` counts the objects that existed at once, in use or idle: where some threads
    /// make objects while others hold idle ones, that is more than were in use.
    pub fn report(&self) -> ReclaimableReport {
        self.core.report()
    }

    /// Gives idle objects back; returns the bytes they held.
    ///
    /// [`Low`](Pressure::Low) drops what lay in the shared part unneeded since the last time;
    /// [`Medium`](Pressure::Medium) drops the shared part and leaves each thread one list;
    /// [`Critical`](Pressure::Critical) drops all.
    pub fn reclaim(&self, pressure: Pressure) -> u64 {
        self.core.reclaim(pressure)
    }
}

impl<T> fmt::Debug for Pool<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("limits", &self.core.common.limits).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
