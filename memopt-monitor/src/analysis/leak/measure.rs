//! What is measured of a series before it is judged.

use super::floor::{self, Floor};
use crate::analysis::kernel::{quantile, rank};
use crate::analysis::sample::Sample;

/// What was measured.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Measured {
    /// Slope of the floor in a second, with its 95 % interval.
    pub line: rank::Line,
    /// The floor now, by that line.
    pub now: f64,
    /// Rise of that line over what was looked at.
    pub rise: f64,
    /// That rise ÷ the level at its beginning.
    pub share: f64,
    /// Kendall's τ of the floor.
    pub tau: f64,
    /// Mann and Kendall's z, corrected for autocorrelation.
    pub z: f64,
    /// Slope of the newest third ÷ slope of all.
    pub lasting: f64,
    /// Rise without the three largest shifts of level ÷ rise.
    pub unshifted: f64,
    /// τ without them.
    pub unshifted_tau: f64,
    /// Deepest fall of the floor, less three times its noise, ÷ rise.
    pub drawdown: f64,
    /// What a curve that levels off explains of what a line leaves.
    pub saturates: f64,
    /// What three shifts leave ÷ what a line leaves.
    pub stepwise: f64,
    /// Rise ÷ noise of the floor.
    pub above_noise: f64,
    /// Length of the season that was taken off, s.
    pub season: Option<f64>,
}

impl Measured {
    /// Of a series whose warm-up is cut off; `None` where there is no floor.
    pub(super) fn of(sample: &Sample) -> Option<Self> {
        let found = Floor::of(sample);
        let floor = &found.blocks;
        let line = rank::theil_sen(floor, 0.95)?;
        let span = floor.span();
        let rise = line.slope * span;
        let middle = quantile::median(floor.y());
        let (first, now) = (middle - rise / 2.0, middle + rise / 2.0);
        let third = floor.len() / 3;
        let recent = floor.part(floor.len() - third..floor.len());
        let recent = rank::theil_sen(&recent, 0.95).map_or(0.0, |line| line.slope);
        let unshifted = floor::shifts(floor)?;
        let test = rank::mann_kendall_corrected(floor.y(), floor.len() / 4);
        let of = |value: f64, whole: f64| if whole > 0.0 { value / whole } else { 0.0 };
        Some(Self {
            line,
            now,
            rise,
            share: of(rise, first.abs().max(rise.abs() * 0.05)),
            tau: test.tau,
            z: test.z,
            lasting: of(recent, line.slope),
            unshifted: of(unshifted.slope, line.slope),
            unshifted_tau: rank::mann_kendall(&unshifted.rest).tau,
            drawdown: of((floor::drawdown(floor.y()) - 3.0 * found.noise).max(0.0), rise),
            saturates: floor::saturates(floor),
            stepwise: floor::stepwise(floor),
            above_noise: of(rise, found.noise.max(rise.abs() * 1e-3)),
            season: found.season,
        })
    }
}
