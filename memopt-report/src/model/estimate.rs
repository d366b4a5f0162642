//! Quantities estimated from a random sample of blocks, and how sure they are.

#[cfg(feature = "json")]
use serde::{Deserialize, Serialize};

/// Blocks and bytes, estimated from the sampled ones.
///
/// A block of `s` bytes is sampled with probability `p = 1 − exp(−s / interval)` and then stands
/// for `1 / p` blocks and `s / p` bytes (Horvitz and Thompson 1952), so the sums are unbiased
/// whatever the sizes, and stay so when the interval changes. Where every block is tracked all
/// figures are exact.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Estimate {
    /// Sampled blocks behind the figures.
    pub samples: u64,
    /// Blocks.
    pub blocks: u64,
    /// Bytes.
    pub bytes: u64,
    /// Estimated variance of `bytes`: the sum of `(1 − p) (s / p)²`.
    pub bytes_variance: f64,
    /// The most bytes that one sample stands for, beyond its own; 0 if every block was tracked. It
    /// stays when no sample is left, as the amount that may have gone unnoticed.
    pub largest_weight: f64,
}

impl Estimate {
    /// Blocks and bytes that are known, not estimated.
    pub fn exact(blocks: u64, bytes: u64) -> Self {
        Self { samples: blocks, blocks, bytes, ..Self::default() }
    }

    /// The 95 % confidence interval of `bytes`.
    ///
    /// Fay and Feuer's (1997) for weighted sums of Poisson counts: quantiles of the gamma
    /// distribution with the mean and variance of the sum, for the upper end those of one sample
    /// more. It keeps its coverage with few samples, where a normal one does not. Quantiles by
    /// Wilson and Hilferty (1931).
    pub fn bytes_interval(&self) -> (u64, u64) {
        let (sum, variance, weight) = (self.bytes as f64, self.bytes_variance, self.largest_weight);
        let low = if variance > 0.0 { gamma_quantile(sum, variance, -Z) } else { sum };
        let high = if weight > 0.0 {
            gamma_quantile(sum + weight, variance + weight * weight, Z)
        } else {
            sum
        };
        (low.max(0.0) as u64, high.ceil() as u64)
    }

    /// Adds another, of other blocks.
    pub fn add(&mut self, other: &Self) {
        self.samples = self.samples.saturating_add(other.samples);
        self.blocks = self.blocks.saturating_add(other.blocks);
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.bytes_variance += other.bytes_variance;
        self.largest_weight = self.largest_weight.max(other.largest_weight);
    }
}

/// The normal distribution's quantile of 97.5 %.
const Z: f64 = 1.959_964;

/// The quantile, given as that of the normal distribution, of the gamma distribution with this mean
/// and variance.
fn gamma_quantile(mean: f64, variance: f64, z: f64) -> f64 {
    let shape = mean * mean / variance;
    let ninth = 1.0 / (9.0 * shape);
    let root = 1.0 - ninth + z * ninth.sqrt();
    mean * root.max(0.0).powi(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `n` samples of small blocks, each standing for 1000 bytes.
    fn of(n: u64) -> Estimate {
        Estimate {
            samples: n,
            blocks: n,
            bytes: n * 1000,
            bytes_variance: n as f64 * 1e6,
            largest_weight: if n > 0 { 1000.0 } else { 0.0 },
        }
    }

    #[test]
    fn ten_samples_have_the_interval_of_a_poisson_count_of_ten() {
        // Garwood's exact interval for 10 is 4.795 to 18.390.
        let (low, high) = of(10).bytes_interval();
        assert!((4_750..=4_850).contains(&low), "{low}");
        assert!((18_300..=18_450).contains(&high), "{high}");
    }

    #[test]
    fn one_sample_says_little() {
        // Garwood's for 1 is 0.0253 to 5.572; the cube is off by little for so small a count.
        let (low, high) = of(1).bytes_interval();
        assert!(low < 60, "{low}");
        assert!((5_400..=5_700).contains(&high), "{high}");
    }

    #[test]
    fn no_sample_says_how_much_would_have_shown() {
        // Garwood's for 0 ends at 3.689.
        let none = Estimate { largest_weight: 1000.0, ..Estimate::default() };
        let (low, high) = none.bytes_interval();
        assert_eq!(low, 0);
        assert!((3_600..=3_750).contains(&high), "{high}");
    }

    #[test]
    fn what_was_tracked_wholly_is_known() {
        let exact = Estimate { samples: 3, blocks: 3, bytes: 300, ..Estimate::default() };
        assert_eq!(exact.bytes_interval(), (300, 300));
    }
}
