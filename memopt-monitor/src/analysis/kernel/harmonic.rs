//! A wave with a known or unknown period, fitted together with a line, so that half a wave is not
//! taken for a rise.
//!
//! `y = a + b x + Σ (c_h cos 2πhx/P + s_h sin 2πhx/P)` by least squares. For an unknown period this
//! is the generalised Lomb–Scargle periodogram with a line: M. Zechmeister and M. Kürster,
//! Astronomy and Astrophysics 496 (2009).

use super::quantile::mean;
use super::regression;
use super::solve;
use super::spectrum;
use std::f64::consts::TAU;
use std::ops::RangeInclusive;

/// A line and a wave.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Wave {
    /// Length of a cycle, in the unit of x.
    pub period: f64,
    /// Rise of the line for each unit of x.
    pub slope: f64,
    /// The line where x is 0.
    pub intercept: f64,
    /// Cosine and sine of each harmonic, the longest first.
    pub harmonics: Vec<(f64, f64)>,
    /// Share of what the line alone leaves that the wave explains, 0 to 1.
    pub explained: f64,
}

impl Wave {
    /// The wave without the line, at x.
    pub fn at(&self, x: f64) -> f64 {
        let add = |(h, (c, s)): (usize, &(f64, f64))| {
            let (sine, cosine) = (TAU * (h + 1) as f64 * x / self.period).sin_cos();
            c * cosine + s * sine
        };
        self.harmonics.iter().enumerate().map(add).sum()
    }

    /// Height of the first harmonic above the line.
    pub fn amplitude(&self) -> f64 {
        self.harmonics.first().map_or(0.0, |(c, s)| c.hypot(*s))
    }
}

/// A constant and a line, and a cosine and a sine of each harmonic.
fn columns(x: &[f64], period: f64, harmonics: usize) -> Vec<Vec<f64>> {
    let middle = mean(x);
    let mut columns = vec![vec![1.0; x.len()], x.iter().map(|x| x - middle).collect()];
    let first: Vec<(f64, f64)> = x.iter().map(|x| (TAU * x / period).sin_cos()).collect();
    let mut turned = first.clone();
    for _ in 0..harmonics {
        columns.push(turned.iter().map(|(_, cosine)| *cosine).collect());
        columns.push(turned.iter().map(|(sine, _)| *sine).collect());
        // PERF: each harmonic turns the one before by the first; sines are what a fit costs.
        for ((sine, cosine), (s, c)) in turned.iter_mut().zip(&first) {
            (*sine, *cosine) = (*sine * c + *cosine * s, *cosine * c - *sine * s);
        }
    }
    columns
}

fn squares(values: &[f64]) -> f64 {
    values.iter().map(|value| value * value).sum()
}

/// A line and a wave of this period; `None` if the points do not determine them.
///
/// # Cost
///
/// n · (2 + 2 harmonics)².
pub fn fit(x: &[f64], y: &[f64], period: f64, harmonics: usize) -> Option<Wave> {
    fit_beside(x, y, period, harmonics, squares(&regression::detrend(x, y)))
}

/// The same where it is known which squares a line leaves.
fn fit_beside(x: &[f64], y: &[f64], period: f64, harmonics: usize, alone: f64) -> Option<Wave> {
    if !period.is_finite() || period <= 0.0 || y.len() != x.len() {
        return None;
    }
    let columns = columns(x, period, harmonics);
    let found = solve::least_squares(&columns, y)?;
    let left = squares(&solve::residuals(&columns, &found, y));
    Some(Wave {
        period,
        slope: found[1],
        intercept: found[0] - found[1] * mean(x),
        harmonics: found[2..].chunks_exact(2).map(|pair| (pair[0], pair[1])).collect(),
        explained: if alone > 0.0 { (1.0 - left / alone).clamp(0.0, 1.0) } else { 0.0 },
    })
}

/// The line and wave that explain most, of those with at least `cycles` cycles and at least
/// `shortest` points in one. Points must stand evenly.
///
/// The period is looked for in the periodogram of what a line leaves, and then made better by
/// fitting, with the line, its neighbourhood.
///
/// # Cost
///
/// n log n, and 40 fits.
pub fn search(x: &[f64], y: &[f64], cycles: f64, shortest: f64, harmonics: usize) -> Option<Wave> {
    let n = x.len();
    let (first, last) = (x.first()?, x.last()?);
    if n < 8 {
        return None;
    }
    let step = (last - first) / (n - 1) as f64;
    let rest = regression::detrend(x, y);
    let alone = squares(&rest);
    let (powers, length) = spectrum::powers(&rest, 4 * n);
    let frequency = |k: usize| k as f64 / length as f64;
    let lowest = cycles / n as f64;
    let highest = 1.0 / shortest.max(2.0);
    let inside = |k: &usize| frequency(*k) >= lowest && frequency(*k) <= highest;
    let coarse =
        (1..powers.len()).filter(inside).max_by(|a, b| powers[*a].total_cmp(&powers[*b]))?;
    let mut best = Best { x, y, step, range: lowest..=highest, harmonics, alone, wave: None };
    // A line that was taken off by itself moves the peak of a wave of few cycles: try them all.
    let mut width = 0.25 / n as f64;
    (0..16).for_each(|k| best.consider(lowest + f64::from(k) * width));
    (-4..=4).for_each(|k| best.consider(frequency(coarse) + f64::from(k) * width));
    for _ in 0..5 {
        let middle = step / best.wave.as_ref()?.period;
        width /= 2.0;
        best.consider(middle - width);
        best.consider(middle + width);
    }
    best.wave
}

/// The wave that explained most so far.
struct Best<'a> {
    x: &'a [f64],
    y: &'a [f64],
    step: f64,
    range: RangeInclusive<f64>,
    harmonics: usize,
    /// Squares that the line alone leaves.
    alone: f64,
    wave: Option<Wave>,
}

impl Best<'_> {
    fn consider(&mut self, frequency: f64) {
        if !self.range.contains(&frequency) {
            return;
        }
        let found = fit_beside(self.x, self.y, self.step / frequency, self.harmonics, self.alone);
        let best = self.wave.as_ref().map_or(-1.0, |wave| wave.explained);
        if found.as_ref().is_some_and(|wave| wave.explained > best) {
            self.wave = found;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wave_is_found_beside_a_line() {
        let x: Vec<f64> = (0..120).map(f64::from).collect();
        let y: Vec<f64> = x.iter().map(|x| 5.0 + 0.3 * x + 2.0 * (TAU * x / 33.0).sin()).collect();
        let wave = search(&x, &y, 1.0, 4.0, 1).unwrap();
        assert!((wave.period - 33.0).abs() < 0.3 && wave.explained > 0.99, "{wave:?}");
        assert!((wave.slope - 0.3).abs() < 0.003 && (wave.amplitude() - 2.0).abs() < 0.02);
        let exact = fit(&x, &y, 33.0, 1).unwrap();
        assert!((exact.at(8.25) - 2.0).abs() < 1e-9 && (exact.intercept - 5.0).abs() < 1e-9);
    }

    #[test]
    fn few_points_have_no_wave() {
        assert!(search(&[], &[], 1.0, 4.0, 1).is_none());
        assert!(search(&[0.0, 1.0], &[0.0, 1.0], 1.0, 4.0, 1).is_none());
        assert!(fit(&[0.0; 8], &[1.0; 8], 3.0, 1).is_none());
        assert!(fit(&[0.0], &[1.0], f64::NAN, 1).is_none());
    }
}
