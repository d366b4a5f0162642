//! Which of a thread's blocks are sampled: the interval it took up, and where on its axis of bytes
//! the next sample falls.

use super::{KNOWN_CALL_PATHS, LOOK, REGISTRY, ThreadState};
use crate::thread::interval;
use crate::thread::route::Route;
use std::ptr;
use std::sync::atomic::Ordering::Relaxed;

impl ThreadState {
    /// The interval this thread samples with.
    pub(crate) fn interval(&self) -> u64 {
        self.interval.get()
    }

    /// Takes up the interval that is in force.
    pub(super) fn take_up_interval(&self) {
        let interval = interval::get();
        if interval != self.interval.replace(interval) {
            let at = match interval {
                interval::OFF => i64::MAX,
                interval::EXACT => i64::MIN,
                _ => self.bytes().saturating_add(interval::next_gap(self, interval)),
            };
            self.sample_at.set(at);
        }
    }

    fn bytes(&self) -> i64 {
        self.counters.bytes.get().cast_signed()
    }

    /// Whether a block of `size` bytes is to be sampled, on a thread that counts.
    pub(crate) fn samples(&self, size: usize) -> bool {
        if interval::get() != self.interval.get() {
            self.mark();
        }
        self.interval.get() != interval::OFF
            && self.bytes().wrapping_add(size as i64) > self.sample_at.get()
    }

    /// A block was sampled: the next is `gap` bytes on.
    pub(crate) fn sample_again(&self, gap: i64) {
        self.sample_at.set(self.bytes().saturating_add(gap));
        self.set_due();
    }

    /// The number this thread has among those with sampled blocks.
    pub(crate) fn sampled_as(&self, make: impl FnOnce() -> u16) -> u16 {
        if self.sampled_as.get() == 0 {
            self.sampled_as.set(make().saturating_add(1));
        }
        self.sampled_as.get() - 1
    }

    /// The call path of a node in a recording, if it was met lately.
    pub(crate) fn known_call_path(&self, node: *const (), recording: u32) -> Option<u32> {
        let (known, in_recording, call_path) =
            self.known_call_paths[(node.addr() >> 7) % KNOWN_CALL_PATHS].get();
        (ptr::eq(known, node) && in_recording == recording).then_some(call_path)
    }

    /// Remembers it.
    pub(crate) fn know_call_path(&self, node: *const (), recording: u32, call_path: u32) {
        self.known_call_paths[(node.addr() >> 7) % KNOWN_CALL_PATHS]
            .set((node, recording, call_path));
    }

    /// Lets the thread take up another interval at its next allocation. From any thread.
    fn call_to_sample(&self) {
        self.look.store(LOOK, Relaxed);
        self.due.store(i64::MIN, Relaxed);
        self.short_route.store(Route::Plain as u32, Relaxed);
        let _ =
            self.sizes.fetch_update(Relaxed, Relaxed, |sizes| Some(sizes.map_addr(|at| at | LOOK)));
    }

    /// Whether the thread will look at the interval. From any thread.
    fn is_called(&self) -> bool {
        self.due.load(Relaxed) == i64::MIN
            && self.short_route() == Route::Plain as u32
            && self.look.load(Relaxed) == LOOK
            && self.sizes.load(Relaxed).addr() & LOOK != 0
    }
}

/// Lets every thread take up another interval at its next allocation.
pub(crate) fn call_to_sample() {
    // A thread that does its own bookkeeping in the moment it is called may not hear it: it is
    // called again.
    for _ in 0..CALLS {
        let mut heard = true;
        for slot in REGISTRY.slots() {
            slot.running(|counters| {
                // SAFETY: the first member of the state of a thread that cannot go while the slot
                // is looked at; the members used are atomics.
                let thread = unsafe { &*counters.cast::<ThreadState>() };
                heard &= thread.is_called();
                thread.call_to_sample();
            });
        }
        if heard {
            return;
        }
        std::thread::yield_now();
    }
}

/// Times threads are called at most.
const CALLS: usize = 4;
