//! A histogram of lengths that forgets: one word a bucket, shared by all threads without a locked
//! instruction.

use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering::Relaxed};

/// Buckets are exact below this; above, each doubling is cut in as many.
const STEPS: usize = 8;
/// Lengths of 2^32 and more share the last bucket.
const DOUBLINGS: usize = 29;
pub(super) const BUCKETS: usize = STEPS + DOUBLINGS * STEPS;

/// Once this many are known, all counts are halved.
pub(super) const REMEMBERED: u32 = 256;

/// Counts of lengths.
///
/// Threads that count at the same moment may lose a count: what is wanted is a share, and a locked
/// add would cost more than the growth that is saved. Each word is read and written whole.
pub(super) struct Lengths {
    counts: [AtomicU16; BUCKETS],
    /// The largest since the counts were halved last, and before.
    largest: AtomicUsize,
    largest_before: AtomicUsize,
}

/// What is known at one moment: the buckets that hold something, by length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) buckets: Vec<Bucket>,
    pub(super) count: u32,
}

/// Lengths that are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bucket {
    pub(super) count: u32,
    /// Stands for all of them.
    pub(super) middle: usize,
    /// None is longer.
    pub(super) longest: usize,
}

impl Lengths {
    pub(super) const fn new() -> Self {
        Self {
            counts: [const { AtomicU16::new(0) }; BUCKETS],
            largest: AtomicUsize::new(0),
            largest_before: AtomicUsize::new(0),
        }
    }

    #[inline]
    pub(super) fn add(&self, length: usize) {
        let count = &self.counts[bucket(length)];
        count.store(count.load(Relaxed).saturating_add(1), Relaxed);
        if length > self.largest.load(Relaxed) {
            self.largest.store(length, Relaxed);
        }
    }

    /// What is known now; afterwards older lengths count half, where there are enough.
    pub(super) fn read(&self) -> Known {
        let largest = self.largest.load(Relaxed).max(self.largest_before.load(Relaxed));
        let mut known = Known::default();
        for (at, count) in self.counts.iter().enumerate() {
            let count = u32::from(count.load(Relaxed));
            if count > 0 {
                let (shortest, longest) = bounds(at);
                // The largest is known exactly: a place with one length starts at just that.
                let longest =
                    if longest >= largest || at + 1 == BUCKETS { largest } else { longest };
                let middle = shortest.midpoint(longest);
                known.buckets.push(Bucket { count, middle, longest });
                known.count += count;
            }
        }
        if known.count >= REMEMBERED {
            for count in &self.counts {
                let value = count.load(Relaxed);
                if value > 0 {
                    count.store(value / 2, Relaxed);
                }
            }
            self.largest_before.store(self.largest.load(Relaxed), Relaxed);
            self.largest.store(0, Relaxed);
        }
        known
    }
}

#[inline]
fn bucket(length: usize) -> usize {
    if length < STEPS {
        return length;
    }
    // Three digits behind the leading one.
    let shift = length.ilog2() as usize - 3;
    (STEPS + shift * STEPS + ((length >> shift) & (STEPS - 1))).min(BUCKETS - 1)
}

/// The shortest and the longest length of a bucket.
fn bounds(bucket: usize) -> (usize, usize) {
    if bucket < STEPS {
        return (bucket, bucket);
    }
    let (shift, step) = ((bucket - STEPS) / STEPS, (bucket - STEPS) % STEPS);
    let shortest = (STEPS + step).checked_shl(shift as u32).unwrap_or(usize::MAX);
    (shortest, shortest.saturating_add((1 << shift.min(usize::BITS as usize - 1)) - 1))
}

#[cfg(test)]
mod tests {
    use super::{BUCKETS, Bucket, Lengths, REMEMBERED, bounds, bucket};

    #[test]
    fn buckets_meet_and_hold_their_lengths() {
        for at in 0..BUCKETS - 1 {
            let (shortest, longest) = bounds(at);
            assert_eq!((bucket(shortest), bucket(longest)), (at, at));
            assert_eq!(bucket(longest + 1), at + 1);
            assert!(longest - shortest <= shortest / 8);
        }
        assert_eq!(bounds(8), (8, 8));
        assert_eq!(bounds(bucket(1000)), (960, 1023));
        assert_eq!(bucket(usize::MAX), BUCKETS - 1);
    }

    #[test]
    fn the_largest_is_exact() {
        let lengths = Lengths::new();
        lengths.add(1000);
        lengths.add(20);
        let known = lengths.read();
        assert_eq!(
            known.buckets,
            [
                Bucket { count: 1, middle: 20, longest: 21 },
                Bucket { count: 1, middle: 980, longest: 1000 }
            ]
        );
    }

    #[test]
    fn the_past_fades() {
        let lengths = Lengths::new();
        for _ in 0..REMEMBERED {
            lengths.add(5000);
        }
        assert_eq!(lengths.read().count, REMEMBERED);
        assert_eq!(lengths.read().count, REMEMBERED / 2);
        for _ in 0..REMEMBERED * 16 {
            lengths.add(10);
            lengths.read();
        }
        let known = lengths.read();
        assert_eq!((known.buckets.len(), known.buckets[0].longest), (1, 10));
    }
}
