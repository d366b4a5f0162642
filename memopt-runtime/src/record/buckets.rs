//! The compact front of a histogram: HDR bucket layout, counts made room for as values come.
//!
//! One significant digit: 16 buckets to each doubling, values below 32 exact
//! (<https://hdrhistogram.github.io/HdrHistogram/>). The buckets of one doubling are a [`Group`] of
//! half a cache line; a site that sees few magnitudes has few groups, made in rows.

use crate::machine::opaque;
use crate::sync::Word;
use std::sync::atomic::{AtomicU16, AtomicU32, Ordering::Relaxed};

/// Groups a histogram can have: one for 0, one to each doubling.
const GROUPS_MASK: usize = GROUPS - 1;
pub(super) const GROUPS: usize = 64;
/// Buckets of a histogram.
pub(super) const BUCKETS: usize = GROUPS * 16;

/// Counts of 16 neighbouring buckets.
///
/// 16 bits each: half a cache line a doubling. Full steps are moved to a [`Carry`] long before a
/// count can overflow.
#[derive(Debug, Default)]
#[repr(C, align(32))]
pub(crate) struct Group([AtomicU16; 16]);

/// What is moved out of a count at a time.
pub(super) const STEP: u16 = 1 << 14;

impl Group {
    /// Adds to a count that has room for it, and gives the new count.
    #[inline(always)]
    pub(super) fn add(&self, bucket: usize, n: u16) -> u16 {
        let count = &self.0[bucket & 15];
        let value = count.read().wrapping_add(n);
        count.write(value);
        value
    }

    pub(super) fn get(&self, bucket: usize) -> u16 {
        self.0[bucket & 15].load(Relaxed)
    }

    pub(super) fn set(&self, bucket: usize, value: u16) {
        self.0[bucket & 15].store(value, Relaxed);
    }
}

/// Steps moved out of the counts of a group, made when there is one.
#[derive(Debug)]
pub(super) struct Carry([AtomicU32; 16]);

impl Carry {
    pub(super) fn get(&self, bucket: usize) -> u32 {
        self.0[bucket & 15].load(Relaxed)
    }

    pub(super) fn set(&self, bucket: usize, steps: u32) {
        self.0[bucket & 15].store(steps, Relaxed);
    }
}

/// Groups made together: those of several histograms for one magnitude.
///
/// PERF: bytes and retained bytes of a call are mostly alike, and so are its blocks; that they lie
/// side by side spares cache misses.
pub(super) const ROW: usize = 4;

/// Numbers of the rows of a record by magnitude; 0 stands for one not made yet.
#[derive(Debug)]
#[repr(transparent)]
pub(super) struct Directory([AtomicU16; GROUPS]);

impl Directory {
    pub(super) fn row(&self, bucket: usize) -> usize {
        usize::from(self.0[(bucket >> 4) & GROUPS_MASK].load(Relaxed))
    }

    /// The row around a place of values up to [`GREATEST`], for the owner.
    ///
    /// PERF: two instructions a value fewer than with the place brought into range.
    ///
    /// # Safety
    ///
    /// - Only the thread that sets the rows may call it.
    /// - The place must be of a value up to [`GREATEST`].
    #[inline(always)]
    pub(super) unsafe fn own_row(&self, place: Place) -> usize {
        let group = ((place.0 >> 4) as usize).wrapping_sub(FIRST_EXPONENT);
        // SAFETY: by the caller's word the exponent is one of the groups', and this thread is the
        // one that sets the rows.
        let row = unsafe { self.0.get_unchecked(group).own() };
        // PERF: else the 16 bits are tested, and widened again where they are used.
        opaque(u64::from(row)) as usize
    }

    pub(super) fn set_row(&self, bucket: usize, row: u16) {
        self.0[(bucket >> 4) & GROUPS_MASK].store(row, Relaxed);
    }
}

/// Where a value belongs: its group, with [`FIRST_EXPONENT`] added, above the four bits of the
/// bucket in it.
#[derive(Clone, Copy)]
pub(super) struct Place(u64);

/// The biased exponent of the smallest place: that of 2 as a floating-point number.
const FIRST_EXPONENT: usize = 1 << 10;

/// The largest value that is told from others. Larger values count as this one.
///
/// No counter reaches it. It keeps every place within the groups, whatever comes.
pub(super) const GREATEST: u64 = (1 << 60) - 1;

impl Place {
    /// The exponent of 2v + 1 as a floating-point number is the doubling, the upper four bits of
    /// its mantissa are the bucket in it. (The factor 4 makes the biased exponent end in the
    /// group's number.) Exact below 2^52.
    ///
    /// PERF: a scan for the top bit is one instruction too, but `bsr` takes 8 micro-operations on
    /// AMD's cores, and `lzcnt` is not in every x86-64; 4 histograms take 4 ns less this way.
    #[inline(always)]
    pub(super) fn of(value: u64) -> Self {
        let bits = (value.wrapping_mul(4).wrapping_add(2).cast_signed() as f64).to_bits();
        Self(bits >> 48)
    }

    /// The number of the bucket among all of a histogram.
    #[inline(always)]
    pub(super) fn bucket(self) -> usize {
        self.0 as usize & (BUCKETS - 1)
    }
}

/// The bucket of a value.
#[inline(always)]
pub(super) fn bucket(value: u64) -> usize {
    Place::of(value).bucket()
}

/// The lowest value of a bucket.
pub(super) fn lowest(bucket: usize) -> u64 {
    let (group, sub) = (bucket >> 4, bucket as u64 & 15);
    match group.checked_sub(1) {
        None => 0,
        Some(doubling @ 0..4) => (16 + sub) >> (4 - doubling),
        Some(doubling) => (16 + sub).checked_shl(doubling as u32 - 4).unwrap_or(u64::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::{AtomicU16, BUCKETS, Directory, GREATEST, Place, bucket, lowest};

    #[test]
    fn small_values_are_exact() {
        for value in 0..32 {
            assert_eq!(lowest(bucket(value)), value);
        }
        assert_eq!([32, 33, 34, 63, 64].map(|v| lowest(bucket(v))), [32, 32, 34, 62, 64]);
    }

    #[test]
    fn a_bucket_holds_its_value_within_a_sixteenth() {
        let mut value = 1u64;
        while value < 1 << 52 {
            for near in [value - 1, value, value + value / 3] {
                let low = lowest(bucket(near));
                assert!(low <= near && near - low <= near / 16, "{near} fell into {low}");
            }
            value *= 2;
        }
    }

    #[test]
    fn every_value_that_is_told_apart_has_a_group() {
        let rows = Directory(std::array::from_fn(|group| AtomicU16::new(group as u16)));
        let powers = (0..60).flat_map(|e| [(1 << e) - 1, 1 << e]);
        for value in powers.chain([GREATEST]) {
            let place = Place::of(value);
            // SAFETY: the table is this thread's, the value at most the greatest.
            let row = unsafe { rows.own_row(place) };
            assert_eq!(row, place.bucket() >> 4, "{value}");
        }
    }

    #[test]
    fn larger_values_never_have_a_smaller_bucket() {
        let buckets: Vec<usize> = (0..3000).chain((12..60).map(|e| 1 << e)).map(bucket).collect();
        assert!(buckets.is_sorted());
        assert!(buckets.iter().all(|bucket| *bucket < BUCKETS));
    }
}
