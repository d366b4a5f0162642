//! What still grows: the open columns of one series.

use super::tier::{Summary, Tier};
use crate::clock::Stamp;

/// An open column: a point for each place of the block, as far as it was seen. A raw one has only
/// the last values.
#[derive(Debug, Default)]
pub(super) struct Growing {
    pub(super) min: Vec<f64>,
    pub(super) mean: Vec<f64>,
    pub(super) max: Vec<f64>,
    pub(super) last: Vec<f64>,
    pub(super) counts: Vec<u32>,
}

impl Growing {
    /// Adds a reading at a place of the block: the last one that has a point, or a later one.
    pub(super) fn add(&mut self, tier: Tier, place: usize, value: f64) {
        debug_assert!(place + 1 >= self.last.len());
        let new = place >= self.last.len();
        self.last.resize(place + 1, f64::NAN);
        self.last[place] = value;
        if tier == Tier::Raw {
            return;
        }
        if new {
            for values in [&mut self.min, &mut self.mean, &mut self.max] {
                values.resize(place + 1, f64::NAN);
                values[place] = value;
            }
            self.counts.resize(place + 1, 0);
            self.counts[place] = 1;
            return;
        }
        let count = self.counts[place].saturating_add(1);
        self.counts[place] = count;
        self.mean[place] += (value - self.mean[place]) / f64::from(count);
        self.min[place] = self.min[place].min(value);
        self.max[place] = self.max[place].max(value);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.last.is_empty()
    }

    /// Bytes that it takes.
    pub(super) fn bytes(&self) -> usize {
        let floats = [&self.min, &self.mean, &self.max, &self.last];
        floats.iter().map(|values| values.capacity() * 8).sum::<usize>()
            + self.counts.capacity() * 4
    }

    /// Empties it, for the next block. A series that was not seen keeps no memory.
    pub(super) fn clear(&mut self) {
        if self.is_empty() {
            *self = Self::default();
        }
        for values in [&mut self.min, &mut self.mean, &mut self.max, &mut self.last] {
            values.clear();
        }
        self.counts.clear();
    }

    /// Its points.
    pub(super) fn rows(&self, stamps: &[Stamp], tier: Tier) -> Vec<Summary> {
        let places = stamps.iter().enumerate().take(self.last.len());
        let there = places.filter(|(place, _)| !self.last[*place].is_nan());
        there.map(|(place, at)| self.row(place, *at, tier)).collect()
    }

    fn row(&self, place: usize, at: Stamp, tier: Tier) -> Summary {
        if tier == Tier::Raw {
            return Summary::one(at, self.last[place]);
        }
        Summary {
            at,
            min: self.min[place],
            mean: self.mean[place],
            max: self.max[place],
            last: self.last[place],
            count: u64::from(self.counts[place]),
        }
    }
}
