//! Counts that only grow, and churn.

use super::{Kind, Pattern};
use crate::analysis::kernel::quantile;
use crate::analysis::sample::Sample;
use crate::analysis::trend::{self, Direction, Least};

/// Parts whose lowest counts must rise.
const PARTS: usize = 8;
/// Least growth, in things and in shares of the first.
const LEAST: f64 = 4.0;
const LEAST_SHARE: f64 = 0.2;
/// All that is held, replaced so many times in a second, is churn.
const TURNOVER: f64 = 0.2;

/// Whether a count (of threads, tasks, descriptors) goes up and not down: the lowest of each eighth
/// is at least that of the one before, and the last is well above the first.
///
/// # Cost
///
/// n.
pub fn count_growth(sample: &Sample) -> Option<Pattern> {
    let lows = sample.blocks(PARTS, 0.0);
    let (first, last) = (*lows.y().first()?, *lows.y().last()?);
    let ups = lows.y().windows(2).filter(|pair| pair[1] > pair[0]).count();
    let downs = lows.y().windows(2).filter(|pair| pair[1] < pair[0]).count();
    let grown = last - first >= LEAST.max(LEAST_SHARE * first.abs());
    // One step is a pool that was started.
    (lows.len() == PARTS && grown && downs == 0 && ups >= PARTS / 2).then(|| Pattern {
        kind: Kind::CountGrowth { first, last },
        from: lows.x()[0],
        to: sample.x().last().copied().unwrap_or(0.0),
        strength: ups as f64 / (PARTS - 1) as f64,
    })
}

/// Whether much is allocated while what is held does not grow: `rate` is bytes allocated in a
/// second, `held` the bytes in use over the same time.
///
/// The turnover is the median rate ÷ the median held; 0.2 in a second and above is churn.
///
/// # Cost
///
/// n, and a trend.
pub fn churn(rate: &Sample, held: &Sample) -> Option<Pattern> {
    let middle = quantile::median(held.y());
    let trend = trend::trend(held, Least { share: 0.1, ..Least::default() })?;
    let per_second = quantile::median(rate.y()) / middle;
    let much = middle > 0.0 && per_second >= TURNOVER;
    (much && trend.direction != Direction::Increasing).then(|| Pattern {
        kind: Kind::Churn { per_second },
        from: rate.x().first().copied().unwrap_or(0.0),
        to: rate.x().last().copied().unwrap_or(0.0),
        strength: 1.0 - 0.5 * TURNOVER / per_second,
    })
}
