//! Sums over sampled blocks, each weighed with what it stands for.

use crate::report::Estimate;
use crate::thread::interval;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Parts of a block that are told apart. A block of the interval's size stands for 1.58 blocks:
/// whole ones would be off by a quarter, always to the same side.
pub(super) const PARTS: u64 = 1024;
/// Square bytes in one of variance. With 512 KiB between samples a sum is full after 2^45 bytes
/// otherwise, within the day.
const SQUARE: f64 = 4096.0;

/// What a block stands for in an estimate, as [`Estimate`] says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Weight {
    pub(super) bytes: u64,
    /// What it stands for besides itself, 0 where every block is tracked: blocks (in 1024ths), `(1
    /// − p) (s / p)²` (in 4096ths).
    pub(super) more_blocks: u64,
    pub(super) variance: u64,
}

impl Weight {
    /// Of a block of `size` bytes that was sampled with an interval.
    pub(super) fn of(size: u64, with: u64) -> Self {
        if with <= interval::EXACT {
            return Self { bytes: size, more_blocks: 0, variance: 0 };
        }
        Self::by_chance(size, interval::probability(size, with))
    }

    /// Of a block of `size` bytes that was taken with a probability.
    pub(super) fn by_chance(size: u64, probability: f64) -> Self {
        let bytes = size as f64 / probability;
        Self {
            bytes: bytes.round() as u64,
            more_blocks: ((1.0 / probability - 1.0) * PARTS as f64).round() as u64,
            variance: ((1.0 - probability) * bytes * bytes / SQUARE).round() as u64,
        }
    }
}

/// Sums of what came, or of what went. Any thread adds. Zeroed memory is empty sums.
#[derive(Debug)]
pub(super) struct Sums {
    samples: AtomicU64,
    bytes: AtomicU64,
    more_blocks: AtomicU64,
    variance: AtomicU64,
}

/// What sums were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Read {
    pub(super) samples: u64,
    pub(super) bytes: u64,
    pub(super) more_blocks: u64,
    pub(super) variance: u64,
}

impl Sums {
    pub(super) fn add(&self, weight: &Weight) {
        self.samples.fetch_add(1, Relaxed);
        self.bytes.fetch_add(weight.bytes, Relaxed);
        if weight.more_blocks > 0 {
            self.more_blocks.fetch_add(weight.more_blocks, Relaxed);
            self.variance.fetch_add(weight.variance, Relaxed);
        }
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Relaxed)
    }

    pub(super) fn read(&self) -> Read {
        Read {
            samples: self.samples.load(Relaxed),
            bytes: self.bytes.load(Relaxed),
            more_blocks: self.more_blocks.load(Relaxed),
            variance: self.variance.load(Relaxed),
        }
    }
}

impl Read {
    /// The standard deviation of the bytes.
    pub(super) fn deviation(&self) -> u64 {
        (self.variance as f64 * SQUARE).sqrt() as u64
    }

    /// One block more.
    pub(super) fn add(&mut self, weight: &Weight) {
        self.samples += 1;
        self.bytes += weight.bytes;
        self.more_blocks += weight.more_blocks;
        self.variance = self.variance.wrapping_add(weight.variance);
    }

    /// The blocks of another sum.
    pub(super) fn add_all(&mut self, other: &Self) {
        self.samples = self.samples.wrapping_add(other.samples);
        self.bytes = self.bytes.wrapping_add(other.bytes);
        self.more_blocks = self.more_blocks.wrapping_add(other.more_blocks);
        self.variance = self.variance.wrapping_add(other.variance);
    }

    /// What came and did not go. A block that comes or goes meanwhile may be in one of the sums
    /// only: never less than nothing.
    pub(super) fn less(&self, went: &Self) -> Self {
        // Wrapping: a sum that is full begins anew, and what is in use still is the difference.
        let less =
            |came: u64, went: u64| came.wrapping_sub(went).cast_signed().max(0).cast_unsigned();
        Self {
            samples: less(self.samples, went.samples),
            bytes: less(self.bytes, went.bytes),
            more_blocks: less(self.more_blocks, went.more_blocks),
            variance: less(self.variance, went.variance),
        }
    }

    /// The estimate, where a sample that stands for more than itself stands for so many bytes at
    /// most.
    ///
    /// With no sample of what is in use the weight stays: what was sampled before says how much
    /// would not have shown.
    pub(super) fn estimate(&self, largest_weight: u64) -> Estimate {
        let mut estimate = Estimate::default();
        estimate.samples = self.samples;
        estimate.blocks = self.samples + (self.more_blocks as f64 / PARTS as f64).round() as u64;
        estimate.bytes = self.bytes;
        estimate.bytes_variance = self.variance as f64 * SQUARE;
        estimate.largest_weight = largest_weight as f64;
        estimate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_blocks_stand_for_the_interval_and_large_ones_for_themselves() {
        let small = Weight::of(64, 1 << 19);
        // 1 / p is 8192.5 to a tenth, and p is small, so the variance is nearly the square.
        assert_eq!((small.bytes, small.more_blocks), (524_320, 8_388_096));
        assert!((small.variance as f64 * SQUARE / 524_320f64.powi(2) - 1.0).abs() < 1e-3);
        let itself = Weight { bytes: 64 << 20, ..Weight::default() };
        assert_eq!(Weight::of(64 << 20, 1 << 19), itself);
        assert_eq!(Weight::of(64, 1), Weight { bytes: 64, ..Weight::default() });
    }

    #[test]
    fn one_in_sixteen_stands_for_sixteen() {
        let sums =
            Sums { samples: 0.into(), bytes: 0.into(), more_blocks: 0.into(), variance: 0.into() };
        (0..4).for_each(|_| sums.add(&Weight::by_chance(100, 1.0 / 16.0)));
        let estimate = sums.read().estimate(1600);
        assert_eq!((estimate.samples, estimate.blocks, estimate.bytes), (4, 64, 6400));
        assert!((estimate.bytes_variance / (4.0 * 0.9375 * 1600f64.powi(2)) - 1.0).abs() < 1e-3);
    }

    #[test]
    fn a_thousand_blocks_of_the_intervals_size_stand_for_1582() {
        let sums =
            Sums { samples: 0.into(), bytes: 0.into(), more_blocks: 0.into(), variance: 0.into() };
        (0..1000).for_each(|_| sums.add(&Weight::of(1 << 19, 1 << 19)));
        assert_eq!(sums.read().estimate(0).blocks, 1582);
    }

    #[test]
    fn what_is_in_use_is_right_when_a_sum_has_begun_anew() {
        let came = Read { samples: 10, bytes: 100, more_blocks: 5, variance: 3 };
        let went = Read { samples: 8, bytes: 90, more_blocks: 5, variance: u64::MAX - 1 };
        assert_eq!(came.less(&went), Read { samples: 2, bytes: 10, more_blocks: 0, variance: 5 });
        // A block went that had not come when it was read.
        assert_eq!(went.less(&came).samples, 0);
    }
}
