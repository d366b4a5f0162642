//! What comes again: sawteeth and seasons.

use super::{Kind, Pattern};
use crate::analysis::kernel::{quantile, rank};
use crate::analysis::sample::Sample;
use crate::analysis::season;

/// Points that turns are looked for in.
const POINTS: usize = 2_000;
/// Share of the range that a rise and a fall move.
const TURN: f64 = 0.35;
/// Fewest falls.
const FALLS: usize = 3;
/// Longest share of a cycle that a fall takes.
const SUDDEN: f64 = 0.3;

/// A fall from a top to a bottom: indices.
struct Fall {
    top: usize,
    bottom: usize,
}

/// Slow rises and sudden falls of like height.
pub(super) fn sawtooth(sample: &Sample) -> Option<Pattern> {
    let thinned = sample.thinned(POINTS);
    let (x, y) = (thinned.x(), thinned.y());
    let range = quantile::quantile(y, 0.98) - quantile::quantile(y, 0.02);
    if range.is_nan() || range <= 4.0 * quantile::noise(y) || range <= 0.0 {
        return None;
    }
    let falls = falls(y, TURN * range);
    let (first, last) = (falls.first()?, falls.last()?);
    if falls.len() < FALLS {
        return None;
    }
    let falling: f64 = falls.iter().map(|fall| x[fall.bottom] - x[fall.top]).sum();
    let cycles: Vec<f64> =
        falls.windows(2).map(|two| x[two[1].bottom] - x[two[0].bottom]).collect();
    let period = quantile::mean(&cycles);
    let share = falling / falls.len() as f64 / period;
    let heights: Vec<f64> = falls.iter().map(|fall| y[fall.top] - y[fall.bottom]).collect();
    let height = quantile::mean(&heights);
    let alike = 1.0 - (quantile::mad(&heights) * quantile::MAD_TO_DEVIATION / height).min(1.0);
    if share.is_nan() || share > SUDDEN {
        return None;
    }
    let lows = Sample::new(
        &falls.iter().map(|fall| x[fall.bottom]).collect::<Vec<_>>(),
        &falls.iter().map(|fall| y[fall.bottom]).collect::<Vec<_>>(),
    );
    let slope = rank::theil_sen(&lows, 0.95).map_or(0.0, |line| line.slope);
    Some(Pattern {
        kind: Kind::Sawtooth {
            cycles: falls.len(),
            period,
            height,
            lows_rise: slope * lows.span(),
        },
        from: x[first.top],
        to: x[last.bottom],
        strength: (alike * (1.0 - share)).clamp(0.0, 1.0),
    })
}

/// Turns from a top to a bottom that are at least so far apart, each with a rise as high before.
fn falls(y: &[f64], least: f64) -> Vec<Fall> {
    let mut found = Vec::new();
    let (mut top, mut bottom) = (None, 0);
    let mut rising = false;
    for (i, value) in y.iter().enumerate() {
        match top {
            Some(high) if rising => {
                if *value >= y[high] {
                    top = Some(i);
                } else if y[high] - value >= least {
                    (rising, bottom) = (false, i);
                }
            }
            _ => {
                if *value < y[bottom] {
                    bottom = i;
                }
                if value - y[bottom] >= least {
                    found.extend(top.map(|top| Fall { top, bottom }));
                    (rising, top) = (true, Some(i));
                }
            }
        }
    }
    if !rising {
        found.extend(top.map(|top| Fall { top, bottom }));
    }
    found
}

/// A wave that explains at least half of what a line leaves, in two cycles or more.
pub(super) fn seasonal(sample: &Sample) -> Option<Pattern> {
    let wave = season::season(sample, 2.0)?;
    let cycle: Vec<f64> = (0..64).map(|i| wave.at(wave.period * f64::from(i) / 64.0)).collect();
    let height = quantile::quantile(&cycle, 1.0) - quantile::quantile(&cycle, 0.0);
    let level = quantile::median(sample.y()).abs();
    (height >= 0.02 * level).then(|| Pattern {
        kind: Kind::Seasonal { period: wave.period, height },
        from: sample.x().first().copied().unwrap_or(0.0),
        to: sample.x().last().copied().unwrap_or(0.0),
        strength: wave.explained,
    })
}
