//! Rank statistics: what no single outlier moves. The leak verdicts of this crate and the monitor's
//! analysis share them.
//!
//! Sources: M. G. Kendall, "Rank Correlation Methods" (1975), for S and its variance with ties;
//! W. R. Knight, "A computer method for calculating Kendall's tau with ungrouped data", JASA 61
//! (1966), for counting pairs in n log n; H. Theil (1950) and P. K. Sen, "Estimates of the
//! regression coefficient based on Kendall's tau", JASA 63 (1968), for the slope and its interval.

/// What all pairs of a series, in its order, say together.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Score {
    /// Pairs that rise less pairs that fall: `S` of Mann and Kendall.
    pub s: f64,
    /// Variance of `S` if nothing rises, with ties taken off.
    pub variance: f64,
    /// Kendall's τ-b of the values and their order: `S ÷ √(pairs · pairs without ties)`.
    pub tau: f64,
}

/// A slope, its interval, and the line through the medians.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Line {
    /// Median of the slopes of all pairs.
    pub slope: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

/// Pairs of values that fall: `i < j` and `values[i] > values[j]`. Sorts the values.
///
/// # Cost
///
/// n log n: a merge sort that counts how far values move.
pub fn falls(values: &mut [f64]) -> u64 {
    let mut spare = values.to_vec();
    merge(values, &mut spare)
}

fn merge(values: &mut [f64], spare: &mut [f64]) -> u64 {
    let n = values.len();
    if n < 2 {
        return 0;
    }
    let half = n / 2;
    let (left, right) = values.split_at_mut(half);
    let mut count = merge(left, &mut spare[..half]) + merge(right, &mut spare[half..]);
    let (mut i, mut j) = (0, 0);
    for place in spare.iter_mut() {
        let take_right = i == half || (j < n - half && right[j].total_cmp(&left[i]).is_lt());
        if take_right {
            // All that is left of the left half is greater and stands before.
            count += (half - i) as u64;
            *place = right[j];
            j += 1;
        } else {
            *place = left[i];
            i += 1;
        }
    }
    values.copy_from_slice(spare);
    count
}

/// Sizes of the groups of equal values in sorted values.
pub fn ties(sorted: &[f64]) -> impl Iterator<Item = f64> + '_ {
    sorted.chunk_by(|a, b| a.total_cmp(b).is_eq()).map(|group| group.len() as f64)
}

/// `n (n − 1) (2 n + 5)`: eighteen times the variance of S of `n` values without ties, and what a
/// group of `n` equal values takes off.
fn term(n: f64) -> f64 {
    n * (n - 1.0) * (2.0 * n + 5.0)
}

/// Compares all pairs of values in the order given.
///
/// # Cost
///
/// n log n.
pub fn score(values: &[f64]) -> Score {
    let mut sorted: Vec<f64> = values.iter().map(|value| value + 0.0).collect();
    let falls = falls(&mut sorted) as f64;
    let pairs = |n: f64| n * (n - 1.0) / 2.0;
    let n = values.len() as f64;
    let untied = pairs(n) - ties(&sorted).map(pairs).sum::<f64>();
    let s = untied - 2.0 * falls;
    let variance = (term(n) - ties(&sorted).map(term).sum::<f64>()) / 18.0;
    let tau = if untied > 0.0 { s / (pairs(n) * untied).sqrt() } else { 0.0 };
    Score { s, variance, tau }
}

/// The slope of `y` over `x`, by Theil and Sen; `None` where `x` never rises. `z` is the quantile
/// of the normal distribution that the interval reaches to: 1.96 for 95 %.
///
/// # Cost
///
/// All n (n − 1) ÷ 2 slopes are kept and the wanted ranks selected: n² in time and memory.
pub fn theil_sen(x: &[f64], y: &[f64], z: f64) -> Option<Line> {
    let n = x.len().min(y.len());
    let mut slopes = Vec::with_capacity(n * n.saturating_sub(1) / 2);
    for i in 0..n {
        for j in i + 1..n {
            if x[j] > x[i] {
                slopes.push((y[j] - y[i]) / (x[j] - x[i]));
            }
        }
    }
    let last = slopes.len().checked_sub(1)?;
    let sorted = |values: &[f64]| {
        let mut sorted: Vec<f64> = values.iter().map(|value| value + 0.0).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        sorted
    };
    let tied = |values: &[f64]| ties(&sorted(values)).map(term).sum::<f64>();
    let variance = (term(n as f64) - tied(&x[..n]) - tied(&y[..n])) / 18.0;
    let reach = z * variance.max(0.0).sqrt();
    let count = slopes.len() as f64;
    let low = (f64::midpoint(count, -reach).round_ties_even() - 1.0).max(0.0) as usize;
    let high = (f64::midpoint(count, reach).round_ties_even() as usize).min(last);
    let mut at = |rank: usize| *slopes.select_nth_unstable_by(rank, f64::total_cmp).1;
    Some(Line {
        slope: f64::midpoint(at(last / 2), at(last.div_ceil(2))),
        low: at(low.min(last)),
        high: at(high),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By its definition: each pair compared.
    fn by_pairs(values: &[f64]) -> f64 {
        let mut s = 0.0;
        for (i, early) in values.iter().enumerate() {
            for late in &values[i + 1..] {
                s += if late > early { 1.0 } else { 0.0 } - if late < early { 1.0 } else { 0.0 };
            }
        }
        s
    }

    #[test]
    fn counting_by_merging_is_counting_by_pairs() {
        let mut state = 7u64;
        for n in 0..60 {
            let values: Vec<f64> = (0..n)
                .map(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    (state >> 60) as f64
                })
                .collect();
            assert_eq!(
                score(&values).s.total_cmp(&(by_pairs(&values) + 0.0)),
                std::cmp::Ordering::Equal,
                "{values:?}"
            );
        }
    }

    #[test]
    fn pairs_that_fall_are_counted_and_sorted() {
        let mut values = [3.0, 1.0, 2.0, 2.0];
        assert_eq!(falls(&mut values), 3);
        assert_eq!(values.map(|value| value as u64), [1, 2, 2, 3]);
    }

    #[test]
    fn two_zeroes_are_equal() {
        assert_eq!(score(&[0.0, -0.0]), Score { s: 0.0, variance: 0.0, tau: 0.0 });
    }

    #[test]
    fn a_slope_needs_two_moments() {
        assert!(theil_sen(&[], &[], 1.96).is_none());
        assert!(theil_sen(&[1.0, 1.0], &[1.0, 2.0], 1.96).is_none());
        let line = theil_sen(&[0.0, 2.0], &[1.0, 2.0], 1.96).unwrap();
        assert_eq!((line.slope, line.low, line.high), (0.5, 0.5, 0.5));
    }
}
