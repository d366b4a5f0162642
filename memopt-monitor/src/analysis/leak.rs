//! Whether one series leaks.
//!
//! A leak is growth that goes on: the **floor** of the series rises, by a share of its level that
//! matters, in order, to the end, and not by a few shifts. Significance alone is worth nothing
//! here, since memory is alike to itself from one moment to the next; each gate is a size of
//! effect.
//!
//! docs/architecture/analysis.md has each gate with its formula and what it was measured on.

mod floor;
mod gate;
mod measure;

pub use self::gate::Gate;
pub use self::measure::Measured;

use super::kernel::rank::Line;
use super::sample::Sample;
use std::fmt;

/// Points that a verdict needs.
pub const NEEDED: usize = 120;
/// Share of the oldest points that is not looked at: the warm-up.
const WARM_UP: f64 = 0.1;

/// What a series is found to do.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Verdict {
    /// Its floor rises, and goes on rising.
    Leaking,
    /// Its floor rose, but not as a leak does. The gate says why.
    Growing(Gate),
    /// Its floor does not rise. The gate says why not.
    Healthy(Gate),
    /// There are too few points.
    NotEnough {
        /// Points that there are.
        seen: usize,
        /// Points that are needed.
        needed: usize,
    },
}

impl Verdict {
    /// One word: `leaking`, `growing`, `healthy`, `not_enough`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Leaking => "leaking",
            Self::Growing(_) => "growing",
            Self::Healthy(_) => "healthy",
            Self::NotEnough { .. } => "not_enough",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Leaking => f.write_str("leaking"),
            Self::Growing(gate) => write!(f, "growing, but not a leak: {gate}"),
            Self::Healthy(gate) => write!(f, "healthy: {gate}"),
            Self::NotEnough { seen, needed } => {
                write!(f, "not enough yet: {seen} of {needed} points")
            }
        }
    }
}

/// Seconds until a limit is reached: by the upper end of the slope's interval, by the slope, and by
/// the lower end. Infinite where that end does not rise.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct TimeToLimit {
    /// At the earliest.
    pub earliest: f64,
    /// Most likely.
    pub likely: f64,
    /// At the latest.
    pub latest: f64,
}

/// The verdict of one series, with what it rests on.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Leak {
    /// What the series does.
    pub verdict: Verdict,
    /// How sure it is that the series leaks, 0 to 1: 0.5 and above is [`Verdict::Leaking`].
    pub confidence: f64,
    /// Slope of the floor in a second, with its 95 % interval; absent of too few points.
    pub slope: Option<Line>,
    /// When the limit is reached; absent without a limit, and where the series does not leak.
    pub time_to_limit: Option<TimeToLimit>,
    /// What was measured; absent of too few points.
    pub measured: Option<Measured>,
}

/// Judges a series. `limit` is what its values must not reach.
///
/// # Cost
///
/// n, and two hundred fits of 512 points: 2 ms for 3,600 points.
pub fn judge(sample: &Sample, limit: Option<f64>) -> Leak {
    let seen = sample.len();
    let rest = sample.part((seen as f64 * WARM_UP) as usize..seen);
    let measured = if seen < NEEDED { None } else { Measured::of(&rest) };
    let Some(measured) = measured else {
        let verdict = Verdict::NotEnough { seen, needed: NEEDED.max(seen + 1) };
        return Leak { verdict, confidence: 0.0, slope: None, time_to_limit: None, measured: None };
    };
    let (gate, margin) = gate::narrowest(&measured);
    let verdict = match gate {
        _ if margin >= 1.0 => Verdict::Leaking,
        gate if gate.says_flat() => Verdict::Healthy(gate),
        gate => Verdict::Growing(gate),
    };
    let leaking = matches!(verdict, Verdict::Leaking);
    Leak {
        verdict,
        confidence: gate::confidence(margin),
        slope: Some(measured.line),
        time_to_limit: limit.filter(|_| leaking).map(|limit| time_to_limit(&measured, limit)),
        measured: Some(measured),
    }
}

fn time_to_limit(measured: &Measured, limit: f64) -> TimeToLimit {
    let room = (limit - measured.now).max(0.0);
    let at = |slope: f64| if slope > 0.0 { room / slope } else { f64::INFINITY };
    let Line { slope, low, high, .. } = measured.line;
    // Growth that has become faster reaches the limit sooner.
    let faster = measured.lasting.max(1.0);
    TimeToLimit { earliest: at(high * faster), likely: at(slope * faster), latest: at(low) }
}

#[cfg(test)]
mod tests;
