//! The boundary of the statistical models: twice the largest distance of late.
//!
//! Distances of real series have heavy tails, so a fixed number of standard deviations is passed
//! every hour in one series and never in another. The largest distance seen is a boundary that each
//! series sets for itself:
//!
//! ```text
//! evidence = 0                                    where a <= 2 * record
//!          = q^2 / (q^2 + 1 / BOUNDARY - 1)       q = a / (2 * record)
//! record   = max(a, record * exp(-1 / 2000))      after each reading
//! ```

use super::score::BOUNDARY;

/// Readings in which a record falls to 37 %.
const FORGET_READINGS: f64 = 2000.0;
/// Times the record at which the boundary lies.
const TIMES: f64 = 2.0;

/// The largest distance of late.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Record {
    largest: f64,
}

impl Record {
    /// What this distance is evidence of: 0, or [`BOUNDARY`] to 1. `floor` is the distance below
    /// which nothing is unusual.
    pub(super) fn judge(&mut self, distance: f64, floor: f64) -> f64 {
        let quotient = distance / (TIMES * self.largest.max(floor));
        self.largest = (self.largest * (-1.0 / FORGET_READINGS).exp()).max(distance);
        // Zero by zero is no number.
        if quotient.is_nan() || quotient <= 1.0 {
            return 0.0;
        }
        let square = quotient.min(1e9) * quotient.min(1e9);
        square / (square + 1.0 / BOUNDARY - 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twice_the_record_is_the_boundary() {
        let mut record = Record::default();
        record.judge(1.0, 1.0);
        let mut copy = record;
        let below = copy.judge(1.9, 0.0);
        assert!((record.judge(2.001, 0.0) - BOUNDARY).abs() < 1e-3);
        // 2 is the record now.
        assert_eq!((below, record.judge(3.9, 0.0)), (0.0, 0.0));
    }

    #[test]
    fn no_distance_breaks_it() {
        let mut record = Record::default();
        for distance in [0.0, f64::INFINITY, f64::NAN, 0.0, f64::MAX, 5e-324] {
            assert!((0.0..=1.0).contains(&record.judge(distance, 0.0)), "{distance}");
        }
    }
}
