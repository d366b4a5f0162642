//! The models of a forecast. Each goes on from the last value by steps of the series.
//!
//! - The last value.
//! - The line of Theil and Sen, through the median of the newest quarter.
//! - Damped Holt: E. S. Gardner, E. `McKenzie`, "Forecasting trends in time series", Management
//!   Science 31 (1985): `l = α y + (1 − α)(l + φ b)`, `b = β (l − l') + (1 − β) φ b`, h steps ahead
//!   `l + (φ + … + φʰ) b`. α, β and φ are those of a grid that miss the next value least.
//! - Seasonal naive with drift: the value of one period before, and what the periods rose by in the
//!   median. R. J. Hyndman and G. Athanasopoulos, "Forecasting: principles and practice" (2021),
//!   5.2.

use crate::analysis::kernel::{quantile, rank};
use crate::analysis::sample::Sample;
use std::fmt;

/// How a series goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Model {
    /// As it is.
    Last,
    /// By its line.
    Line,
    /// By its present trend, which fades.
    DampedHolt,
    /// As one period before.
    SeasonalNaive {
        /// Points in a period.
        period: usize,
    },
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Last => "last value",
            Self::Line => "Theil–Sen line",
            Self::DampedHolt => "damped Holt",
            Self::SeasonalNaive { .. } => "seasonal naive",
        })
    }
}

impl Model {
    /// All models; the seasonal one if there is a period. Of two that miss equally the first wins.
    pub(super) fn all(period: Option<usize>) -> impl Iterator<Item = Self> {
        let seasonal = period.map(|period| Self::SeasonalNaive { period });
        [Self::Last, Self::Line, Self::DampedHolt].into_iter().chain(seasonal)
    }
}

/// A model that knows a series.
pub(super) enum Fitted {
    Line { now: f64, slope: f64 },
    Holt { level: f64, trend: f64, fade: f64 },
    Season { last: Vec<f64>, drift: f64 },
}

impl Fitted {
    pub(super) fn of(model: Model, values: &[f64]) -> Self {
        let now = values.last().copied().unwrap_or(0.0);
        match model {
            Model::Line => line(values).unwrap_or(Self::Line { now, slope: 0.0 }),
            Model::DampedHolt => holt(values),
            Model::SeasonalNaive { period } if values.len() > period && period > 0 => {
                let rises: Vec<f64> =
                    (period..values.len()).map(|i| values[i] - values[i - period]).collect();
                let last = values[values.len() - period..].to_vec();
                Self::Season { last, drift: quantile::median(&rises) }
            }
            Model::Last | Model::SeasonalNaive { .. } => Self::Line { now, slope: 0.0 },
        }
    }

    /// The value so many steps after the last.
    pub(super) fn at(&self, steps: f64) -> f64 {
        match self {
            Self::Line { now, slope } => now + slope * steps,
            Self::Holt { level, trend, fade } => {
                let sum = if *fade < 1.0 {
                    fade * (1.0 - fade.powf(steps)) / (1.0 - fade)
                } else {
                    steps
                };
                level + trend * sum
            }
            Self::Season { last, drift } => {
                let whole = (steps.ceil().max(1.0) as usize) - 1;
                let cycles = whole / last.len() + 1;
                last[whole % last.len()] + drift * cycles as f64
            }
        }
    }
}

fn line(values: &[f64]) -> Option<Fitted> {
    let sample = Sample::even(1.0, values).thinned(120);
    let slope = rank::theil_sen(&sample, 0.95)?.slope;
    // The line goes through what the newest quarter is, in the median, once its slope is taken off.
    let end = (values.len() - 1) as f64;
    let newest = values.len() - values.len() / 4;
    let level = |i: usize| values[i] + slope * (end - i as f64);
    let levels: Vec<f64> = (newest.min(values.len() - 1)..values.len()).map(level).collect();
    Some(Fitted::Line { now: quantile::median(&levels), slope })
}

const ALPHAS: [f64; 5] = [0.1, 0.25, 0.5, 0.75, 0.95];
const BETAS: [f64; 4] = [0.02, 0.08, 0.2, 0.5];
const FADES: [f64; 4] = [0.8, 0.9, 0.95, 0.98];

fn holt(values: &[f64]) -> Fitted {
    let mut best = (f64::INFINITY, Fitted::Holt { level: 0.0, trend: 0.0, fade: 0.9 });
    for fade in FADES {
        for alpha in ALPHAS {
            for beta in BETAS {
                let (squares, level, trend) = smooth(values, alpha, beta, fade);
                if squares < best.0 {
                    best = (squares, Fitted::Holt { level, trend, fade });
                }
            }
        }
    }
    best.1
}

/// Squares of the misses of the next value, and the level and trend at the end.
fn smooth(values: &[f64], alpha: f64, beta: f64, fade: f64) -> (f64, f64, f64) {
    let first = values.first().copied().unwrap_or(0.0);
    let (mut squares, mut level, mut trend) = (0.0, first, 0.0);
    for value in &values[1.min(values.len())..] {
        let expected = level + fade * trend;
        squares += (value - expected) * (value - expected);
        let next = alpha * value + (1.0 - alpha) * expected;
        trend = beta * (next - level) + (1.0 - beta) * fade * trend;
        level = next;
    }
    (squares, level, trend)
}
