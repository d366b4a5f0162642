//! Quantiles, the median, and the median absolute deviation.
//!
//! R. J. Hyndman and Y. Fan, "Sample quantiles in statistical packages", American Statistician 50
//! (1996), definition 7: at `h = (n − 1) p` the values of rank `⌊h⌋` and `⌊h⌋ + 1` (from 0) are
//! weighed by the fraction. It is the default of R.

/// What makes a median absolute deviation of normal values their standard deviation: `1 ÷ Φ⁻¹(¾)`.
pub const MAD_TO_DEVIATION: f64 = 1.482_602_218_505_602;

/// The quantile of values, which are put in another order; 0 where there is none.
///
/// # Cost
///
/// n: two selections.
pub fn select(values: &mut [f64], share: f64) -> f64 {
    let Some(last) = values.len().checked_sub(1) else { return 0.0 };
    let at = last as f64 * share.clamp(0.0, 1.0);
    let rank = (at.floor() as usize).min(last);
    let (_, &mut low, above) = values.select_nth_unstable_by(rank, f64::total_cmp);
    let high = above.iter().copied().min_by(f64::total_cmp).unwrap_or(low);
    let fraction = at - rank as f64;
    if fraction > 0.0 { low + (high - low) * fraction } else { low }
}

/// The quantile of values; 0 where there is none.
pub fn quantile(values: &[f64], share: f64) -> f64 {
    select(&mut values.to_vec(), share)
}

/// The median; 0 where there is none.
pub fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// The median of the distances from the median.
pub fn mad(values: &[f64]) -> f64 {
    let middle = median(values);
    let mut distances: Vec<f64> = values.iter().map(|value| (value - middle).abs()).collect();
    select(&mut distances, 0.5)
}

/// The mean; 0 where there is none.
pub fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

/// The standard deviation of single values around zero; for residuals.
pub fn rms(values: &[f64]) -> f64 {
    let squares: f64 = values.iter().map(|value| value * value).sum();
    if values.is_empty() { 0.0 } else { (squares / values.len() as f64).sqrt() }
}

/// Deviation of single values, from the differences of neighbours: what moves slowly does not
/// count.
///
/// Of white noise, differences have √2 times its deviation.
pub fn noise(values: &[f64]) -> f64 {
    let steps: Vec<f64> = values.windows(2).map(|pair| pair[1] - pair[0]).collect();
    mad(&steps) * MAD_TO_DEVIATION / std::f64::consts::SQRT_2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_between_ranks() {
        assert!((quantile(&[4.0, 1.0, 3.0, 2.0], 0.5) - 2.5).abs() < 1e-15);
        assert!((quantile(&[10.0, 20.0], 0.25) - 12.5).abs() < 1e-15);
        assert!((mad(&[1.0, 2.0, 3.0, 4.0, 100.0]) - 1.0).abs() < 1e-15);
    }

    #[test]
    fn nothing_has_no_spread() {
        assert_eq!((median(&[]), mad(&[]), mean(&[]), noise(&[1.0])), (0.0, 0.0, 0.0, 0.0));
    }
}
