//! Spikes, steady growth, steps and plateaus.

use super::{Kind, Pattern};
use crate::analysis::kernel::{change, quantile, regression};
use crate::analysis::sample::Sample;
use crate::analysis::trend::{self, Direction, Least};

/// Points whose median is what is usual beside a spike.
const AROUND: usize = 15;
/// Deviations above the usual that a spike stands out by, and the share of the usual.
const SPIKE: f64 = 8.0;
const SPIKE_SHARE: f64 = 0.05;
/// Longest spike, in shares of the series.
const SPIKE_LENGTH: f64 = 0.03;
/// Most spikes that are told: the highest.
const SPIKES: usize = 5;
/// Points that steps are looked for in.
const POINTS: usize = 240;
/// Share of the level that a step moves, at least; and deviations of noise.
const STEP_SHARE: f64 = 0.05;
const STEP_NOISE: f64 = 4.0;
/// Most levels: what has more is no staircase but a slope.
const LEVELS: usize = 7;
/// What levels leave at most of what a line leaves.
const LEFT_BY_LEVELS: f64 = 0.5;

/// Values far above the medians on both sides, for a short while.
pub(super) fn spikes(sample: &Sample) -> Vec<Pattern> {
    let n = sample.len();
    let blocks = n / AROUND;
    if blocks < 3 {
        return Vec::new();
    }
    let medians = sample.blocks(blocks, 0.5);
    let longest = ((n as f64 * SPIKE_LENGTH) as usize).max(1);
    // Both sides, so that the edge of a step and the top of a sawtooth are none.
    let beside = longest / AROUND + 1;
    let near = |i: usize| {
        let block = i * blocks / n;
        let (before, after) = (block.saturating_sub(beside), (block + beside).min(blocks - 1));
        medians.y()[before].max(medians.y()[after])
    };
    let usual: Vec<f64> = (0..n).map(near).collect();
    let above: Vec<f64> = sample.y().iter().zip(&usual).map(|(y, usual)| y - usual).collect();
    let noise = quantile::mad(&above) * quantile::MAD_TO_DEVIATION;
    let bar = |i: usize| (SPIKE * noise).max(SPIKE_SHARE * usual[i].abs()).max(f64::MIN_POSITIVE);
    let mut found = Vec::new();
    let mut i = 0;
    while i < n {
        let start = i;
        while i < n && above[i] > bar(i) {
            i += 1;
        }
        if (1..=longest).contains(&(i - start)) && start > 0 && i < n {
            let top = (start..i).max_by(|a, b| above[*a].total_cmp(&above[*b])).unwrap_or(start);
            let ratio = above[top] / bar(top);
            found.push(Pattern {
                kind: Kind::Spike { value: sample.y()[top], usual: usual[top] },
                from: sample.x()[start],
                to: sample.x()[i],
                strength: 1.0 - 0.5 / ratio,
            });
        }
        i += 1;
    }
    found.sort_by(|a, b| b.strength.total_cmp(&a.strength));
    found.truncate(SPIKES);
    found
}

/// An upward trend that most parts share and that a line describes.
pub(super) fn growth(sample: &Sample) -> Option<Pattern> {
    let trend = trend::trend(sample, Least::default())?;
    let steady =
        trend.direction == Direction::Increasing && trend.persistence >= 0.75 && trend.tau >= 0.5;
    let (first, last) = (*sample.x().first()?, *sample.x().last()?);
    steady.then(|| Pattern {
        kind: Kind::SteadyGrowth { per_second: trend.slope.slope, share: trend.share },
        from: first,
        to: last,
        strength: (trend.tau * trend.persistence).clamp(0.0, 1.0),
    })
}

/// Changes from one level to another, where levels describe the series better than a line.
pub(super) fn steps(sample: &Sample) -> Vec<Pattern> {
    let thinned = sample.thinned(POINTS);
    let y = thinned.y();
    let noise = quantile::noise(y);
    let level = quantile::median(y).abs();
    let least = (STEP_SHARE * level).max(STEP_NOISE * noise);
    if y.len() < 12 || least <= 0.0 {
        return Vec::new();
    }
    // A part is worth having if it saves what a step of that size over eight points leaves.
    let changes = change::changes(y, 2.0 * least * least, 4);
    let left = change::residuals(y, &changes);
    let line = regression::detrend(thinned.x(), y);
    let (left, line) = (quantile::rms(&left), quantile::rms(&line));
    let explains = left * left <= LEFT_BY_LEVELS * line * line;
    if changes.is_empty() || changes.len() >= LEVELS || !explains {
        return Vec::new();
    }
    let bounds: Vec<usize> = [0].into_iter().chain(changes).chain([y.len()]).collect();
    let levels: Vec<f64> =
        bounds.windows(2).map(|part| quantile::median(&y[part[0]..part[1]])).collect();
    let strength = (1.0 - left * left / (line * line)).clamp(0.0, 1.0);
    let step = |(pair, at): (&[f64], &usize)| {
        ((pair[1] - pair[0]).abs() >= least).then(|| Pattern {
            kind: Kind::Step { before: pair[0], after: pair[1] },
            from: thinned.x()[at - 1],
            to: thinned.x()[*at],
            strength,
        })
    };
    levels.windows(2).zip(&bounds[1..]).filter_map(step).collect()
}

/// A rise, and no trend since: the newest two fifths at least.
pub(super) fn plateau(sample: &Sample) -> Option<Pattern> {
    let blocks = sample.thinned(60);
    let y = blocks.y();
    let n = y.len();
    if n < 20 {
        return None;
    }
    let newest = &y[n * 3 / 5..];
    let level = quantile::median(newest);
    let spread = quantile::quantile(newest, 0.95) - quantile::quantile(newest, 0.05);
    let rose = level - quantile::median(&y[..n / 10]);
    let flat = trend::trend(&blocks.part(n * 3 / 5..n), Least { share: 0.02, ..Least::default() })?;
    let real = rose >= 0.1 * level.abs()
        && spread <= 0.25 * rose
        && flat.direction == Direction::Stable
        && rose > 0.0;
    let start = y.iter().rposition(|value| *value < level - spread.max(0.05 * rose))? + 1;
    real.then(|| Pattern {
        kind: Kind::Plateau { level, rose },
        from: blocks.x()[start.min(n - 1)],
        to: blocks.x()[n - 1],
        strength: (1.0 - spread / rose).clamp(0.0, 1.0),
    })
}
