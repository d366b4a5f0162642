//! Shape novelty: is a short stretch of the series like one that was seen before?
//!
//! # Formula
//!
//! The readings are cut into blocks. A block becomes one number: its extreme, that is whichever of
//! its minimum and maximum lies farther from a level that follows the block means
//! (`level += (mean - level) / 2`). It is rounded to 1/50 of the range. `WINDOW` such
//! numbers in a row are a window.
//!
//! Windows are remembered as boxes: a low and a high for each number. The novelty `a` of a
//! window is its mean distance outside the nearest box. At `a <= range / 8` the box is widened to
//! hold the window. Else the window becomes a box of its own. Of 64 boxes the one that was nearest
//! longest ago makes room for another.
//!
//! ```text
//! evidence = a / (a + 5 * max(usual, range / 400))      usual = mean of the last 1000 novelties
//! ```
//!
//! Boxes that grow around what was seen are the idea of fuzzy ART (Carpenter, Grossberg and Rosen
//! 1991). Here they live on extremes of blocks, so that one outlier in a block is not averaged
//! away, and are measured in shares of the range.
//!
//! # Cost
//!
//! 64 comparisons of a window once in a block; 4 KB for a window of three.

use super::range::Range;

/// Boxes that are remembered.
const BOXES: usize = 64;
/// Share of the range up to which a box is widened to hold a window.
const RADIUS: f64 = 1.0 / 8.0;
/// Steps of the range that are told apart.
const STEPS: f64 = 50.0;
/// How fast the level follows the means of blocks.
const LEVEL_RATE: f64 = 0.5;
/// Windows over which the usual novelty is averaged.
const USUAL_WINDOWS: f64 = 1000.0;
/// Share of the range that the usual novelty does not fall below. A lone step between two of the
/// range's fiftieths stays below the boundary then, in a series that never was but the same.
const USUAL_LEAST: f64 = 1.0 / 400.0;
/// Times the usual novelty at which the evidence is one half.
const USUAL_TIMES: f64 = 5.0;

/// Remembers the shapes of one series.
#[derive(Clone, Debug)]
pub(super) struct Shape<const WINDOW: usize> {
    block_size: usize,
    block: Block,
    level: Option<f64>,
    window: [f64; WINDOW],
    /// How many of the window's numbers follow each other without a gap.
    filled: usize,
    boxes: Vec<Bounds<WINDOW>>,
    windows: u64,
    usual: f64,
}

/// The readings of a block so far.
#[derive(Clone, Copy, Debug)]
struct Block {
    count: usize,
    sum: f64,
    low: f64,
    high: f64,
}

const EMPTY: Block = Block { count: 0, sum: 0.0, low: f64::INFINITY, high: f64::NEG_INFINITY };

/// A box: windows that were near each other.
#[derive(Clone, Copy, Debug)]
struct Bounds<const WINDOW: usize> {
    low: [f64; WINDOW],
    high: [f64; WINDOW],
    /// The window that was nearest to it last.
    used: u64,
}

impl<const WINDOW: usize> Shape<WINDOW> {
    /// Remembers nothing yet. A block has so many readings, at least one.
    pub(super) fn new(block_size: usize) -> Self {
        Self {
            block_size: block_size.max(1),
            block: EMPTY,
            level: None,
            window: [0.0; WINDOW],
            filled: 0,
            boxes: Vec::new(),
            windows: 0,
            usual: 0.0,
        }
    }

    /// Takes a reading in. At the end of a block, how new the shape is: 0 to 1.
    pub(super) fn push(&mut self, value: f64, range: &Range) -> Option<f64> {
        let block = &mut self.block;
        block.count += 1;
        block.sum += value;
        block.low = block.low.min(value);
        block.high = block.high.max(value);
        if block.count < self.block_size {
            return None;
        }
        let extreme = self.end_block();
        self.window.rotate_left(1);
        self.window[WINDOW - 1] = range.round(extreme, STEPS);
        self.filled = (self.filled + 1).min(WINDOW);
        if self.filled < WINDOW {
            return Some(0.0);
        }
        let novelty = self.remember(range.width());
        let usual = self.usual.max(USUAL_LEAST * range.width());
        let evidence = novelty / (novelty + USUAL_TIMES * usual);
        self.usual += (novelty - self.usual) / (self.windows as f64).min(USUAL_WINDOWS);
        // Zero by zero: nothing was new, ever.
        Some(if evidence.is_nan() { 0.0 } else { evidence })
    }

    /// The next reading does not follow the last: no block and no window spans both.
    pub(super) fn gap(&mut self) {
        self.block = EMPTY;
        self.filled = 0;
    }

    /// The extreme of the block, which is over.
    fn end_block(&mut self) -> f64 {
        let block = std::mem::replace(&mut self.block, EMPTY);
        let mean = block.sum / block.count as f64;
        let level = self.level.map_or(mean, |level| level + LEVEL_RATE * (mean - level));
        self.level = Some(level);
        if (block.high - level).abs() > (block.low - level).abs() { block.high } else { block.low }
    }

    /// The novelty of the window, which is known from now on.
    fn remember(&mut self, width: f64) -> f64 {
        self.windows += 1;
        let nearest = self
            .boxes
            .iter_mut()
            .map(|bounds| (bounds.distance(&self.window), bounds))
            .min_by(|a, b| a.0.total_cmp(&b.0));
        let novelty = match nearest {
            Some((distance, bounds)) if distance <= RADIUS * width => {
                bounds.widen(&self.window, self.windows);
                return distance;
            }
            Some((distance, _)) => distance,
            // The first window ever: there is nothing from which it could depart.
            None => 0.0,
        };
        let bounds = Bounds { low: self.window, high: self.window, used: self.windows };
        if self.boxes.len() < BOXES {
            self.boxes.push(bounds);
        } else if let Some(oldest) = self.boxes.iter_mut().min_by_key(|bounds| bounds.used) {
            *oldest = bounds;
        }
        novelty
    }
}

impl<const WINDOW: usize> Bounds<WINDOW> {
    /// Mean distance of the window's numbers outside this box.
    fn distance(&self, window: &[f64; WINDOW]) -> f64 {
        let mut sum = 0.0;
        for ((value, low), high) in window.iter().zip(&self.low).zip(&self.high) {
            sum += (low - value).max(value - high).max(0.0);
        }
        sum / WINDOW as f64
    }

    fn widen(&mut self, window: &[f64; WINDOW], now: u64) {
        for (at, value) in window.iter().enumerate() {
            self.low[at] = self.low[at].min(*value);
            self.high[at] = self.high[at].max(*value);
        }
        self.used = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push_all(shape: &mut Shape<3>, range: &Range, values: &[f64]) -> Vec<f64> {
        values.iter().filter_map(|value| shape.push(*value, range)).collect()
    }

    #[test]
    fn what_was_seen_is_not_new_and_a_new_order_is() {
        let range = Range::known(0.0, 10.0);
        let mut shape = Shape::<3>::new(1);
        let rising = [0.0, 5.0, 10.0].repeat(20);
        let first = push_all(&mut shape, &range, &rising);
        // The windows are 0 5 10, 5 10 0 and 10 0 5; each is new once.
        assert!(first[3] > 0.0 && first[4] > 0.0, "{first:?}");
        assert!(first[5..].iter().all(|evidence| *evidence == 0.0), "{first:?}");
        let falling = push_all(&mut shape, &range, &[10.0, 5.0, 0.0]);
        assert!(falling.iter().any(|evidence| *evidence > 0.5), "{falling:?}");
    }

    #[test]
    fn the_extreme_of_a_block_is_kept() {
        let mut shape = Shape::<3>::new(4);
        let range = Range::known(0.0, 10.0);
        for value in [1.0, 1.0, 9.0, 1.0] {
            shape.push(value, &range);
        }
        assert!((shape.window[2] - range.round(9.0, STEPS)).abs() < 1e-12);
    }

    #[test]
    fn no_window_spans_a_gap() {
        let mut shape = Shape::<3>::new(2);
        let range = Range::known(0.0, 10.0);
        push_all(&mut shape, &range, &[1.0; 20]);
        shape.push(9.0, &range);
        shape.gap();
        // The 9 before the gap is in no block, and the first window after it needs three.
        assert_eq!(push_all(&mut shape, &range, &[1.0; 8]), [0.0; 4]);
    }

    #[test]
    fn memory_is_bounded() {
        let range = Range::known(0.0, 1.0);
        let mut shape = Shape::<3>::new(1);
        let mut state = 1u64;
        for _ in 0..10_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            // Ever higher, so that no box is near.
            let value = (state >> 40) as f64 * 1e3;
            shape.push(value, &range);
        }
        assert_eq!(shape.boxes.len(), BOXES);
    }
}
