//! Tiers: readings as they came, and what minutes and hours of them come to.

use crate::clock::Stamp;
use std::time::Duration;

/// How fine the points of a window are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Tier {
    /// Each reading.
    Raw,
    /// Minutes.
    Minute,
    /// Hours.
    Hour,
}

impl Tier {
    /// All tiers, the finest first.
    pub const ALL: [Self; 3] = [Self::Raw, Self::Minute, Self::Hour];

    /// The time that a point stands for; `None` for single readings.
    pub fn step(self) -> Option<Duration> {
        match self {
            Self::Raw => None,
            Self::Minute => Some(Duration::from_secs(60)),
            Self::Hour => Some(Duration::from_secs(3600)),
        }
    }

    /// `raw`, `minute`, `hour`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Minute => "minute",
            Self::Hour => "hour",
        }
    }

    /// Points of a block: two minutes of readings, an hour of minutes, a day of hours. More would
    /// lie open in memory for longer; fewer compress less.
    pub(super) fn block_len(self) -> usize {
        match self {
            Self::Raw => 120,
            Self::Minute => 60,
            Self::Hour => 24,
        }
    }

    /// The coarsest tier whose points are no farther apart than this.
    pub(super) fn for_step(step: Duration) -> Self {
        let fits = |tier: &&Self| tier.step().is_none_or(|own| own <= step);
        *Self::ALL.iter().rev().find(fits).unwrap_or(&Self::Raw)
    }

    /// The number of the point that a moment belongs to. By the monotonic time: minutes do not
    /// jump when somebody sets the clock.
    pub(super) fn bucket(self, at: &Stamp) -> u64 {
        match self.step() {
            Some(step) => at.monotonic_ns / step.as_nanos() as u64,
            None => at.monotonic_ns,
        }
    }
}

/// What the readings within one point come to. Of a single reading all values are the same.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Summary {
    /// When the last of them was read.
    pub at: Stamp,
    /// The smallest.
    pub min: f64,
    /// Their mean.
    pub mean: f64,
    /// The largest.
    pub max: f64,
    /// The last.
    pub last: f64,
    /// How many there were.
    pub count: u64,
}

impl Summary {
    /// A single reading.
    pub fn one(at: Stamp, value: f64) -> Self {
        Self { at, min: value, mean: value, max: value, last: value, count: 1 }
    }

    /// Adds what came later.
    pub fn add(&mut self, later: &Self) {
        let count = self.count + later.count;
        if later.count == 0 {
            return;
        }
        self.mean += (later.mean - self.mean) * (later.count as f64 / count as f64);
        self.min = self.min.min(later.min);
        self.max = self.max.max(later.max);
        (self.at, self.last, self.count) = (later.at, later.last, count);
    }
}

/// Puts neighbours of the same point together: a point that was cut by the end of a block is two.
pub(super) fn merged(rows: Vec<Summary>, tier: Tier) -> Vec<Summary> {
    if tier == Tier::Raw {
        return rows;
    }
    fold(rows, |before, after| before.run == after.run && tier.bucket(before) == tier.bucket(after))
}

/// Puts neighbours within one step together.
pub(super) fn stepped(rows: Vec<Summary>, step: Duration) -> Vec<Summary> {
    let ns = (step.as_nanos() as u64).max(1);
    fold(rows, |before, after| {
        before.run == after.run && before.monotonic_ns / ns == after.monotonic_ns / ns
    })
}

fn fold(rows: Vec<Summary>, same: impl Fn(&Stamp, &Stamp) -> bool) -> Vec<Summary> {
    let mut all: Vec<Summary> = Vec::with_capacity(rows.len());
    for row in rows {
        match all.last_mut() {
            Some(last) if same(&last.at, &row.at) => last.add(&row),
            _ => all.push(row),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Stamp {
        Stamp { run: 1, monotonic_ns: seconds * 1_000_000_000, unix_ms: seconds as i64 * 1_000 }
    }

    #[test]
    fn a_sum_of_parts_is_the_sum_of_all() {
        let mut sum = Summary::one(at(0), 4.0);
        for (second, value) in [(1, 1.0), (2, 10.0), (3, 5.0)] {
            sum.add(&Summary::one(at(second), value));
        }
        let expected = Summary { at: at(3), min: 1.0, mean: 5.0, max: 10.0, last: 5.0, count: 4 };
        assert_eq!(sum, expected);
    }

    #[test]
    fn the_tier_is_the_coarsest_that_is_fine_enough() {
        for (seconds, tier) in [
            (1, Tier::Raw),
            (59, Tier::Raw),
            (60, Tier::Minute),
            (3_599, Tier::Minute),
            (7_200, Tier::Hour),
        ] {
            assert_eq!(Tier::for_step(Duration::from_secs(seconds)), tier, "{seconds} s");
        }
    }

    #[test]
    fn two_halves_of_a_minute_are_one_point() {
        let rows = vec![Summary::one(at(61), 1.0), Summary::one(at(80), 3.0)];
        let merged = merged(rows, Tier::Minute);
        assert_eq!(merged.len(), 1);
        assert_eq!((merged[0].mean, merged[0].at), (2.0, at(80)));
    }
}
