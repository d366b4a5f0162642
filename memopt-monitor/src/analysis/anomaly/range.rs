//! The range of a series: known beforehand, or what was seen so far.

/// Readings after which a seen extreme has come 63 % nearer to the slow mean. Without this, one
/// absurd value would blind the models that measure in shares of the range.
const FORGET_READINGS: f64 = 20_000.0;

#[derive(Clone, Copy, Debug)]
pub(super) struct Range {
    low: f64,
    high: f64,
    known: bool,
}

impl Range {
    /// A range nobody told: it is that of the readings.
    pub(super) fn seen() -> Self {
        Self { low: f64::INFINITY, high: f64::NEG_INFINITY, known: false }
    }

    /// A range told beforehand. A reading outside widens it.
    pub(super) fn known(low: f64, high: f64) -> Self {
        Self { low, high, known: true }
    }

    /// Takes the reading in. A range that was not told shrinks slowly towards `middle`.
    pub(super) fn take(&mut self, value: f64, middle: f64) {
        if !self.known && self.low <= self.high {
            self.low += (middle - self.low).max(0.0) / FORGET_READINGS;
            self.high -= (self.high - middle).max(0.0) / FORGET_READINGS;
        }
        self.low = self.low.min(value);
        self.high = self.high.max(value);
    }

    /// Highest less lowest. Zero for a constant series.
    pub(super) fn width(&self) -> f64 {
        (self.high - self.low).max(0.0)
    }

    /// The nearest of so many even steps of the range.
    pub(super) fn round(&self, value: f64, steps: f64) -> f64 {
        let width = self.width();
        if width == 0.0 {
            return value;
        }
        ((value - self.low) / width * steps).round() / steps * width + self.low
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seen_range_forgets_and_a_known_one_does_not() {
        let (mut seen, mut known) = (Range::seen(), Range::known(0.0, 100.0));
        seen.take(100.0, 0.0);
        for _ in 0..20_000 {
            seen.take(0.0, 0.0);
            known.take(0.0, 0.0);
        }
        assert!((seen.width() - 100.0 / std::f64::consts::E).abs() < 0.1, "{seen:?}");
        assert!((known.width() - 100.0).abs() < 1e-9, "{known:?}");
    }

    #[test]
    fn values_are_rounded_to_steps_of_the_range() {
        let range = Range::known(10.0, 20.0);
        let mut flat = Range::seen();
        flat.take(5.0, 5.0);
        assert!((range.round(13.4, 10.0) - 13.0).abs() < 1e-12);
        assert!((flat.round(5.0, 10.0) - 5.0).abs() < 1e-12);
    }
}
