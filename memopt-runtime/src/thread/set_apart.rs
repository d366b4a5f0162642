//! Buffers of the test harness that grow while a test runs, and are counted in no scope.
//!
//! Only blocks of [`LEAST`] bytes and more, with alignment 1: their `realloc` takes the hook's slow
//! path anyway, so that nothing else is asked for them.

#[cfg(all(unix, not(miri)))]
use super::own;
use super::state::REGISTRY;
use crate::report::Totals;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Tests that run at once and have their buffer set apart; those beyond count it.
const PLACES: usize = 128;
/// The smallest block that is looked for. Bytes.
pub(crate) const LEAST: usize = 1024;

/// Where the buffers lie; [`FREE`], or [`MOVING`].
static BUFFERS: [AtomicUsize; PLACES] = [const { AtomicUsize::new(FREE) }; PLACES];
/// One more than the last place that was ever taken.
static TAKEN: AtomicUsize = AtomicUsize::new(0);

/// No buffer is here.
const FREE: usize = 0;
/// The buffer is between two addresses.
const MOVING: usize = 1;

/// A buffer that is counted in no scope until this is dropped.
#[derive(Debug)]
pub(crate) struct SetApart(usize);

impl SetApart {
    /// Sets the buffer at an address apart; `None` where it is already, for a test around this one,
    /// and where all places are taken.
    pub(crate) fn new(address: usize) -> Option<Self> {
        if BUFFERS.iter().any(|place| place.load(Relaxed) == address) {
            return None;
        }
        let is_free =
            |place: &AtomicUsize| place.compare_exchange(FREE, address, Relaxed, Relaxed).is_ok();
        let place = BUFFERS.iter().position(is_free)?;
        TAKEN.fetch_max(place + 1, Relaxed);
        Some(Self(place))
    }

    /// Where the buffer lies now.
    pub(crate) fn address(&self) -> usize {
        BUFFERS[self.0].load(Relaxed)
    }
}

impl Drop for SetApart {
    fn drop(&mut self) {
        BUFFERS[self.0].store(FREE, Relaxed);
    }
}

/// A buffer that is being moved: who has it reallocates that buffer.
#[derive(Debug)]
pub(crate) struct Moving(&'static AtomicUsize);

/// Whether a buffer was ever set apart.
#[inline(always)]
pub(crate) fn was_ever_any() -> bool {
    TAKEN.load(Relaxed) != 0
}

/// The buffer at an address, if it is set apart.
#[inline(never)]
pub(crate) fn take(address: usize) -> Option<Moving> {
    // Who reallocates the buffer is ordered after who set it apart: both have its lock.
    let place = BUFFERS[..TAKEN.load(Relaxed)].iter().find(|at| at.load(Relaxed) == address)?;
    // Meanwhile the address may be given to another block.
    place.compare_exchange(address, MOVING, Relaxed, Relaxed).is_ok().then_some(Moving(place))
}

impl Moving {
    /// The buffer went from one address and size to others: counts that outside of all scopes.
    pub(crate) fn arrive(self, from: (usize, usize), to: (usize, usize)) {
        let mut totals = Totals::default();
        totals.reallocs = 1;
        totals.bytes = to.1.saturating_sub(from.1) as u64;
        totals.freed_bytes = from.1.saturating_sub(to.1) as u64;
        totals.copied_bytes = if from.0 == to.0 { 0 } else { from.1.min(to.1) as u64 };
        REGISTRY.orphans.add_shared(&totals);
        self.stay(to.0);
    }

    /// The buffer lies at an address.
    pub(crate) fn stay(self, address: usize) {
        // Where the test ended meanwhile the place may be another's.
        let _ = self.0.compare_exchange(MOVING, address, Relaxed, Relaxed);
    }
}

/// A block made in an untracked section is the program's, or the harness's: counts it as theirs,
/// outside of all scopes, as whoever frees it will.
#[cfg(all(unix, not(miri)))]
pub(crate) fn hand_over(totals: &Totals) {
    own::add(&Totals::freed(0, totals.bytes));
    REGISTRY.orphans.add_shared(totals);
}
