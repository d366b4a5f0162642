//! Two ways of the same work, timed by turns: what slows the machine slows both.

use std::time::{Duration, Instant};

/// Rounds that are run however short the time is.
const LEAST: usize = 3;

/// Times of all rounds, ns.
#[derive(Debug, Default)]
pub(crate) struct Race {
    before: Vec<f64>,
    after: Vec<f64>,
}

impl Race {
    /// Runs rounds of both ways, `false` the one and `true` the other, until `time` has passed. Who
    /// begins changes by the round.
    pub(crate) fn run(time: Duration, mut work: impl FnMut(bool)) -> Self {
        let mut race = Self::default();
        let began = Instant::now();
        while race.after.len() < LEAST || began.elapsed() < time {
            let first = race.after.len() % 2 == 1;
            for way in [first, !first] {
                let start = Instant::now();
                work(way);
                let ns = start.elapsed().as_nanos() as f64;
                if way { race.after.push(ns) } else { race.before.push(ns) }
            }
        }
        race
    }

    pub(crate) fn rounds(&self) -> u64 {
        self.after.len() as u64
    }

    /// Median time of a round, ns.
    pub(crate) fn before(&self) -> f64 {
        quantile(self.before.clone(), 0.5)
    }

    /// Median time of a round, ns.
    pub(crate) fn after(&self) -> f64 {
        quantile(self.after.clone(), 0.5)
    }

    /// After ÷ before within a round: the quantile over all rounds.
    pub(crate) fn ratio(&self, share: f64) -> f64 {
        quantile(
            self.before.iter().zip(&self.after).map(|(before, after)| after / before).collect(),
            share,
        )
    }
}

/// The value below which this share of the values lies; there is at least one.
fn quantile(mut values: Vec<f64>, share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values[((values.len() - 1) as f64 * share).round() as usize]
}

#[cfg(test)]
mod tests {
    use super::{Race, quantile};
    use std::time::Duration;

    #[test]
    fn both_ways_take_turns() {
        let mut order = Vec::new();
        let race = Race::run(Duration::ZERO, |after| order.push(after));
        assert_eq!(order, [false, true, true, false, false, true]);
        assert_eq!(race.rounds(), 3);
    }

    #[test]
    fn ratios_are_taken_within_a_round() {
        let race = Race { before: vec![10.0, 100.0, 20.0], after: vec![5.0, 50.0, 20.0] };
        let thousandths = |value: f64| (value * 1000.0) as u64;
        assert_eq!([race.ratio(0.5), race.ratio(1.0)].map(thousandths), [500, 1000]);
        assert_eq!([race.before(), race.after()].map(thousandths), [20_000, 20_000]);
        assert_eq!(thousandths(quantile(vec![3.0, 1.0, 2.0, 4.0, 5.0], 0.25)), 2000);
    }
}
