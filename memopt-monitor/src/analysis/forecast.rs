//! What a series will be, with bands that widen, and when it reaches a limit.
//!
//! Four models are tried on the past: the one whose forecasts missed least makes the forecast, and
//! its misses make the band.

mod model;

pub use self::model::Model;

use self::model::Fitted;
use super::kernel::distribution::normal_quantile;
use super::kernel::quantile;
use super::sample::Sample;
use super::season;
use std::fmt;

/// Points that models are fitted to; longer series are thinned to medians of blocks.
const POINTS: usize = 240;
/// Fewest points.
const NEEDED: usize = 24;
/// Shares of the series after which its rest is forecast, to see what a model is worth.
const ORIGINS: [f64; 5] = [0.5, 0.6, 0.7, 0.8, 0.9];
/// Points of a forecast.
const STEPS: usize = 48;

/// A value to come.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Band {
    /// Seconds from the last value.
    pub after: f64,
    /// Lower end of the band.
    pub low: f64,
    /// What is most likely.
    pub value: f64,
    /// Upper end of the band.
    pub high: f64,
}

/// What a series will be.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Forecast {
    /// The model whose forecasts missed least.
    pub model: Model,
    /// Its mean absolute miss over the horizon, on the past.
    pub miss: f64,
    /// Values to come, the nearest first. Bands never get narrower.
    pub bands: Vec<Band>,
}

/// When a limit is reached.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Reach {
    /// It is reached already.
    Already,
    /// In so many seconds. A bound that is not reached within the horizon is absent.
    Within {
        /// When the upper end of the band reaches it.
        earliest: f64,
        /// When the most likely value does.
        likely: Option<f64>,
        /// When the lower end does.
        latest: Option<f64>,
    },
    /// Not within so many seconds.
    NotWithin(f64),
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |seconds: f64| memopt_report::units::duration(seconds * 1e9);
        match *self {
            Self::Already => f.write_str("reached already"),
            Self::NotWithin(horizon) => write!(f, "not within {}", time(horizon)),
            Self::Within { earliest, likely: Some(likely), .. } => {
                write!(f, "in about {}, at the earliest in {}", time(likely), time(earliest))
            }
            Self::Within { earliest, .. } => {
                write!(f, "not likely, but possible in {}", time(earliest))
            }
        }
    }
}

/// Forecasts a series for so many seconds, with the band that holds the value with this
/// probability. `None` of less than 24 points, or without a horizon.
///
/// # Cost
///
/// n, a search for a season, and 6 fits of each model to 240 points: 3 ms for 3,600 points.
pub fn forecast(sample: &Sample, horizon: f64, probability: f64) -> Option<Forecast> {
    let thinned = sample.thinned(POINTS);
    let usable = horizon.is_finite() && horizon > 0.0 && thinned.len() >= NEEDED;
    if !usable {
        return None;
    }
    let step = thinned.step();
    let period = season::season(sample, 2.0)
        .map(|wave| (wave.period / step).round() as usize)
        .filter(|period| *period >= 2 && 2 * period <= thinned.len());
    let values = thinned.y();
    let ahead = ((horizon / step).ceil() as usize).clamp(1, values.len() / 2);
    let (model, misses) = Model::all(period)
        .map(|model| (model, backtest(model, values, ahead)))
        .min_by(|a, b| a.1.mean.total_cmp(&b.1.mean))?;
    let fitted = Fitted::of(model, values);
    let reach = normal_quantile(f64::midpoint(1.0, probability.clamp(0.0, 0.999)));
    // The model speaks of the last block, whose middle lies half a step before the last value.
    let band = |i: usize| {
        let after = horizon * i as f64 / STEPS as f64;
        let value = fitted.at(after / step + 0.5);
        let half = reach * misses.deviation(after / step);
        Band { after, low: value - half, value, high: value + half }
    };
    Some(Forecast { model, miss: misses.mean, bands: (1..=STEPS).map(band).collect() })
}

impl Forecast {
    /// When a limit above is reached by a series whose last value is `now`.
    pub fn reaches(&self, limit: f64, now: f64) -> Reach {
        if now >= limit {
            return Reach::Already;
        }
        let first = |of: fn(&Band) -> f64| {
            let at = self.bands.iter().position(|band| of(band) >= limit)?;
            let (after, value) = (self.bands[at].after, of(&self.bands[at]));
            // Between two bands in proportion.
            let (before, from) = if at == 0 {
                (0.0, now)
            } else {
                (self.bands[at - 1].after, of(&self.bands[at - 1]))
            };
            let share =
                if value > from { ((limit - from) / (value - from)).clamp(0.0, 1.0) } else { 1.0 };
            Some(before + (after - before) * share)
        };
        let horizon = self.bands.last().map_or(0.0, |band| band.after);
        match first(|band| band.high) {
            Some(earliest) => {
                let later = |at: Option<f64>| at.map(|at| at.max(earliest));
                let likely = later(first(|band| band.value));
                let latest = later(first(|band| band.low));
                Reach::Within { earliest, likely, latest }
            }
            None => Reach::NotWithin(horizon),
        }
    }
}

/// How far a model's forecasts of the past missed.
struct Misses {
    /// Mean absolute miss.
    mean: f64,
    /// Root of the mean square in the first quarter of the horizon, and its mean distance, steps.
    near: (f64, f64),
    /// The same in the last quarter.
    far: (f64, f64),
}

impl Misses {
    /// Deviation so many steps ahead: squares grow in proportion to the distance, as those of a sum
    /// of independent steps do, and never fall.
    fn deviation(&self, steps: f64) -> f64 {
        let (near, far) = (self.near.0 * self.near.0, self.far.0 * self.far.0);
        let slope = (far - near).max(0.0) / (self.far.1 - self.near.1).max(1.0);
        // Where the past shows no growth, that of a random walk from a tenth of the miss.
        let slope = slope.max(0.1 * near / self.near.1.max(1.0) / 10.0);
        (near + slope * (steps - self.near.1)).max(near * 0.25).sqrt()
    }
}

fn backtest(model: Model, values: &[f64], ahead: usize) -> Misses {
    let mut all = Vec::new();
    let (mut near, mut far) = (Vec::new(), Vec::new());
    let quarter = ahead.div_ceil(4);
    for origin in ORIGINS {
        let end = (values.len() as f64 * origin) as usize;
        let fitted = Fitted::of(model, &values[..end]);
        for (h, value) in values[end..].iter().take(ahead).enumerate() {
            let miss = value - fitted.at((h + 1) as f64);
            all.push(miss.abs());
            if h < quarter {
                near.push((miss, (h + 1) as f64));
            }
            if h >= ahead - quarter {
                far.push((miss, (h + 1) as f64));
            }
        }
    }
    let spread = |of: &[(f64, f64)]| {
        let (misses, steps): (Vec<f64>, Vec<f64>) = of.iter().copied().unzip();
        (quantile::rms(&misses), quantile::mean(&steps))
    };
    let near = spread(&near);
    let far = if far.is_empty() { near } else { spread(&far) };
    Misses { mean: quantile::mean(&all), near, far }
}

#[cfg(test)]
mod tests;
