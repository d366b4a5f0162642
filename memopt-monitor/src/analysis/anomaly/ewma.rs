//! EWMA chart: how far a fast mean lies from a slow one, and the slow mean itself.
//!
//! ```text
//! fast  += (x - fast) / 5         slow += (x - slow) / 100       of the first n readings: / n
//! var   += ((x - slow)^2 - var) / 100
//! a     = |fast - slow| / max(sqrt(var / 9), range / 200)
//! ```
//!
//! 1/9 is `l / (2 - l)` for `l = 1/5`: the variance of the fast mean of independent readings, as in
//! Roberts 1959. All four are O(1), and a few bytes.

const FAST: f64 = 1.0 / 5.0;
const SLOW: f64 = 1.0 / 100.0;
/// Share of the range that no standard deviation falls below.
const FLOOR: f64 = 1.0 / 200.0;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ewma {
    readings: u64,
    fast: f64,
    slow: f64,
    variance: f64,
}

/// Where a reading lies beside the means before it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Deviation {
    /// Reading less slow mean.
    pub(super) from_mean: f64,
    /// The same in standard deviations.
    pub(super) z: f64,
    /// Fast mean, this reading in it, less slow mean, in its standard deviations.
    pub(super) chart: f64,
}

impl Ewma {
    /// The slow mean; of no reading, 0.
    pub(super) fn slow(&self) -> f64 {
        self.slow
    }

    /// Where this reading lies. The means know it then.
    pub(super) fn push(&mut self, value: f64, width: f64) -> Deviation {
        self.readings += 1;
        if self.readings == 1 {
            (self.fast, self.slow) = (value, value);
            return Deviation::default();
        }
        let share = 1.0 / self.readings as f64;
        let from_mean = value - self.slow;
        let sigma = self.variance.sqrt().max(FLOOR * width);
        self.fast += FAST.max(share) * (value - self.fast);
        let sigma_fast = (self.variance * FAST / (2.0 - FAST)).sqrt().max(FLOOR * width);
        let chart = (self.fast - self.slow) / sigma_fast;
        self.slow += SLOW.max(share) * from_mean;
        self.variance += SLOW.max(share) * (from_mean * from_mean - self.variance);
        let known = |z: f64| if z.is_finite() { z } else { 0.0 };
        Deviation { from_mean, z: known(from_mean / sigma), chart: known(chart) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_readings_are_averaged_plainly() {
        let mut ewma = Ewma::default();
        for value in [1.0, 2.0, 6.0] {
            ewma.push(value, 10.0);
        }
        assert!((ewma.slow() - 3.0).abs() < 1e-12);
    }

    #[test]
    fn a_shift_moves_the_chart_more_than_a_spike() {
        let mut calm = Ewma::default();
        for n in 0..1000 {
            calm.push(f64::from(n % 7), 100.0);
        }
        let (mut spike, mut shift) = (calm, calm);
        spike.push(30.0, 100.0);
        let after_spike = spike.push(3.0, 100.0).chart;
        shift.push(30.0, 100.0);
        let after_shift = shift.push(30.0, 100.0).chart;
        assert!(after_shift > 1.5 * after_spike, "{after_shift} {after_spike}");
    }

    #[test]
    fn a_constant_deviates_by_nothing() {
        let mut ewma = Ewma::default();
        for _ in 0..100 {
            let deviation = ewma.push(0.1, 0.0);
            assert_eq!((deviation.z, deviation.chart), (0.0, 0.0));
        }
    }
}
