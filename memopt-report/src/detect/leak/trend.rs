//! Whether values in order rise, and how fast: rank statistics, which no single outlier moves.
//!
//! Source: H. B. Mann, "Nonparametric tests against trend", Econometrica 13 (1945). The kernels are
//! those of the crate's `rank`.

use crate::rank;
#[cfg(feature = "json")]
use serde::{Deserialize, Serialize};

/// The Mann–Kendall test.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Trend {
    /// Kendall's τ-b of the values and their order, −1 to 1: the share of pairs that rise less that
    /// of those that fall. This is the effect size.
    pub tau: f64,
    /// One-sided probability to see as much without a trend (normal approximation, corrected for
    /// ties and continuity).
    pub p: f64,
}

/// A slope and its 95 % interval.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Slope {
    /// Median of the slopes of all pairs (Theil and Sen).
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

/// Tests whether values, in the order given, rise.
pub(super) fn mann_kendall(values: &[f64]) -> Trend {
    let score = rank::score(values);
    if score.variance <= 0.0 {
        return Trend { tau: 0.0, p: 1.0 };
    }
    let z = (score.s - score.s.signum()) / score.variance.sqrt();
    Trend { tau: score.tau, p: upper_tail(z) }
}

/// The slope of `y` over `x`; `None` where `x` never rises.
pub(super) fn theil_sen(x: &[f64], y: &[f64]) -> Option<Slope> {
    let rank::Line { slope, low, high } = rank::theil_sen(x, y, 1.96)?;
    Some(Slope { value: slope, low, high })
}

/// `P(Z > z)` of the normal distribution; Abramowitz and Stegun (1964), 26.2.17, to 7.5e-8.
fn upper_tail(z: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * z.abs());
    let series = t
        * (0.319_381_530
            + t * (-0.356_563_782
                + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
    let tail = (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt() * series;
    if z >= 0.0 { tail } else { 1.0 - tail }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(n: usize) -> Vec<f64> {
        (0..n).map(|i| i as f64).collect()
    }

    #[test]
    fn values_in_order_have_tau_one() {
        // S = 15, variance 6 · 5 · 17 ÷ 18 = 28.33, z = 14 ÷ 5.323 = 2.630.
        let trend = mann_kendall(&numbers(6));
        assert!((trend.tau - 1.0).abs() < 1e-12);
        assert!((trend.p - 0.004_27).abs() < 1e-4, "{trend:?}");
    }

    #[test]
    fn ties_are_no_evidence() {
        assert_eq!(mann_kendall(&[3.0; 10]), Trend { tau: 0.0, p: 1.0 });
        // Ten pairs, of which the four of the zeroes with the last one rise and six are tied.
        let trend = mann_kendall(&[0.0, 0.0, 0.0, 0.0, 1.0]);
        assert!((trend.tau - 4.0 / 40f64.sqrt()).abs() < 1e-12, "{trend:?}");
        assert!(trend.p > 0.05, "{trend:?}");
    }

    #[test]
    fn falling_values_are_no_rise() {
        let falling: Vec<f64> = numbers(8).into_iter().rev().collect();
        let trend = mann_kendall(&falling);
        assert!(trend.tau < -0.99 && trend.p > 0.99, "{trend:?}");
    }

    #[test]
    fn an_outlier_does_not_move_the_slope() {
        let x = numbers(9);
        let mut y: Vec<f64> = x.iter().map(|x| 2.0 * x).collect();
        y[4] = 1000.0;
        let slope = theil_sen(&x, &y).unwrap();
        assert!((slope.value - 2.0).abs() < 1e-12, "{slope:?}");
        assert!(slope.low <= 2.0 && slope.high >= 2.0, "{slope:?}");
    }

    #[test]
    fn the_interval_is_gilberts() {
        // Ten equal steps with one late value off: of 45 slopes the interval takes ranks 11.6 and
        // 34.4.
        let slope =
            theil_sen(&numbers(10), &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 0.0]).unwrap();
        assert!((slope.high - 1.0).abs() < 1e-12 && slope.low <= 1.0, "{slope:?}");
    }

    #[test]
    fn a_standing_clock_has_no_slope() {
        assert!(theil_sen(&[1.0, 1.0], &[1.0, 2.0]).is_none());
    }
}
