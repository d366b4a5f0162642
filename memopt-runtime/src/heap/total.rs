//! What is in use in all, and when it was most.
//!
//! A word that two threads add to at every block costs each of them more than the allocation. So it
//! belongs to one **lane** of threads at a time, the owner, which adds to it at once: the peak is
//! exact. When lanes take it from each other again and again, they share it: each keeps up to
//! [`SHARE`] bytes to itself, and the peak is off by no more than that for each. A lane that adds
//! twice, with no other between, is the owner again and collects what the others kept.

use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering::Relaxed};

/// Lanes of threads: more threads share them.
pub(super) const LANES: u32 = 16;
/// Bytes a lane keeps to itself, where several are at work.
pub(super) const SHARE: u64 = 4096;
/// How often the sum is taken back until it is shared.
const RETURNS: u32 = 64;
/// The owner while it is shared; others are a lane's number plus one.
const SHARED: u32 = u32::MAX;

/// The sampled blocks together. Zeroed memory is an empty one.
#[derive(Debug)]
#[repr(C, align(64))]
pub(super) struct Total {
    sum: Sum,
    turns: Turns,
    lanes: [Lane; LANES as usize],
}

#[derive(Debug)]
#[repr(C, align(64))]
struct Sum {
    live: AtomicI64,
    peak: AtomicI64,
    /// Rises whenever the peak does.
    number: AtomicU64,
    peak_at_ns: AtomicU64,
    /// Who added last while it was shared.
    last: AtomicU32,
}

/// Whose it is. Apart from the sum: every thread reads it at every block, and it is seldom written.
#[derive(Debug)]
#[repr(C, align(64))]
struct Turns {
    owner: AtomicU32,
    /// How often a lane took back what it had owned before, and the round this is counted in.
    returns: AtomicU32,
    round: AtomicU32,
}

#[derive(Debug)]
#[repr(C, align(64))]
struct Lane {
    /// Bytes not yet added.
    kept: AtomicI64,
    /// The round it was an owner in, plus one.
    owned: AtomicU32,
}

impl Total {
    /// Bytes came on a thread of a lane, at a time if it was noted.
    pub(super) fn came(&self, lane: u32, bytes: u64, at_ns: u64) {
        self.change(lane, bytes.cast_signed(), at_ns);
    }

    /// Bytes went on a thread of a lane.
    pub(super) fn went(&self, lane: u32, bytes: u64) {
        self.change(lane, bytes.cast_signed().wrapping_neg(), 0);
    }

    #[inline(always)]
    fn change(&self, lane: u32, bytes: i64, at_ns: u64) {
        let owner = self.turns.owner.load(Relaxed);
        if owner == lane + 1 || owner != SHARED && self.take_over(lane) {
            self.add(bytes, at_ns);
        } else {
            self.keep(lane, bytes, at_ns);
        }
    }

    fn add(&self, bytes: i64, at_ns: u64) {
        let live = self.sum.live.fetch_add(bytes, Relaxed).wrapping_add(bytes);
        if live > self.sum.peak.load(Relaxed) {
            self.sum.peak.fetch_max(live, Relaxed);
            self.sum.number.fetch_add(1, Relaxed);
            if at_ns != 0 {
                self.sum.peak_at_ns.store(at_ns, Relaxed);
            }
        }
    }

    /// Makes a lane the owner; whether it is, and the sum not shared from here on.
    #[cold]
    fn take_over(&self, lane: u32) -> bool {
        let round = self.turns.round.load(Relaxed) + 1;
        let again = self.lanes[lane as usize].owned.swap(round, Relaxed) == round;
        if again && self.turns.returns.fetch_add(1, Relaxed) >= RETURNS {
            self.turns.owner.store(SHARED, Relaxed);
            return false;
        }
        self.turns.owner.store(lane + 1, Relaxed);
        true
    }

    /// Keeps bytes to the lane until they are many.
    fn keep(&self, lane: u32, bytes: i64, at_ns: u64) {
        let kept = &self.lanes[lane as usize].kept;
        let now = kept.fetch_add(bytes, Relaxed).wrapping_add(bytes);
        if now.unsigned_abs() < SHARE {
            return;
        }
        self.add(kept.swap(0, Relaxed), at_ns);
        if self.sum.last.swap(lane + 1, Relaxed) == lane + 1 {
            self.collect();
            self.turns.round.fetch_add(1, Relaxed);
            self.turns.returns.store(0, Relaxed);
            self.turns.owner.store(lane + 1, Relaxed);
        }
    }

    /// Adds what lanes kept.
    fn collect(&self) {
        for lane in &self.lanes {
            if lane.kept.load(Relaxed) != 0 {
                self.add(lane.kept.swap(0, Relaxed), 0);
            }
        }
    }

    /// How often the peak rose.
    #[inline(always)]
    pub(super) fn peak_number(&self) -> u64 {
        self.sum.number.load(Relaxed)
    }

    /// Bytes in use at the peak, and when it was.
    pub(super) fn peak(&self) -> (u64, u64) {
        (self.sum.peak.load(Relaxed).max(0).cast_unsigned(), self.sum.peak_at_ns.load(Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn empty() -> Box<Total> {
        // SAFETY: zeroes are an empty one.
        unsafe { Box::<Total>::new_zeroed().assume_init() }
    }

    #[test]
    fn one_lane_after_the_other_has_an_exact_peak() {
        let total = empty();
        for lane in 0..LANES {
            total.came(lane, 10, 1);
        }
        total.went(3, 100);
        total.came(5, 30, 2);
        assert_eq!(total.peak(), (160, 1));
        total.came(5, 71, 3);
        assert_eq!(total.peak(), (161, 3));
    }

    #[test]
    fn lanes_that_take_turns_are_near_the_peak_and_one_alone_is_exact_again() {
        let total = empty();
        let mut live = 0;
        for step in 0..10_000 {
            total.came(step % 2, 100, 1);
            live += 100;
            assert!(live - total.peak().0 < 2 * SHARE, "{live} {:?}", total.peak());
        }
        // One that goes on alone adds twice and collects.
        for _ in 0..100 {
            total.came(0, 100, 2);
            live += 100;
        }
        assert_eq!(total.peak().0, live);
        total.came(0, 1, 2);
        assert_eq!(total.peak().0, live + 1);
    }

    #[test]
    fn what_lanes_free_of_each_other_adds_up() {
        let total = empty();
        for _ in 0..10_000 {
            total.came(0, 100, 1);
            total.went(1, 100);
        }
        assert!(total.peak().0 < 2 * SHARE + 100, "{:?}", total.peak());
    }
}
