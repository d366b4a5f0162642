//! Rank statistics: Kendall's τ, the test of Mann and Kendall, the slope of Theil and Sen.
//!
//! Counting pairs, S, its variance and the slopes are those of the leak verdicts over snapshots.
//! Here are the tests.
//!
//! - H. B. Mann, "Nonparametric tests against trend", Econometrica 13 (1945); M. G. Kendall, "Rank
//!   Correlation Methods" (1975): `z = (S ∓ 1) ÷ √Var`, `Var = (n(n−1)(2n+5) − Σ t(t−1)(2t+5)) ÷
//!   18`.
//! - Autocorrelation: K. H. Hamed and A. R. Rao, "A modified Mann–Kendall trend test for
//!   autocorrelated data", Journal of Hydrology 204 (1998). `Var` is multiplied by `1 + 2 ÷
//!   (n(n−1)(n−2)) · Σ (n−k)(n−k−1)(n−k−2) r(k)`, over the lags k whose autocorrelation r(k), of
//!   the ranks of what the Theil–Sen line leaves, is beyond its 95 % bound `1.96 ÷ √n`.

use super::autocorrelation::autocorrelation;
use super::distribution::{normal_quantile, normal_tail};
use crate::analysis::sample::Sample;
use memopt_report::rank;

pub use memopt_report::rank::Line;

/// Points above which Theil and Sen's slope is taken over medians of blocks.
pub const EXACT: usize = 400;

/// Kendall's τ-b of two columns.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Kendall {
    /// −1 to 1; 0 where a column does not vary.
    pub tau: f64,
    /// Two-sided probability of it if the columns have nothing to do with each other.
    pub p: f64,
}

/// The test of Mann and Kendall: whether values, in the order given, rise or fall.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct MannKendall {
    /// Pairs that rise less pairs that fall.
    pub s: f64,
    /// Variance of `s` without a trend.
    pub variance: f64,
    /// Kendall's τ-b of values and order: the effect size.
    pub tau: f64,
    /// `s`, moved by 1 towards 0, in standard deviations.
    pub z: f64,
    /// Two-sided probability.
    pub p: f64,
}

/// Kendall's τ-b of x and y, with ties in both, and the normal approximation of its probability.
///
/// # Cost
///
/// n log n.
pub fn kendall(x: &[f64], y: &[f64]) -> Kendall {
    let mut points: Vec<(f64, f64)> = x.iter().zip(y).map(|(x, y)| (x + 0.0, y + 0.0)).collect();
    points.sort_unstable_by(|one, other| one.0.total_cmp(&other.0).then(one.1.total_cmp(&other.1)));
    let same = |one: f64, other: f64| one.total_cmp(&other).is_eq();
    let groups = |sizes: Vec<f64>| {
        let sum = |of: &dyn Fn(f64) -> f64| sizes.iter().map(|t| of(*t)).sum::<f64>();
        Ties {
            pairs: sum(&|t| t * (t - 1.0) / 2.0),
            triples: sum(&|t| t * (t - 1.0) * (t - 2.0)),
            term: sum(&|t| t * (t - 1.0) * (2.0 * t + 5.0)),
        }
    };
    let both: f64 = points
        .chunk_by(|one, other| same(one.0, other.0) && same(one.1, other.1))
        .map(|group| group.len() as f64 * (group.len() as f64 - 1.0) / 2.0)
        .sum();
    let in_x = groups(
        points
            .chunk_by(|one, other| same(one.0, other.0))
            .map(|group| group.len() as f64)
            .collect(),
    );
    let mut values: Vec<f64> = points.iter().map(|point| point.1).collect();
    let falls = rank::falls(&mut values) as f64;
    let in_y = groups(rank::ties(&values).collect());
    let count = points.len() as f64;
    let pairs = count * (count - 1.0) / 2.0;
    let untied = (pairs - in_x.pairs) * (pairs - in_y.pairs);
    if untied <= 0.0 || count < 3.0 {
        return Kendall { tau: 0.0, p: 1.0 };
    }
    let s = pairs - in_x.pairs - in_y.pairs + both - 2.0 * falls;
    let all = count * (count - 1.0);
    let variance = (all * (2.0 * count + 5.0) - in_x.term - in_y.term) / 18.0
        + 2.0 * in_x.pairs * in_y.pairs / all
        + in_x.triples * in_y.triples / (9.0 * all * (count - 2.0));
    let p = if variance > 0.0 { 2.0 * normal_tail((s / variance.sqrt()).abs()) } else { 1.0 };
    Kendall { tau: (s / untied.sqrt()).clamp(-1.0, 1.0), p: p.min(1.0) }
}

/// What groups of equal values take off.
struct Ties {
    pairs: f64,
    triples: f64,
    term: f64,
}

fn tested(s: f64, variance: f64, tau: f64) -> MannKendall {
    let z = if variance > 0.0 && s != 0.0 { (s - s.signum()) / variance.sqrt() } else { 0.0 };
    MannKendall { s, variance, tau, z, p: (2.0 * normal_tail(z.abs())).min(1.0) }
}

/// The test as it is for independent values.
///
/// # Cost
///
/// n log n.
pub fn mann_kendall(values: &[f64]) -> MannKendall {
    let score = rank::score(values);
    tested(score.s, score.variance, score.tau)
}

/// The test corrected for autocorrelation up to `lags`, as Hamed and Rao do.
///
/// Where the correction leaves no variance (values that turn at each step), it is left out.
///
/// # Cost
///
/// n² for the slope: give it a [thinned](Sample::thinned) series.
pub fn mann_kendall_corrected(values: &[f64], lags: usize) -> MannKendall {
    let plain = mann_kendall(values);
    let n = values.len() as f64;
    let order: Vec<f64> = (1..=values.len()).map(|i| i as f64).collect();
    let Some(line) = rank::theil_sen(&order, values, 1.96).filter(|_| n > 2.0) else {
        return plain;
    };
    let rest: Vec<f64> = values.iter().zip(&order).map(|(y, x)| y - x * line.slope).collect();
    let alike = autocorrelation(&ranks(&rest), lags);
    let bound = normal_quantile(0.975) / n.sqrt();
    let term = |(k, r): (usize, &f64)| {
        let rest = n - k as f64;
        if r.abs() > bound { rest * (rest - 1.0) * (rest - 2.0) * r } else { 0.0 }
    };
    let sum: f64 = alike.iter().enumerate().skip(1).map(term).sum();
    let factor = 1.0 + 2.0 / (n * (n - 1.0) * (n - 2.0)) * sum;
    if factor > 0.0 { tested(plain.s, plain.variance * factor, plain.tau) } else { plain }
}

/// Ranks from 1; equal values share the mean of theirs.
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|a, b| (values[*a] + 0.0).total_cmp(&(values[*b] + 0.0)));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for group in order.chunk_by(|a, b| (values[*a] + 0.0).total_cmp(&(values[*b] + 0.0)).is_eq()) {
        let shared = before as f64 + (group.len() + 1) as f64 / 2.0;
        for index in group {
            ranks[*index] = shared;
        }
        before += group.len();
    }
    ranks
}

/// The slope of Theil and Sen with the interval that holds the true one with this probability.
///
/// # Cost
///
/// m² for m = min(n, [`EXACT`]) points, and n: longer series are thinned to medians of blocks. The
/// slope of a line is that of its blocks; the interval is that of m points.
pub fn theil_sen(sample: &Sample, confidence: f64) -> Option<Line> {
    let sample = sample.thinned(EXACT);
    let z = normal_quantile(f64::midpoint(1.0, confidence.clamp(0.0, 0.999_999)));
    rank::theil_sen(sample.x(), sample.y(), z)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_values_in_order() {
        // S = 15, variance 6 · 5 · 17 ÷ 18 = 28.33, z = 14 ÷ 5.323 = 2.630.
        let test = mann_kendall(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!((test.s, test.tau), (15.0, 1.0));
        assert!((test.z - 2.630).abs() < 1e-3 && (test.p - 0.008_54).abs() < 1e-4, "{test:?}");
    }

    #[test]
    fn what_is_alike_to_itself_counts_for_less() {
        let mut value = 0.0;
        let walk: Vec<f64> = (0..200u64)
            .map(|i| {
                value += if (i * 2_654_435_761) % 1_000 < 560 { 1.0 } else { -1.0 };
                value
            })
            .collect();
        let (plain, corrected) = (mann_kendall(&walk), mann_kendall_corrected(&walk, 40));
        assert!(corrected.variance > 3.0 * plain.variance, "{plain:?} {corrected:?}");
        assert!(corrected.p >= plain.p);
    }

    #[test]
    fn ties_share_their_ranks() {
        assert_eq!(ranks(&[5.0, 1.0, 5.0, 0.0, -0.0]), [4.5, 3.0, 4.5, 1.5, 1.5]);
    }

    #[test]
    fn little_and_constant_values_tell_nothing() {
        for values in [&[][..], &[1.0], &[1.0, 2.0], &[4.0; 9]] {
            let test = mann_kendall_corrected(values, 5);
            assert!(test.p > 0.3 && test.variance.is_finite(), "{test:?}");
            assert!(kendall(values, values).p > 0.3);
        }
    }

    #[test]
    fn a_long_line_keeps_its_slope() {
        let values: Vec<f64> = (0..5_000).map(|i| f64::from(i) * 0.25).collect();
        let line = theil_sen(&Sample::even(0.5, &values), 0.95).unwrap();
        assert!((line.slope - 0.5).abs() < 1e-9, "{line:?}");
    }
}
