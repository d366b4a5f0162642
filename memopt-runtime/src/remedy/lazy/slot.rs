//! A value that many may hold, and its keeper.

use super::cell::Lazy;
use super::idle;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};

/// One value, loaded or being loaded. In use while others than its keeper have it.
pub(super) struct Slot<V> {
    pub(super) cell: Lazy<V>,
    /// Set once it is loaded.
    bytes: AtomicUsize,
    /// Its bytes are among those of all.
    pub(super) counted: AtomicBool,
    /// When it was asked for last and when it was used last, where there is an idle time. It may be
    /// held long after it was asked for, so only the former follows the order of the entries.
    pub(super) asked: AtomicU64,
    pub(super) used: AtomicU64,
    has_idle_time: bool,
}

impl<V> Slot<V> {
    pub(super) fn new(has_idle_time: bool) -> Self {
        Self {
            cell: Lazy::new(),
            bytes: AtomicUsize::new(0),
            counted: AtomicBool::new(false),
            asked: AtomicU64::new(0),
            used: AtomicU64::new(0),
            has_idle_time,
        }
    }

    /// It is used now.
    pub(super) fn touch(&self) {
        if self.has_idle_time {
            self.used.store(idle::now(), Relaxed);
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes.load(Relaxed)
    }

    /// Notes what its value holds, before others see it.
    pub(super) fn weighs(&self, bytes: usize) {
        self.bytes.store(bytes, Relaxed);
    }

    /// When it was used last; 0 where it has no idle time.
    pub(super) fn used(&self) -> u64 {
        self.used.load(Relaxed)
    }
}
