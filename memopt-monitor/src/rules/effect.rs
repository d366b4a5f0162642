//! Whether an action helped.

use crate::series::Series;
use serde::{Deserialize, Serialize};

/// A change that is smaller than this share is none.
const NOTHING: f64 = 0.02;

/// A metric before and after an action. Less is better.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Effect {
    /// The series.
    pub metric: String,
    /// Its mean over the window before.
    pub before: f64,
    /// What it would be after, had it gone on to grow as before.
    pub expected: f64,
    /// Its mean over the window after; none where it was not read.
    pub after: Option<f64>,
    /// What follows.
    pub verdict: Verdict,
}

/// Whether an action helped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Verdict {
    /// The metric is lower than it would be.
    Better,
    /// It is about the same.
    Same,
    /// It is higher than it would be, by more than what is allowed.
    Worse,
    /// It is not known.
    Unknown,
}

/// What was seen before an action.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Before {
    pub(super) metric: String,
    mean: f64,
    /// Growth a second.
    slope: f64,
    /// A change that is smaller than this is none, whatever share it is.
    least: f64,
}

impl Before {
    /// None where nothing was read.
    pub(super) fn of(metric: String, series: &Series) -> Option<Self> {
        let (x, y) = (series.seconds(), series.values());
        let mean = mean(&y)?;
        let middle = mean_of(&x);
        let spread: f64 = x.iter().map(|x| (x - middle).powi(2)).sum();
        let product: f64 = x.iter().zip(&y).map(|(x, y)| (x - middle) * (y - mean)).sum();
        let slope = if spread > 0.0 { product / spread } else { 0.0 };
        Some(Self { metric, mean, slope, least: 0.0 })
    }

    /// A change that is smaller than this is none: of a metric that is 0, every share is nothing.
    pub(super) fn least(self, least: f64) -> Self {
        Self { least, ..self }
    }

    /// Compares with what was seen after. `apart` is the time between the middles of the two
    /// windows, s. A metric that grew anyway is expected to go on: that is not the action's fault.
    pub(super) fn compare(&self, after: &Series, apart: f64, harm: f64) -> Effect {
        let expected = self.mean + self.slope.max(0.0) * apart;
        let after = mean(&after.values());
        let verdict = match after {
            None => Verdict::Unknown,
            Some(after) if (after - expected).abs() < self.least => Verdict::Same,
            Some(after) if after > expected + expected.abs() * harm => Verdict::Worse,
            Some(after) if after < expected - expected.abs() * NOTHING => Verdict::Better,
            Some(_) => Verdict::Same,
        };
        Effect { metric: self.metric.clone(), before: self.mean, expected, after, verdict }
    }
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| mean_of(values))
}

fn mean_of(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Stamp;
    use crate::series::Point;

    fn series(values: &[f64]) -> Series {
        let point = |(second, value): (usize, &f64)| Point {
            at: Stamp { run: 0, monotonic_ns: second as u64 * 1_000_000_000, unix_ms: 0 },
            value: *value,
        };
        Series::new(values.iter().enumerate().map(point).collect())
    }

    fn verdict(before: &[f64], after: &[f64]) -> Verdict {
        let before = Before::of("m".to_owned(), &series(before)).unwrap();
        before.compare(&series(after), 10.0, 0.1).verdict
    }

    #[test]
    fn growth_that_went_on_is_no_harm() {
        assert_eq!(verdict(&[100.0, 100.0, 100.0], &[90.0]), Verdict::Better);
        assert_eq!(verdict(&[100.0, 100.0, 100.0], &[105.0]), Verdict::Same);
        assert_eq!(verdict(&[100.0, 100.0, 100.0], &[111.0]), Verdict::Worse);
        // 10 a second for 10 s more: 200 is expected.
        assert_eq!(verdict(&[90.0, 100.0, 110.0], &[200.0]), Verdict::Same);
        assert_eq!(verdict(&[90.0, 100.0, 110.0], &[150.0]), Verdict::Better);
        assert_eq!(verdict(&[90.0, 100.0, 110.0], &[230.0]), Verdict::Worse);
        assert_eq!(verdict(&[100.0], &[]), Verdict::Unknown);
        assert_eq!(Before::of("m".to_owned(), &series(&[])), None);
    }

    #[test]
    fn little_is_no_harm_to_what_was_nothing() {
        let before = Before::of("m".to_owned(), &series(&[0.0, 0.0])).unwrap().least(1_000.0);
        let verdict = |after| before.compare(&series(&[after]), 10.0, 0.1).verdict;
        assert_eq!(verdict(999.0), Verdict::Same);
        assert_eq!(verdict(1_001.0), Verdict::Worse);
        assert_eq!(verdict(0.0), Verdict::Same);
    }
}
