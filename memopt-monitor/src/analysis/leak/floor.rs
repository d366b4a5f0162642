//! The floor of a series: what it holds at its lowest, block by block, without its seasons.

use crate::analysis::kernel::{change, harmonic, quantile, regression, solve};
use crate::analysis::sample::Sample;
use crate::analysis::season;

/// Most blocks.
const BLOCKS: usize = 96;
/// Fewest blocks.
const FEWEST: usize = 16;
/// Points in a block, where there are enough.
const IN_BLOCK: usize = 5;
/// Share of a block's values below its floor: single low points are no floor.
const LOW: f64 = 0.1;
/// Whole cycles from which on blocks are made of whole cycles.
const MANY_CYCLES: f64 = 12.0;
/// Cycles that a season must have gone through.
const CYCLES: f64 = 1.3;
/// Below so many cycles a season must explain more.
const FEW_CYCLES: f64 = 4.0;
/// What a season may leave of what a line leaves; of few cycles, of more.
const LEFT_OF_FEW: f64 = 0.25;
const LEFT: f64 = 0.5;
/// Level shifts that are no leak: a deployment, a cache that was switched on, a larger input.
const SHIFTS: usize = 3;
/// Blocks on both sides of a shift, and between two.
const SIDE: usize = 3;
/// Share of the squares that a shift must leave at most, to be one.
const WORTH: f64 = 0.85;
/// Blocks in a burst, of 96: what is higher for less long is no floor.
const BURST: usize = 4;

/// The floor of a series.
#[derive(Clone, Debug)]
pub(super) struct Floor {
    /// Floors of blocks, without the season.
    pub(super) blocks: Sample,
    /// Deviation of single floors.
    pub(super) noise: f64,
    /// Length of the season that was taken off or averaged over.
    pub(super) season: Option<f64>,
}

impl Floor {
    /// Of a series whose warm-up is cut off.
    pub(super) fn of(sample: &Sample) -> Self {
        let whole = season::season(sample, CYCLES);
        let period = whole.as_ref().map(|wave| wave.period);
        if let Some(floor) = period.and_then(|period| whole_cycles(sample, period)) {
            return Self::opened(&floor, period);
        }
        let floor = sample.blocks((sample.len() / IN_BLOCK).clamp(FEWEST, BLOCKS), LOW);
        let found = harmonic::search(floor.x(), floor.y(), CYCLES, 4.0, season::HARMONICS);
        match found.filter(|wave| is_season(&floor, wave)) {
            Some(wave) => {
                let rest = floor.x().iter().zip(floor.y()).map(|(x, y)| y - wave.at(*x));
                let rest: Vec<f64> = rest.collect();
                Self::opened(&Sample::new(floor.x(), &rest), Some(wave.period))
            }
            None => Self::opened(&floor, None),
        }
    }

    /// Without bursts.
    fn opened(floor: &Sample, season: Option<f64>) -> Self {
        let opened = opened(floor.y(), floor.len() * BURST / BLOCKS);
        let noise = quantile::noise(floor.y());
        Self { blocks: Sample::new(floor.x(), &opened), noise, season }
    }
}

/// Whether a wave is a season: of few cycles it must explain more, and more than steps and a curve
/// that levels off do, since all of these look like a wave that has not come again.
fn is_season(floor: &Sample, wave: &harmonic::Wave) -> bool {
    let cycles = floor.span() / wave.period;
    let left = 1.0 - wave.explained;
    let most = if cycles < FEW_CYCLES { LEFT_OF_FEW } else { LEFT };
    left <= most && left < stepwise(floor) && left < 1.0 - saturates(floor)
}

/// Largest shifts of a floor beside its line.
#[derive(Clone, Debug)]
pub(super) struct Shifts {
    /// Slope of the line with the shifts taken off.
    pub(super) slope: f64,
    /// The floor without them.
    pub(super) rest: Vec<f64>,
}

/// The line and at most three steps that, fitted together, leave the least squares: steps are
/// chosen one after the other, then each is moved once to its best place.
pub(super) fn shifts(floor: &Sample) -> Option<Shifts> {
    let (x, y) = (floor.x(), floor.y());
    let n = x.len();
    let first = x.first()?;
    let step = |at: usize| (0..n).map(|i| f64::from(u8::from(i >= at))).collect::<Vec<f64>>();
    let columns = |cuts: &[usize]| {
        let line = [vec![1.0; n], x.iter().map(|x| x - first).collect()];
        line.into_iter().chain(cuts.iter().map(|at| step(*at))).collect::<Vec<_>>()
    };
    let mut cuts: Vec<usize> = Vec::new();
    while cuts.len() < SHIFTS {
        // A floor of few blocks may have no place for another.
        match best_step(&columns(&cuts), y, &cuts) {
            Some((at, left)) if left < WORTH => cuts.push(at),
            _ => break,
        }
    }
    for moved in 0..cuts.len() {
        let at = cuts.remove(moved);
        let place = best_step(&columns(&cuts), y, &cuts).map_or(at, |(place, _)| place);
        cuts.insert(moved, place);
    }
    let found = solve::least_squares(&columns(&cuts), y)?;
    let steps: Vec<Vec<f64>> = cuts.iter().map(|at| step(*at)).collect();
    Some(Shifts { slope: found[1], rest: solve::residuals(&steps, &found[2..], y) })
}

/// Where one more step beside these columns leaves the least squares, and which share of what was
/// left. With an orthonormal basis q of the columns and the rest r, a step h saves
/// `(h·r)² ÷ (h·h − Σ (h·q)²)`, and products with a step are sums from its place on.
fn best_step(columns: &[Vec<f64>], y: &[f64], others: &[usize]) -> Option<(usize, f64)> {
    let n = y.len();
    let basis = solve::orthonormal(columns)?;
    let mut rest = y.to_vec();
    for q in &basis {
        let dot: f64 = q.iter().zip(&rest).map(|(q, r)| q * r).sum();
        rest.iter_mut().zip(q).for_each(|(r, q)| *r -= dot * q);
    }
    let whole: f64 = rest.iter().map(|r| r * r).sum();
    let from_here_on = |values: &[f64]| {
        let mut sums = values.to_vec();
        for i in (1..n).rev() {
            sums[i - 1] += sums[i];
        }
        sums
    };
    let rests = from_here_on(&rest);
    let sums: Vec<Vec<f64>> = basis.iter().map(|q| from_here_on(q)).collect();
    let saved = |at: usize| {
        let known: f64 = sums.iter().map(|sum| sum[at] * sum[at]).sum();
        let own = (n - at) as f64 - known;
        if own > 1e-9 { rests[at] * rests[at] / own } else { 0.0 }
    };
    (SIDE..(n + 1).saturating_sub(SIDE))
        .filter(|at| others.iter().all(|other| at.abs_diff(*other) >= SIDE))
        .map(|at| (at, saved(at)))
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(at, saved)| (at, if whole > 0.0 { 1.0 - saved / whole } else { 1.0 }))
}

/// Floors of blocks of whole cycles, where there are enough of them; the oldest rest is left out.
fn whole_cycles(sample: &Sample, period: f64) -> Option<Sample> {
    let in_cycle = period / sample.step();
    let cycles = (sample.len() as f64 / in_cycle).floor();
    if cycles < MANY_CYCLES || in_cycle < 2.0 {
        return None;
    }
    let together = (cycles / BLOCKS as f64).ceil();
    let blocks = (cycles / together).floor();
    let points = (blocks * together * in_cycle).round() as usize;
    let rest = sample.part(sample.len().saturating_sub(points)..sample.len());
    Some(rest.blocks(blocks as usize, LOW))
}

/// The floor without what stands above it for less than so many blocks: the highest of the lowest.
///
/// An opening, of J. Serra, "Image Analysis and Mathematical Morphology" (1982).
fn opened(values: &[f64], width: usize) -> Vec<f64> {
    if width < 2 || values.len() < width {
        return values.to_vec();
    }
    let lowest = |part: &[f64]| part.iter().copied().fold(f64::INFINITY, f64::min);
    let low: Vec<f64> = values.windows(width).map(lowest).collect();
    let highest = |at: usize| {
        let part = &low[at.saturating_sub(width - 1)..(at + 1).min(low.len())];
        part.iter().copied().fold(f64::NEG_INFINITY, f64::max)
    };
    (0..values.len()).map(highest).collect()
}

/// Deepest fall of the medians of three below what they reached before.
pub(super) fn drawdown(values: &[f64]) -> f64 {
    let mut highest = f64::NEG_INFINITY;
    let mut deepest = 0.0f64;
    for three in values.windows(3) {
        let value = quantile::median(three);
        highest = highest.max(value);
        deepest = deepest.max(highest - value);
    }
    deepest
}

/// Squares that a curve `a + b (1 − e^(−t/τ))` leaves less than a line, as a share of the line's: 0
/// where a line is as good. τ is looked for from a fortieth to half of the span.
pub(super) fn saturates(floor: &Sample) -> f64 {
    let (x, y) = (floor.x(), floor.y());
    let (Some(first), span) = (x.first(), floor.span()) else { return 0.0 };
    let ones = vec![1.0; x.len()];
    let left = |column: Vec<f64>| {
        let columns = [ones.clone(), column];
        let found = solve::least_squares(&columns, y)?;
        let rest = solve::residuals(&columns, &found, y);
        Some((rest.iter().map(|v| v * v).sum::<f64>(), found[1]))
    };
    let Some((line, _)) = left(x.iter().map(|x| x - first).collect()) else { return 0.0 };
    let curve = (0..12)
        .filter_map(|i| {
            let time = span * 0.025 * 1.313f64.powi(i);
            left(x.iter().map(|x| 1.0 - (-(x - first) / time).exp()).collect())
        })
        .filter(|(_, rise)| *rise > 0.0)
        .map(|(squares, _)| squares)
        .fold(line, f64::min);
    if line > 0.0 { 1.0 - curve / line } else { 0.0 }
}

/// Share of what a line leaves that so many shifts leave: below 1 steps explain the floor better.
pub(super) fn stepwise(floor: &Sample) -> f64 {
    let rest = regression::detrend(floor.x(), floor.y());
    let line: f64 = rest.iter().map(|v| v * v).sum();
    let cuts = change::divide(floor.y(), SHIFTS, 3);
    let steps: f64 = change::residuals(floor.y(), &cuts).iter().map(|v| v * v).sum();
    if line > 0.0 { steps / line } else { 1.0 }
}
