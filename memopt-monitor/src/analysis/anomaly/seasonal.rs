//! Seasonal residual: how far the series is from where it was one and two periods ago.
//!
//! # Formula
//!
//! Blocks are averaged, and the last 1024 means are kept. Once in 128 blocks the autocorrelation of
//! the means, less their mean, is taken for lags of 8 to a third of what is kept. The period is the
//! lag of its highest local maximum, if that is at least 0.5 and the correlation was below 0 at a
//! shorter lag (a slow trend correlates at every short lag and has no period).
//!
//! With a period `p`, the usual place is all that lies between the least and the greatest of the
//! means `p - 1`, `p`, `p + 1` and, if kept, `2p - 1`, `2p`, `2p + 1` blocks ago. The distance is
//! that of the block's mean outside: an anomaly one period ago does not make today's normal value
//! one, and a bump that fails to come is far from where it was.
//!
//! # Cost
//!
//! A third of a million multiplications in 128 blocks, that is 0.4 µs a reading at 6 readings a
//! block; 8 KB.

use std::collections::VecDeque;

/// Means that are kept.
const BLOCKS: usize = 1024;
/// Blocks between two looks for a period.
const LOOK_EVERY: u64 = 128;
/// The shortest period, in blocks.
const SHORTEST: usize = 8;
/// Correlation that makes a period.
const CORRELATION: f64 = 0.5;

#[derive(Clone, Debug)]
pub(super) struct Seasonal {
    block_size: usize,
    sum: f64,
    count: usize,
    /// The newest first.
    means: VecDeque<f64>,
    blocks: u64,
    period: Option<usize>,
}

impl Seasonal {
    /// Knows no period yet. A block has so many readings, at least one.
    pub(super) fn new(block_size: usize) -> Self {
        Self {
            block_size: block_size.max(1),
            sum: 0.0,
            count: 0,
            means: VecDeque::new(),
            blocks: 0,
            period: None,
        }
    }

    /// The period, in readings.
    pub(super) fn period(&self) -> Option<usize> {
        self.period.map(|blocks| blocks * self.block_size)
    }

    /// At the end of a block, its distance from the usual place; 0 while there is no period.
    pub(super) fn push(&mut self, value: f64) -> Option<f64> {
        self.sum += value;
        self.count += 1;
        if self.count < self.block_size {
            return None;
        }
        let mean = self.sum / self.count as f64;
        (self.sum, self.count) = (0.0, 0);
        let distance = self.period.map_or(0.0, |period| self.distance(mean, period));
        if self.means.len() == BLOCKS {
            self.means.pop_back();
        }
        self.means.push_front(mean);
        self.blocks += 1;
        if self.blocks.is_multiple_of(LOOK_EVERY) {
            self.period = period(self.means.make_contiguous());
        }
        Some(distance)
    }

    /// How long a gap lasted is not known here, so the phase is lost with it.
    pub(super) fn gap(&mut self) {
        *self = Self::new(self.block_size);
    }

    fn distance(&self, mean: f64, period: usize) -> f64 {
        // Before the block is taken in, the one `period` blocks ago is at `period - 1`.
        let near = |lag: usize| (lag - 2..=lag).filter_map(|at| self.means.get(at));
        let usual = near(period).chain(near(2 * period));
        let (low, high) = usual.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), mean| {
            (low.min(*mean), high.max(*mean))
        });
        (low - mean).max(mean - high).max(0.0)
    }
}

/// The lag at which the values repeat.
fn period(values: &[f64]) -> Option<usize> {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let centred: Vec<f64> = values.iter().map(|value| value - mean).collect();
    let power = centred.iter().map(|value| value * value).sum::<f64>();
    if !(power > 0.0 && power.is_finite()) {
        return None;
    }
    // Of fewer products than values: the mean product, by the mean square.
    let correlation = |lag: usize| {
        let products = centred.iter().zip(&centred[lag..]).map(|(a, b)| a * b).sum::<f64>();
        products / power * values.len() as f64 / (values.len() - lag) as f64
    };
    let mut best: Option<(usize, f64)> = None;
    let (mut before, mut here, mut turned) = (correlation(1), correlation(2), false);
    for lag in 2..values.len() / 3 {
        let after = correlation(lag + 1);
        turned |= here < 0.0;
        let peak = turned && lag >= SHORTEST && here >= before && here > after;
        if peak && here >= CORRELATION && best.is_none_or(|(_, highest)| here > highest) {
            best = Some((lag, here));
        }
        (before, here) = (here, after);
    }
    best.map(|(lag, _)| lag)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    fn wave(n: usize) -> f64 {
        (n as f64 / 24.0 * TAU).sin()
    }

    #[test]
    fn the_period_of_a_wave_is_found() {
        let values: Vec<f64> = (0..256).map(wave).collect();
        assert_eq!(period(&values).map(|lag| lag % 24), Some(0));
    }

    #[test]
    fn a_ramp_and_a_constant_have_none() {
        let ramp: Vec<f64> = (0..512).map(f64::from).collect();
        assert_eq!(period(&ramp), None);
        assert_eq!(period(&[3.0; 512]), None);
    }

    #[test]
    fn a_bump_that_fails_to_come_is_far() {
        let mut seasonal = Seasonal::new(1);
        let mut usual: f64 = 0.0;
        for n in 0..24 * 30 {
            let distance = seasonal.push(wave(n).max(0.0)).unwrap_or_default();
            usual = usual.max(distance);
        }
        assert_eq!(seasonal.period().map(|readings| readings % 24), Some(0));
        let missing = (0..12).filter_map(|_| seasonal.push(0.0)).fold(0.0, f64::max);
        assert!(usual < 0.3 && missing > 0.8, "{usual} {missing}");
    }

    #[test]
    fn memory_is_bounded_and_a_gap_loses_the_phase() {
        let mut seasonal = Seasonal::new(2);
        for n in 0..10_000 {
            seasonal.push(wave(n / 2));
        }
        assert_eq!(seasonal.means.len(), BLOCKS);
        assert!(seasonal.period().is_some());
        seasonal.gap();
        assert_eq!((seasonal.period(), seasonal.means.len()), (None, 0));
    }
}
