//! Which way a series goes, how fast, since when, and how steadily.

use super::kernel::quantile;
use super::kernel::rank::{self, Line};
use super::kernel::regression::{self, Fit};
use super::sample::Sample;
use std::fmt;

/// Which way a series goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Direction {
    /// Up.
    Increasing,
    /// Down.
    Decreasing,
    /// Neither by as much as matters.
    Stable,
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Increasing => "increasing",
            Self::Decreasing => "decreasing",
            Self::Stable => "stable",
        })
    }
}

/// What a trend must show to be one.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Least {
    /// Change ÷ level.
    pub share: f64,
    /// |τ|.
    pub tau: f64,
    /// Probability of as much by chance, at most.
    pub p: f64,
}

impl Default for Least {
    /// 2 % of the level, τ of 0.3, probability of 0.05.
    fn default() -> Self {
        Self { share: 0.02, tau: 0.3, p: 0.05 }
    }
}

/// The trend of a series.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Trend {
    /// Which way it goes.
    pub direction: Direction,
    /// Theil and Sen's slope in a second, with its 95 % interval.
    pub slope: Line,
    /// The line of least squares, beside it: where the two differ much, single values or a step
    /// make the trend.
    pub fit: Fit,
    /// Kendall's τ.
    pub tau: f64,
    /// Two-sided probability, corrected for autocorrelation.
    pub p: f64,
    /// Change by the slope from the first value to the last.
    pub change: f64,
    /// That change ÷ the level where it began.
    pub share: f64,
    /// Seconds, as in the sample, at which it began; absent of a stable series.
    pub since: Option<f64>,
    /// Share of the parts of the series that go the same way: 1 is without a turn.
    pub persistence: f64,
}

/// Points that Theil–Sen and the corrected test are taken over.
const POINTS: usize = 240;
/// Parts whose medians are compared for persistence.
const PARTS: usize = 9;
/// Share of the change within which the series has not begun to go.
const BEGUN: f64 = 0.1;

/// The trend of a series; `None` of less than eight points.
///
/// # Cost
///
/// n, and 240² ÷ 2 slopes twice: 0.6 ms for 3,600 points.
pub fn trend(sample: &Sample, least: Least) -> Option<Trend> {
    if sample.len() < 8 {
        return None;
    }
    let fit = regression::least_squares(sample.x(), sample.y())?;
    let thinned = sample.thinned(POINTS);
    let slope = rank::theil_sen(&thinned, 0.95)?;
    let test = rank::mann_kendall_corrected(thinned.y(), thinned.len() / 4);
    let change = slope.slope * sample.span();
    let level = (quantile::median(sample.y()) - change / 2.0).abs().max(change.abs() * 0.05);
    let share = if level > 0.0 { change / level } else { 0.0 };
    let real = share.abs() >= least.share
        && test.tau.abs() >= least.tau
        && test.p <= least.p
        && change * test.tau > 0.0;
    let direction = match real {
        false => Direction::Stable,
        true if change > 0.0 => Direction::Increasing,
        true => Direction::Decreasing,
    };
    Some(Trend {
        direction,
        slope,
        fit,
        tau: test.tau,
        p: test.p,
        change,
        share,
        since: real.then(|| since(sample, change.signum())),
        persistence: persistence(sample, change.signum()),
    })
}

/// The last moment at which the series was within a tenth of its whole way from where it began.
fn since(sample: &Sample, sign: f64) -> f64 {
    let blocks = sample.thinned(60);
    let up: Vec<f64> = blocks.y().iter().map(|value| value * sign).collect();
    let (low, high) = (quantile::quantile(&up, 0.05), quantile::quantile(&up, 0.95));
    let bar = low + BEGUN * (high - low);
    let at = up.iter().rposition(|value| *value <= bar).unwrap_or(0);
    blocks.x().get(at).copied().unwrap_or(0.0)
}

/// Share of neighbouring parts of which the later goes on in the same direction.
fn persistence(sample: &Sample, sign: f64) -> f64 {
    let parts = sample.blocks(PARTS, 0.5);
    let steps = parts.y().windows(2).filter(|pair| (pair[1] - pair[0]) * sign > 0.0).count();
    steps as f64 / parts.len().saturating_sub(1).max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(n: usize, value: impl Fn(f64) -> f64) -> Option<Trend> {
        let values: Vec<f64> = (0..n).map(|i| value(i as f64)).collect();
        trend(&Sample::even(10.0, &values), Least::default())
    }

    /// Noise between −1 and 1.
    fn noise(t: f64) -> f64 {
        (t * 12.989_8).sin() * (t * 78.233).cos()
    }

    #[test]
    fn a_rise_is_found_with_its_beginning() {
        let found = of(600, |t| 100.0 + (t - 300.0).max(0.0) * 0.5 + noise(t)).unwrap();
        assert_eq!(found.direction, Direction::Increasing);
        // Value 300 stands at 3,000 s; a tenth of 150 is reached 300 s later.
        assert!((3_000.0..3_500.0).contains(&found.since.unwrap()), "{found:?}");
        assert!((0.5..0.9).contains(&found.persistence));
    }

    #[test]
    fn a_fall_is_a_fall() {
        let found = of(200, |t| 500.0 - t + noise(t)).unwrap();
        assert_eq!(found.direction, Direction::Decreasing);
        assert!((found.slope.slope + 0.1).abs() < 1e-3 && found.slope.low <= found.slope.high);
        assert!((found.fit.slope + 0.1).abs() < 1e-3);
        assert!((found.persistence - 1.0).abs() < 1e-12);
    }

    #[test]
    fn what_is_sure_but_small_is_stable() {
        let found = of(600, |t| 1_000.0 + 0.01 * t).unwrap();
        assert_eq!((found.direction, found.since), (Direction::Stable, None));
        assert!(found.p < 1e-6 && found.share < 0.02);
        assert_eq!(of(600, |t| 100.0 + 20.0 * noise(t)).unwrap().direction, Direction::Stable);
    }

    #[test]
    fn little_tells_nothing() {
        assert!(of(0, |t| t).is_none() && of(7, |t| t).is_none());
        assert!(of(50, |_| f64::NAN).is_none());
        assert_eq!(of(50, |_| 0.0).unwrap().direction, Direction::Stable);
    }
}
