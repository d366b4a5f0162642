//! What a series must show to be called a leak, each with the least that is asked.

use super::measure::Measured;
use std::fmt;

/// One condition, with what was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Gate {
    /// The floor rose by this share of its level.
    Rise(f64),
    /// Kendall's τ of the floor.
    Order(f64),
    /// z of the trend, corrected for autocorrelation.
    Chance(f64),
    /// Rise ÷ noise of the floor.
    Noise(f64),
    /// Deepest fall of the floor ÷ rise.
    GivenBack(f64),
    /// Slope of the newest third ÷ slope of all.
    Lasting(f64),
    /// What levelling off explains of what a line leaves.
    LevelsOff(f64),
    /// Rise without the three largest shifts ÷ rise.
    Shifts(f64),
}

impl Gate {
    /// Whether a series that fails it does not rise at all.
    pub(super) fn says_flat(self) -> bool {
        matches!(
            self,
            Self::Rise(_) | Self::Order(_) | Self::Chance(_) | Self::Noise(_) | Self::GivenBack(_)
        )
    }
}

/// Least share of its level that a leak raises the floor by.
const RISE: f64 = 0.06;
/// Least τ.
const ORDER: f64 = 0.6;
/// Least z.
const CHANCE: f64 = 2.0;
/// Least rise in noises of the floor.
const NOISE: f64 = 3.0;
/// Most of the rise that may be given back.
const GIVEN_BACK: f64 = 0.4;
/// Least slope of the newest third.
const LASTING: f64 = 0.2;
/// The same where no curve that levels off explains more than a line.
const LASTING_STRAIGHT: f64 = 0.08;
const STRAIGHT: f64 = 0.02;
/// Most that levelling off may explain beyond a line.
const LEVELS_OFF: f64 = 0.7;
/// Least rise without shifts.
const SHIFTS: f64 = 0.3;

/// The gate that decides (the first that says that nothing rises, or that which is passed most
/// narrowly), and the least margin of all: 1 where it just passes.
pub(super) fn narrowest(of: &Measured) -> (Gate, f64) {
    let least = |value: f64, least: f64| (value / least).max(0.0);
    let most = |value: f64, most: f64| most / value.max(most * 1e-3);
    // Growth in bursts may pause; what levels off shows in its curve too.
    let lasting = if of.saturates < STRAIGHT { LASTING_STRAIGHT } else { LASTING };
    // What is left may be a leak by itself.
    let remainder = least(of.unshifted * of.share, RISE).min(least(of.unshifted_tau, ORDER));
    let gates = [
        (Gate::Rise(of.share), least(of.share, RISE)),
        (Gate::Order(of.tau), least(of.tau, ORDER)),
        (Gate::Chance(of.z), least(of.z, CHANCE)),
        (Gate::Noise(of.above_noise), least(of.above_noise, NOISE)),
        (Gate::GivenBack(of.drawdown), most(of.drawdown, GIVEN_BACK)),
        (Gate::Lasting(of.lasting), least(of.lasting, lasting)),
        (Gate::LevelsOff(of.saturates), most(of.saturates, LEVELS_OFF)),
        (Gate::Shifts(of.unshifted), least(of.unshifted, SHIFTS).max(remainder)),
    ];
    let flat = gates.iter().find(|(gate, margin)| gate.says_flat() && *margin < 1.0);
    let narrow = gates.iter().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or(&gates[0]);
    (flat.unwrap_or(narrow).0, narrow.1)
}

/// A margin as a probability-like number: `m² ÷ (1 + m²)`, 0.5 where the margin is 1.
pub(super) fn confidence(margin: f64) -> f64 {
    let square = (margin * margin).min(1e12);
    square / (1.0 + square)
}

impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |share: f64| 100.0 * share;
        match *self {
            Self::Rise(share) => write!(
                f,
                "its floor rose by {:.1} % of its level, less than {:.0} %",
                percent(share),
                percent(RISE)
            ),
            Self::Order(tau) => {
                write!(f, "its floor goes up and down (τ {tau:.2}, less than {ORDER})")
            }
            Self::Chance(z) => {
                write!(f, "chance makes such a rise (z {z:.1}, less than {CHANCE})")
            }
            Self::Noise(of) => write!(f, "its floor rose by {of:.1} times its noise only"),
            Self::GivenBack(share) => {
                write!(f, "it gave back {:.0} % of what it rose by", percent(share))
            }
            Self::Lasting(share) => write!(
                f,
                "it levels off: the newest third rises at {:.0} % of the mean rate",
                percent(share)
            ),
            Self::LevelsOff(share) => write!(
                f,
                "it levels off: a curve that does explains {:.0} % of what a line leaves",
                percent(share)
            ),
            Self::Shifts(share) => write!(
                f,
                "three shifts of its level make {:.0} % of the rise",
                percent((1.0 - share).clamp(0.0, 1.0))
            ),
        }
    }
}
