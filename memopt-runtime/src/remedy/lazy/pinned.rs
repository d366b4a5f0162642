//! A lazy value in a static that is let go only while nobody has it pinned.

use super::cell::Lazy;
use super::idle;
use std::cell::UnsafeCell;
use std::sync::atomic::{
    AtomicU32, AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
};

/// The value is being taken out: pins do not hold.
const EVICTING: u32 = 1 << 31;

/// The value, who has it pinned, and when it was used last.
pub(super) struct PinCell<V> {
    /// Whether its last use is noted.
    pub(super) timed: bool,
    /// Handles out, and callers that wait for a load; [`EVICTING`] while the value is taken out.
    pins: AtomicU32,
    /// Invariant: read while pinned; written only by who changed `pins` from 0 to [`EVICTING`],
    /// until that is taken back.
    value: UnsafeCell<Lazy<V>>,
    pub(super) used: AtomicU64,
}

// SAFETY: the value is shared between threads (`Sync`) and dropped by whichever evicts it (`Send`);
// the protocol of `pins` keeps writers of the cell apart from readers.
unsafe impl<V: Send + Sync> Sync for PinCell<V> {}

impl<V> PinCell<V> {
    pub(super) const fn new() -> Self {
        Self {
            timed: false,
            pins: AtomicU32::new(0),
            value: UnsafeCell::new(Lazy::new()),
            used: AtomicU64::new(0),
        }
    }

    /// How many have it pinned.
    pub(super) fn pins(&self) -> u32 {
        self.pins.load(Relaxed) & !EVICTING
    }

    /// Takes the value out if it is loaded and nobody has it pinned.
    pub(super) fn take(&self) -> Option<V> {
        // Acquire pairs with the Release of the last unpin: its reads are over.
        if self.pins.compare_exchange(0, EVICTING, Acquire, Relaxed).is_err() {
            return None;
        }
        // SAFETY: `pins` was 0 and says EVICTING, so nobody reads the cell until it is taken back,
        // and nobody else evicts.
        let value = unsafe { &mut *self.value.get() }.unload();
        // Release pairs with the Acquire of the next pin.
        self.pins.fetch_and(!EVICTING, Release);
        value
    }
}

/// Keeps a value in place.
pub(super) struct Pinned<V: 'static>(&'static PinCell<V>);

impl<V> Pinned<V> {
    #[inline]
    pub(super) fn new(place: &'static PinCell<V>) -> Self {
        // Acquire pairs with the Release of an eviction's end: the cell is seen empty.
        while place.pins.fetch_add(1, Acquire) & EVICTING != 0 {
            place.pins.fetch_sub(1, Relaxed);
            // The value is moved out, which is short.
            std::thread::yield_now();
        }
        Self(place)
    }

    #[inline]
    pub(super) fn cell(&self) -> &Lazy<V> {
        // SAFETY: pinned while `self` lives, so no eviction has or gets the right to write.
        unsafe { &*self.0.value.get() }
    }
}

impl<V> Clone for Pinned<V> {
    fn clone(&self) -> Self {
        let before = self.0.pins.fetch_add(1, Relaxed);
        // Handles that were forgotten by the billion: half of the range is left to those that come
        // meanwhile.
        if before & !EVICTING > EVICTING / 2 {
            std::process::abort();
        }
        Self(self.0)
    }
}

impl<V> Drop for Pinned<V> {
    #[inline]
    fn drop(&mut self) {
        if self.0.timed {
            self.0.used.store(idle::now(), Relaxed);
        }
        // Release pairs with the Acquire of an eviction: what was read through this pin was read
        // before.
        self.0.pins.fetch_sub(1, Release);
    }
}
