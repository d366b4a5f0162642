//! What a series looks like: shapes that people name, each with where it is and how strong.

mod count;
mod rhythm;
mod shape;

pub use self::count::{churn, count_growth};

use super::sample::Sample;
use std::fmt;

/// A shape.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Kind {
    /// High for a short while, and back.
    Spike {
        /// Highest value.
        value: f64,
        /// What is usual around it.
        usual: f64,
    },
    /// Rises all along.
    SteadyGrowth {
        /// Rise in a second.
        per_second: f64,
        /// Rise ÷ level at the beginning.
        share: f64,
    },
    /// Rises, and falls all at once, again and again: memory that is reclaimed in cycles.
    Sawtooth {
        /// Falls.
        cycles: usize,
        /// Mean seconds from fall to fall.
        period: f64,
        /// Mean height of a fall.
        height: f64,
        /// What the lows rise by from the first to the last.
        lows_rise: f64,
    },
    /// One level before, another after.
    Step {
        /// Level before.
        before: f64,
        /// Level after.
        after: f64,
    },
    /// Rose, and is level since.
    Plateau {
        /// The level.
        level: f64,
        /// What it rose by.
        rose: f64,
    },
    /// Comes again after a period.
    Seasonal {
        /// Seconds.
        period: f64,
        /// From the lowest to the highest of a cycle.
        height: f64,
    },
    /// A count (threads, tasks, descriptors) that goes up and not down.
    CountGrowth {
        /// Lowest of the first part.
        first: f64,
        /// Lowest of the last part.
        last: f64,
    },
    /// Much is allocated and freed while what is held stays.
    Churn {
        /// How often all that is held is replaced in a second.
        per_second: f64,
    },
}

/// A shape, where it is, and how strong.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Pattern {
    /// Which.
    pub kind: Kind,
    /// Seconds of the sample at which it begins.
    pub from: f64,
    /// Seconds at which it ends.
    pub to: f64,
    /// How clear it is, 0 to 1.
    pub strength: f64,
}

/// All shapes of a series of values, the strongest first.
///
/// # Cost
///
/// n log n, a trend and a search for a season: 3 ms for 3,600 points.
pub fn patterns(sample: &Sample) -> Vec<Pattern> {
    let mut found = shape::spikes(sample);
    found.extend(shape::growth(sample));
    found.extend(shape::steps(sample));
    found.extend(shape::plateau(sample));
    match rhythm::sawtooth(sample) {
        Some(sawtooth) => {
            // Its tops are no spikes.
            found.retain(|one| one.height() > 1.5 * sawtooth.height());
            found.push(sawtooth);
        }
        None => found.extend(rhythm::seasonal(sample)),
    }
    found.sort_by(|a, b| b.strength.total_cmp(&a.strength));
    found
}

impl Pattern {
    /// How much of a spike or a sawtooth stands out; infinite for other shapes.
    fn height(&self) -> f64 {
        match self.kind {
            Kind::Spike { value, usual } => value - usual,
            Kind::Sawtooth { height, .. } => height,
            _ => f64::INFINITY,
        }
    }

    /// The sentence that tells it, with values as `number` writes them.
    pub fn told(&self, number: impl Fn(f64) -> String) -> String {
        let time = |seconds: f64| memopt_report::units::duration(seconds.max(0.0) * 1e9);
        let percent = |share: f64| format!("{:.0} %", 100.0 * share);
        match self.kind {
            Kind::Spike { value, usual } => format!(
                "spike to {} from {} for {}",
                number(value),
                number(usual),
                time(self.to - self.from)
            ),
            Kind::SteadyGrowth { per_second, share } => format!(
                "grows steadily by {} an hour, {} in {}",
                number(per_second * 3_600.0),
                percent(share),
                time(self.to - self.from)
            ),
            Kind::Sawtooth { cycles, period, height, lows_rise } => {
                let lows = if lows_rise > 0.1 * height {
                    format!("the lows rose by {}", number(lows_rise))
                } else {
                    "the lows do not rise".to_owned()
                };
                format!(
                    "sawtooth: {cycles} times about {} is given back, every {}; {lows}",
                    number(height),
                    time(period)
                )
            }
            Kind::Step { before, after } => {
                let way = if after > before { "up" } else { "down" };
                format!("step {way} from {} to {}", number(before), number(after))
            }
            Kind::Plateau { level, rose } => format!(
                "level at {} for {}, after a rise of {}",
                number(level),
                time(self.to - self.from),
                number(rose)
            ),
            Kind::Seasonal { period, height } => {
                format!(
                    "comes again every {}, between values {} apart",
                    time(period),
                    number(height)
                )
            }
            Kind::CountGrowth { first, last } => {
                format!("the count goes up and not down: {} to {}", number(first), number(last))
            }
            Kind::Churn { per_second } => format!(
                "churn: all that is held is replaced every {}, and what is held stays",
                time(1.0 / per_second)
            ),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told(|value| match value.abs() {
            large if large >= 1_000.0 => format!("{value:.0}"),
            middle if middle >= 10.0 => format!("{value:.1}"),
            _ => format!("{value:.3}"),
        }))
    }
}

#[cfg(test)]
mod tests;
