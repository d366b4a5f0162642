//! Whether a series comes again: the length of its cycle, and how much of it the cycle explains.

use super::kernel::harmonic::{self, Wave};
use super::sample::Sample;

/// Points that a cycle is looked for in; longer series are thinned to medians of blocks.
const POINTS: usize = 512;
/// Share of what a line leaves that a wave must explain.
const EXPLAINED: f64 = 0.5;
/// Points of the thinned series in the shortest cycle that is looked for.
const SHORTEST: f64 = 4.0;
/// Harmonics of a wave.
pub(crate) const HARMONICS: usize = 2;

/// The cycle that explains at least half of what a line leaves of a series, in at least so many
/// cycles.
///
/// # Cost
///
/// n, and 35 fits of 512 points.
pub fn season(sample: &Sample, cycles: f64) -> Option<Wave> {
    let sample = sample.thinned(POINTS);
    if sample.len() < 16 {
        return None;
    }
    harmonic::search(sample.x(), sample.y(), cycles, SHORTEST, HARMONICS)
        .filter(|wave| wave.explained >= EXPLAINED)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    #[test]
    fn a_day_is_found_and_a_line_is_none() {
        let values: Vec<f64> = (0..2_000)
            .map(|i| 50.0 + 0.01 * f64::from(i) + 4.0 * (TAU * f64::from(i) / 288.0).sin())
            .collect();
        let wave = season(&Sample::even(300.0, &values), 1.5).unwrap();
        assert!((wave.period / 86_400.0 - 1.0).abs() < 0.02, "{wave:?}");
        let line: Vec<f64> =
            (0..500).map(|i| f64::from(i) + f64::from((i * i) % 101) / 50.0).collect();
        assert!(season(&Sample::even(1.0, &line), 1.5).is_none());
        assert!(season(&Sample::default(), 1.5).is_none());
    }
}
