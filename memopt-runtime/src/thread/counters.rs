//! Words with one writer and any number of readers.

use crate::report::Totals;
use crate::sync::{AtomicPtr, AtomicU64, Ordering::Relaxed, Word, constant};

/// A counter that only its thread writes and any thread may read.
///
/// PERF: load + add + store compiles to one `add` to memory without a lock prefix (x86-64), against
/// about 5 ns for a locked one and far more when two threads share the line.
#[derive(Debug)]
#[repr(transparent)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    constant! {
        pub(crate) fn new(value: u64) -> Self {
            Self(AtomicU64::new(value))
        }
    }

    #[inline(always)]
    pub(crate) fn get(&self) -> u64 {
        self.0.read()
    }

    /// As [`get`](Self::get), for the owner.
    ///
    /// PERF: a load that is not atomic can be the operand of another instruction; an entry and exit
    /// take 8 instructions less.
    ///
    /// # Safety
    ///
    /// - Only the thread that writes the counter may call it.
    #[inline(always)]
    pub(crate) unsafe fn own(&self) -> u64 {
        // SAFETY: the caller's word.
        unsafe { self.0.own() }
    }

    #[inline(always)]
    pub(crate) fn set(&self, value: u64) {
        self.0.write(value);
    }

    /// Adds `n` and returns the new value. Only the owning thread may call it.
    #[inline(always)]
    pub(crate) fn add(&self, n: u64) -> u64 {
        let value = self.get().wrapping_add(n);
        self.set(value);
        value
    }

    /// Keeps the larger of the two.
    #[inline(always)]
    pub(crate) fn raise(&self, value: u64) {
        if value > self.get() {
            self.set(value);
        }
    }

    /// Adds from any thread.
    pub(crate) fn add_shared(&self, n: u64) {
        self.0.fetch_add(n, Relaxed);
    }
}

/// What readers see of one thread: its allocator traffic and its innermost open frame.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Counters {
    pub(crate) allocs: Counter,
    pub(crate) bytes: Counter,
    pub(crate) frees: Counter,
    pub(crate) freed: Counter,
    pub(crate) reallocs: Counter,
    pub(crate) copied: Counter,
    /// The innermost open frame; null while scopes cannot be entered.
    pub(crate) top: AtomicPtr<()>,
    /// That frame while our own work is being done and `top` is null.
    pub(crate) held_top: AtomicPtr<()>,
}

impl Counters {
    constant! {
        pub(crate) fn new() -> Self {
            Self {
                allocs: Counter::new(0),
                bytes: Counter::new(0),
                frees: Counter::new(0),
                freed: Counter::new(0),
                reallocs: Counter::new(0),
                copied: Counter::new(0),
                top: AtomicPtr::new(core::ptr::null_mut()),
                held_top: AtomicPtr::new(core::ptr::null_mut()),
            }
        }
    }

    /// What was counted.
    pub(crate) fn read(&self) -> Totals {
        let mut totals = Totals::default();
        totals.allocs = self.allocs.get();
        totals.bytes = self.bytes.get();
        totals.frees = self.frees.get();
        totals.freed_bytes = self.freed.get();
        totals.reallocs = self.reallocs.get();
        totals.copied_bytes = self.copied.get();
        totals
    }

    /// Takes the values of `totals`; only for the single writer.
    pub(crate) fn set(&self, totals: &Totals) {
        self.allocs.set(totals.allocs);
        self.bytes.set(totals.bytes);
        self.frees.set(totals.frees);
        self.freed.set(totals.freed_bytes);
        self.reallocs.set(totals.reallocs);
        self.copied.set(totals.copied_bytes);
    }

    /// Adds `totals`; only for the single writer, or under the lock that makes the caller one.
    pub(crate) fn add(&self, totals: &Totals) {
        self.allocs.add(totals.allocs);
        self.bytes.add(totals.bytes);
        self.frees.add(totals.frees);
        self.freed.add(totals.freed_bytes);
        self.reallocs.add(totals.reallocs);
        self.copied.add(totals.copied_bytes);
    }

    /// Adds `totals` from any thread.
    pub(crate) fn add_shared(&self, totals: &Totals) {
        self.allocs.add_shared(totals.allocs);
        self.bytes.add_shared(totals.bytes);
        self.frees.add_shared(totals.frees);
        self.freed.add_shared(totals.freed_bytes);
        self.reallocs.add_shared(totals.reallocs);
        self.copied.add_shared(totals.copied_bytes);
    }
}
