//! Robust z: how far a reading lies from the median of the last ones.
//!
//! ```text
//! a = |x - median| / max(1.4826 * MAD, range / 200)
//! ```
//!
//! Median and MAD (median absolute deviation) are those of the last 64 readings, `x` not among
//! them. 1.4826 makes the MAD the standard deviation of normal values (Iglewicz and Hoaglin 1993).
//!
//! # Cost
//!
//! One insertion into 64 sorted numbers and a walk from their middle, a reading; 1 KB.

/// Readings that are remembered.
const READINGS: usize = 64;
const MAD_TO_SIGMA: f64 = 1.4826;
/// Share of the range that no MAD falls below.
const FLOOR: f64 = 1.0 / 200.0;

#[derive(Clone, Debug, Default)]
pub(super) struct Robust {
    /// The last readings as a ring, and sorted.
    ring: Vec<f64>,
    sorted: Vec<f64>,
    next: usize,
}

impl Robust {
    /// The distance of this reading, which is remembered then. 0 until 16 were seen.
    pub(super) fn push(&mut self, value: f64, width: f64) -> f64 {
        let distance = if self.sorted.len() < READINGS / 4 {
            0.0
        } else {
            let median = self.sorted[self.sorted.len() / 2];
            let sigma = (MAD_TO_SIGMA * self.deviation(median)).max(FLOOR * width);
            if sigma > 0.0 { (value - median).abs() / sigma } else { 0.0 }
        };
        self.remember(value);
        distance
    }

    fn remember(&mut self, value: f64) {
        if self.ring.len() < READINGS {
            self.ring.push(value);
        } else {
            let old = std::mem::replace(&mut self.ring[self.next], value);
            self.next = (self.next + 1) % READINGS;
            let at = self.sorted.partition_point(|one| one.total_cmp(&old).is_lt());
            self.sorted.remove(at);
        }
        let at = self.sorted.partition_point(|one| one.total_cmp(&value).is_lt());
        self.sorted.insert(at, value);
    }

    /// The middle one of the distances from the median: two fingers walk outward from it, always
    /// the nearer one, over half of the values.
    fn deviation(&self, median: f64) -> f64 {
        let middle = self.sorted.len() / 2;
        let (mut below, mut above) = (middle, middle);
        let mut distance = 0.0;
        for _ in 0..middle {
            let left = below.checked_sub(1).map(|at| median - self.sorted[at]);
            let right = self.sorted.get(above + 1).map(|value| value - median);
            match (left, right) {
                (Some(left), Some(right)) if left > right => (distance, above) = (right, above + 1),
                (Some(left), _) => (distance, below) = (left, below - 1),
                (None, Some(right)) => (distance, above) = (right, above + 1),
                (None, None) => break,
            }
        }
        distance
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_and_deviation_are_those_of_a_sort() {
        let mut robust = Robust::default();
        let mut state = 7u64;
        let mut last = Vec::new();
        for _ in 0..500 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let value = ((state >> 33) % 1000) as f64;
            robust.push(value, 1000.0);
            last.push(value);
            let mut sorted = last[last.len().saturating_sub(READINGS)..].to_vec();
            sorted.sort_by(f64::total_cmp);
            assert_eq!(robust.sorted, sorted);
            let median = sorted[sorted.len() / 2];
            let mut away: Vec<f64> = sorted.iter().map(|value| (value - median).abs()).collect();
            away.sort_by(f64::total_cmp);
            assert!((robust.deviation(median) - away[sorted.len() / 2]).abs() < 1e-9);
        }
    }

    #[test]
    fn a_spike_is_far_and_a_constant_is_not() {
        let mut robust = Robust::default();
        for n in 0..100 {
            robust.push(10.0 + f64::from(n % 5), 100.0);
        }
        // Median 12, MAD 1.
        assert!((robust.push(112.0, 100.0) - 100.0 / MAD_TO_SIGMA).abs() < 1e-9);
        let mut constant = Robust::default();
        assert!((0..100).all(|_| constant.push(5.0, 0.0) == 0.0));
    }
}
