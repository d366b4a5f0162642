//! A series as analysis takes it: seconds that rise, values that are numbers.

use super::kernel::quantile;
use std::ops::Range;

/// Values over seconds, the oldest first. Seconds rise strictly, and all numbers are finite.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    x: Vec<f64>,
    y: Vec<f64>,
}

/// Largest magnitude that is taken: its square is still a number.
const LARGEST: f64 = 1e150;

impl Sample {
    /// A sample of these values at these seconds. A point that is no number, and one that is not
    /// later than the one before, are left out.
    pub fn new(seconds: &[f64], values: &[f64]) -> Self {
        let mut sample = Self::default();
        for (&x, &y) in seconds.iter().zip(values) {
            let fits = x.abs() <= LARGEST && y.abs() <= LARGEST;
            if fits && sample.x.last().is_none_or(|last| x > *last) {
                sample.x.push(x);
                sample.y.push(y);
            }
        }
        sample
    }

    /// A sample of values that stand `step` seconds apart.
    pub fn even(step: f64, values: &[f64]) -> Self {
        let seconds: Vec<f64> = (0..values.len()).map(|i| i as f64 * step).collect();
        Self::new(&seconds, values)
    }

    /// Seconds.
    pub fn x(&self) -> &[f64] {
        &self.x
    }

    /// Values.
    pub fn y(&self) -> &[f64] {
        &self.y
    }

    /// Number of points.
    pub fn len(&self) -> usize {
        self.x.len()
    }

    /// Whether there is no point.
    pub fn is_empty(&self) -> bool {
        self.x.is_empty()
    }

    /// Seconds from the first point to the last.
    pub fn span(&self) -> f64 {
        self.x.last().unwrap_or(&0.0) - self.x.first().unwrap_or(&0.0)
    }

    /// Mean seconds from one point to the next; 1 where there are less than two.
    pub fn step(&self) -> f64 {
        if self.len() < 2 { 1.0 } else { self.span() / (self.len() - 1) as f64 }
    }

    /// The points from one index to another.
    #[must_use]
    pub fn part(&self, range: Range<usize>) -> Self {
        let range = range.start.min(self.len())..range.end.min(self.len());
        if range.start >= range.end {
            return Self::default();
        }
        Self { x: self.x[range.clone()].to_vec(), y: self.y[range].to_vec() }
    }

    /// As many blocks of equally many points, each at the middle of its seconds, with this quantile
    /// of its values. 0.5 is the median, 0.1 a floor that single points do not lower.
    #[must_use]
    pub fn blocks(&self, blocks: usize, share: f64) -> Self {
        let (n, blocks) = (self.len(), blocks.min(self.len()));
        let mut sample = Self::default();
        let mut values = Vec::new();
        for block in 0..blocks {
            let range = block * n / blocks..(block + 1) * n / blocks;
            values.clear();
            values.extend_from_slice(&self.y[range.clone()]);
            sample.x.push(f64::midpoint(self.x[range.start], self.x[range.end - 1]));
            sample.y.push(quantile::select(&mut values, share));
        }
        sample
    }

    /// At most so many points: this sample, or medians of blocks.
    #[must_use]
    pub fn thinned(&self, most: usize) -> Self {
        if self.len() <= most { self.clone() } else { self.blocks(most, 0.5) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_and_what_is_not_later_is_left_out() {
        let sample = Sample::new(
            &[0.0, 1.0, 1.0, 2.0, f64::NAN, 3.0, 4.0],
            &[5.0, f64::NAN, 6.0, f64::INFINITY, 1.0, 7.0, 1e300],
        );
        assert_eq!((sample.x(), sample.y()), (&[0.0, 1.0, 3.0][..], &[5.0, 6.0, 7.0][..]));
    }

    #[test]
    fn blocks_share_all_points() {
        let sample = Sample::even(2.0, &[1.0, 3.0, 2.0, 9.0, 8.0, 7.0]);
        let blocks = sample.blocks(2, 0.5);
        assert_eq!((blocks.x(), blocks.y()), (&[2.0, 8.0][..], &[2.0, 8.0][..]));
        assert_eq!(sample.blocks(100, 0.0), sample);
        assert!(Sample::default().blocks(4, 0.5).is_empty());
    }

    #[test]
    fn parts_outside_are_empty() {
        let sample = Sample::even(1.0, &[1.0, 2.0]);
        assert_eq!(sample.part(1..9).y(), [2.0]);
        assert!(sample.part(5..9).is_empty());
    }
}
