//! The fast Fourier transform, for autocorrelations and for finding a period.
//!
//! J. W. Cooley and J. W. Tukey, "An algorithm for the machine calculation of complex Fourier
//! series", Mathematics of Computation 19 (1965): radix 2, in place.

use std::f64::consts::TAU;

/// Transforms in place. The length must be a power of two; `inverse` leaves out the division by it.
fn transform(real: &mut [f64], imaginary: &mut [f64], inverse: bool) {
    let n = real.len();
    let bits = n.trailing_zeros();
    for i in 0..n {
        let j = i.reverse_bits() >> (usize::BITS - bits);
        if i < j {
            real.swap(i, j);
            imaginary.swap(i, j);
        }
    }
    let sign = if inverse { 1.0 } else { -1.0 };
    // Sines are computed, not multiplied up: so errors do not add up.
    let turns: Vec<(f64, f64)> = (0..n / 2)
        .map(|k| {
            let turn = TAU * k as f64 / n as f64;
            (turn.cos(), sign * turn.sin())
        })
        .collect();
    let mut size = 2;
    while size <= n {
        let (half, stride) = (size / 2, n / size);
        for start in (0..n).step_by(size) {
            for k in 0..half {
                let (across, up) = turns[k * stride];
                let (i, j) = (start + k, start + k + half);
                let re = real[j] * across - imaginary[j] * up;
                let im = real[j] * up + imaginary[j] * across;
                (real[j], imaginary[j]) = (real[i] - re, imaginary[i] - im);
                real[i] += re;
                imaginary[i] += im;
            }
        }
        size *= 2;
    }
}

/// Sums of products of values `lag` apart, for lags 0 to `lags`.
///
/// # Cost
///
/// n log n: the transform of the values, padded to twice their length, squared and taken back.
pub fn products(values: &[f64], lags: usize) -> Vec<f64> {
    let lags = lags.min(values.len().saturating_sub(1));
    if values.is_empty() {
        return Vec::new();
    }
    let n = (values.len() + lags + 1).next_power_of_two().max(2);
    let mut real = values.to_vec();
    real.resize(n, 0.0);
    let mut imaginary = vec![0.0; n];
    transform(&mut real, &mut imaginary, false);
    for (re, im) in real.iter_mut().zip(&mut imaginary) {
        (*re, *im) = (*re * *re + *im * *im, 0.0);
    }
    transform(&mut real, &mut imaginary, true);
    real.truncate(lags + 1);
    real.iter().map(|value| value / n as f64).collect()
}

/// Power at each frequency: `|Σ v e^(−2πi f t)|²` of values padded with zeroes to a power of two of
/// at least `least`; entry k is the frequency `k ÷ length` cycles a value. The length is given too.
///
/// # Cost
///
/// n log n.
pub fn powers(values: &[f64], least: usize) -> (Vec<f64>, usize) {
    let n = values.len().max(least).max(2).next_power_of_two();
    let mut real = values.to_vec();
    real.resize(n, 0.0);
    let mut imaginary = vec![0.0; n];
    transform(&mut real, &mut imaginary, false);
    let powers = (0..=n / 2).map(|k| real[k] * real[k] + imaginary[k] * imaginary[k]).collect();
    (powers, n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_those_of_the_definition() {
        let values = [1.0, 2.0, -1.0, 4.0, 0.5];
        let found = products(&values, 4);
        for (lag, found) in found.iter().enumerate() {
            let direct: f64 = values[lag..].iter().zip(&values).map(|(a, b)| a * b).sum();
            assert!((direct - found).abs() < 1e-13, "{lag}: {direct} {found}");
        }
        assert!(products(&[], 3).is_empty());
    }

    #[test]
    fn a_wave_has_its_power_at_its_frequency() {
        let wave: Vec<f64> = (0..64).map(|i| (TAU * f64::from(i) / 8.0).cos()).collect();
        let (powers, n) = powers(&wave, 0);
        assert_eq!(n, 64);
        assert!((powers[8] - 32.0 * 32.0).abs() < 1e-9 && powers[7] < 1e-20, "{powers:?}");
    }
}
