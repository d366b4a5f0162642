//! How alike a series is to itself, so many values later.
//!
//! `r(k) = Σ (y(t) − ȳ)(y(t+k) − ȳ) ÷ Σ (y(t) − ȳ)²`: the biased estimate, as in G. E. P. Box and
//! G. M. Jenkins, "Time Series Analysis" (1970), 2.1.5.

use super::quantile::mean;
use super::spectrum;

/// Lags up to which sums are taken one by one.
const DIRECT: usize = 32;

/// Autocorrelation at lags 0 to `lags`; zeroes (after the first) where the values do not vary.
///
/// # Cost
///
/// n · lags up to 32 lags, n log n above.
pub fn autocorrelation(values: &[f64], lags: usize) -> Vec<f64> {
    let lags = lags.min(values.len().saturating_sub(1));
    let middle = mean(values);
    let centred: Vec<f64> = values.iter().map(|value| value - middle).collect();
    let sums = if lags > DIRECT {
        spectrum::products(&centred, lags)
    } else {
        let product = |lag: usize| centred[lag..].iter().zip(&centred).map(|(a, b)| a * b).sum();
        (0..=lags.min(values.len())).map(product).collect()
    };
    let whole = sums.first().copied().unwrap_or(0.0);
    let share = |(lag, sum): (usize, f64)| match lag {
        0 => 1.0,
        _ if whole > 0.0 => sum / whole,
        _ => 0.0,
    };
    sums.into_iter().enumerate().map(share).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_turns_at_each_step_is_its_own_opposite() {
        let found = autocorrelation(&[1.0, -1.0, 1.0, -1.0], 2);
        assert_eq!(found, [1.0, -0.75, 0.5]);
    }

    #[test]
    fn a_constant_and_nothing_are_no_trouble() {
        assert_eq!(autocorrelation(&[3.0; 4], 9), [1.0, 0.0, 0.0, 0.0]);
        assert_eq!(autocorrelation(&[], 9), [1.0]);
    }
}
