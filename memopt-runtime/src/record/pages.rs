//! Memory for records: reserved once, filled as it is touched, never through the wrapped allocator.

use crate::address_space::reserve_zeroed;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Bytes of records in use over all threads.
static USED: AtomicUsize = AtomicUsize::new(0);
static LIMIT: AtomicUsize = AtomicUsize::new(64 << 20);

/// Sets how much memory records may take in all; 64 MiB at the start.
///
/// Past it, new sites and values go into the site `other`. What is in use is kept.
pub fn set_record_limit(bytes: usize) {
    LIMIT.store(bytes, Relaxed);
}

/// Bytes of records in use over all threads (histograms, tree nodes, tables).
pub fn memory_used() -> usize {
    USED.load(Relaxed)
}

/// Books `bytes` if the cap allows it.
pub(crate) fn book(bytes: usize) -> bool {
    let fits = USED.fetch_add(bytes, Relaxed).saturating_add(bytes) <= LIMIT.load(Relaxed);
    if !fits {
        USED.fetch_sub(bytes, Relaxed);
    }
    fits
}

/// Books `bytes` whatever the cap is: for the little without which a block would be counted twice.
pub(super) fn book_always(bytes: usize) -> bool {
    USED.fetch_add(bytes, Relaxed);
    true
}

/// A fixed array of `T` in address space of its own, zero at first.
///
/// Invariant: `T` is valid when all its bytes are zero; the array is never unmapped, so references
/// into it are `'static`.
#[derive(Debug)]
pub(super) struct Pages<T> {
    start: *const T,
    len: usize,
    of: PhantomData<T>,
}

impl<T> Pages<T> {
    /// Reserves room for `len` elements; pages become resident when they are touched. `None` where
    /// the system refuses.
    ///
    /// # Safety
    ///
    /// - `T` must be valid as all zero bytes.
    pub(super) unsafe fn reserve(len: usize) -> Option<Self> {
        let start = reserve_zeroed(len * size_of::<T>(), align_of::<T>())?;
        Some(Self { start: start.cast(), len, of: PhantomData })
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    #[inline(always)]
    pub(super) fn start(&self) -> *const T {
        self.start
    }

    pub(super) fn get(&self, index: usize) -> &'static T {
        assert!(index < self.len, "index {index} lies outside {} reserved elements", self.len);
        // SAFETY: within the reservation, which is zeroed (valid by `reserve`'s contract) and never
        // unmapped.
        unsafe { &*self.start.add(index) }
    }
}
