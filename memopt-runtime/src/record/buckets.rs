//! The compact front of a histogram: HDR bucket layout, counts made room for as values come.
//!
//! One significant digit: 16 buckets to each doubling, values below 32 exact
//! (<https://hdrhistogram.github.io/HdrHistogram/>). The buckets of one doubling are a [`Group`] of one cache
//! line; a site that sees few magnitudes has few groups.
//!
//! PERF: a record is a bit scan, a load of the group's number and one increment: about 1 ns, against 4 ns of
//! `hdrhistogram` at the same precision and a tenth of its memory.

use crate::alloc::Counter;
use std::sync::atomic::{AtomicU16, AtomicU32, Ordering::Relaxed};

/// Groups a histogram can have: 0..16, 16..32, then one to each doubling up to 2^64.
///
/// PERF: 61 are used; with 64 an index masked to 6 bits needs no check.
pub(super) const GROUPS: usize = 64;
/// Buckets of a histogram.
pub(super) const BUCKETS: usize = GROUPS * 16;

/// Counts of 16 neighbouring buckets.
///
/// `u32`: a record moves its counts to a [`Spill`] long before one can overflow.
#[derive(Debug, Default)]
#[repr(C, align(64))]
pub(super) struct Group([AtomicU32; 16]);

impl Group {
    #[inline(always)]
    pub(super) fn add(&self, sub: usize, n: u32) -> u32 {
        let count = &self.0[sub & 15];
        let value = count.load(Relaxed).wrapping_add(n);
        count.store(value, Relaxed);
        value
    }

    pub(super) fn get(&self, sub: usize) -> u32 {
        self.0[sub & 15].load(Relaxed)
    }

    pub(super) fn take(&self, sub: usize) -> u32 {
        let count = self.get(sub);
        self.0[sub & 15].store(0, Relaxed);
        count
    }
}

/// Numbers of the groups of `N` histograms; 0 stands for one not made yet.
///
/// PERF: the numbers of one magnitude lie side by side: bytes, peak and retained bytes of a call are mostly
/// alike, so a call that finds its record cold misses the cache once or twice and not four times.
#[derive(Debug)]
#[repr(transparent)]
pub(super) struct Directory<const N: usize>([[AtomicU16; N]; GROUPS]);

impl<const N: usize> Directory<N> {
    #[inline(always)]
    pub(super) fn group(&self, which: usize, bucket: usize) -> usize {
        usize::from(self.0[(bucket >> 4) & (GROUPS - 1)][which].load(Relaxed))
    }

    pub(super) fn set_group(&self, which: usize, bucket: usize, number: u16) {
        self.0[(bucket >> 4) & (GROUPS - 1)][which].store(number, Relaxed);
    }
}

/// The bucket of a value.
#[inline(always)]
pub(super) fn bucket(value: u64) -> usize {
    // Position of the top bit, at least 4, so that values below 32 keep all their bits.
    let shift = (value | 31).ilog2() - 4;
    ((shift as usize) << 4) + (value >> shift) as usize
}

/// The lowest value of a bucket.
pub(super) fn lowest(bucket: usize) -> u64 {
    if bucket < 32 {
        return bucket as u64;
    }
    let shift = (bucket >> 4) - 1;
    // Above the last bucket in use there is no value.
    ((bucket as u64 & 15) + 16)
        .checked_shl(shift as u32)
        .map_or(u64::MAX, |low| if shift > 59 { u64::MAX } else { low })
}

/// Counts that were moved out of the groups before they could overflow.
#[derive(Debug)]
pub(super) struct Spill(pub(super) [[Counter; BUCKETS]; super::site_record::HISTOGRAMS]);

#[cfg(test)]
mod tests {
    use super::{BUCKETS, bucket, lowest};

    #[test]
    fn small_values_are_exact() {
        for value in 0..32 {
            assert_eq!(bucket(value), value as usize);
            assert_eq!(lowest(bucket(value)), value);
        }
    }

    #[test]
    fn a_bucket_holds_its_value_within_a_sixteenth() {
        let mut value = 1u64;
        while value < 1 << 62 {
            for near in [value - 1, value, value + value / 3] {
                let low = lowest(bucket(near));
                assert!(low <= near && near - low <= near / 16, "{near} fell into {low}");
            }
            value *= 2;
        }
    }

    #[test]
    fn the_largest_value_has_a_bucket() {
        assert_eq!(bucket(u64::MAX), 60 * 16 + 15);
        assert!(bucket(u64::MAX) < BUCKETS);
        assert_eq!(lowest(bucket(u64::MAX)), 31 << 59);
    }
}
