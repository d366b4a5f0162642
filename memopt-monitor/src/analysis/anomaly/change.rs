//! Change point: a mean that moved and stays where it is.
//!
//! ```text
//! up   = max(0, up   + z - 1/2)        z = (x - slow mean) / standard deviation, within -4..4
//! down = max(0, down - z - 1/2)
//! a    = max(up, down)
//! ```
//!
//! The cumulative sum of Page 1954 with the allowance of half a standard deviation. `z` is cut at
//! 4, so that one spike cannot pass for a change. The mean follows the series, so a sum falls back
//! to zero when the series has settled on its new level.

/// Standard deviations that are forgiven.
const ALLOWANCE: f64 = 0.5;
/// Standard deviations that count of one reading.
const MOST: f64 = 4.0;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Change {
    up: f64,
    down: f64,
}

impl Change {
    /// How much speaks for a change, once this is in the sums.
    pub(super) fn push(&mut self, z: f64) -> f64 {
        let z = z.clamp(-MOST, MOST);
        self.up = (self.up + z - ALLOWANCE).max(0.0);
        self.down = (self.down - z - ALLOWANCE).max(0.0);
        self.up.max(self.down)
    }

    /// What was summed up belongs to another time.
    pub(super) fn gap(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_as_by_hand() {
        let mut change = Change::default();
        let sums: Vec<f64> = [1.0, 1.0, -2.0, 9.0, 0.0].map(|z| change.push(z)).to_vec();
        // Up 0.5, 1.0, 0, 3.5, 3.0; down 0, 0, 1.5, 0, 0.
        assert_eq!(sums, [0.5, 1.0, 1.5, 3.5, 3.0]);
        change.gap();
        assert!(change.push(0.0).abs() < 1e-12);
    }
}
