//! Which blocks are tracked: none, a random part chosen by bytes, or all.

use super::state::ThreadState;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// No block is sampled.
pub(crate) const OFF: u64 = 0;
/// Every block is tracked.
pub(crate) const EXACT: u64 = 1;

/// Mean number of bytes between two samples; [`OFF`] or [`EXACT`].
static INTERVAL: AtomicU64 = AtomicU64::new(OFF);
/// Whether blocks may be there that are sampled.
static EVER: AtomicU64 = AtomicU64::new(0);

/// The interval in force.
#[inline(always)]
pub(crate) fn get() -> u64 {
    INTERVAL.load(Relaxed)
}

/// Whether a block was ever sampled.
#[inline(always)]
pub(crate) fn was_ever_on() -> bool {
    EVER.load(Relaxed) != 0
}

/// Sets the interval; every thread takes it up at its next allocation.
pub(crate) fn set(interval: u64) {
    if interval != OFF {
        EVER.store(1, Relaxed);
    }
    INTERVAL.store(interval, Relaxed);
}

/// Bytes until the next sample: exponentially distributed, so that where samples fall is a Poisson
/// process over the bytes, and no period of the program's meets it in step.
pub(crate) fn next_gap(thread: &ThreadState, interval: u64) -> i64 {
    // A number in (0, 1], to 53 bits, of two draws.
    let bits = u64::from(thread.random()) << 21 ^ u64::from(thread.random()) >> 11;
    let uniform = (bits + 1) as f64 / (1u64 << 53) as f64;
    (-uniform.ln() * interval as f64).min(1e18) as i64
}

/// How likely a block of `size` bytes is sampled.
pub(crate) fn probability(size: u64, interval: u64) -> f64 {
    if interval <= EXACT {
        return 1.0;
    }
    // `exp_m1` keeps the digits where the size is small beside the interval.
    -(-(size.max(1) as f64) / interval as f64).exp_m1()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_as_large_as_the_interval_is_sampled_with_63_percent() {
        assert!((probability(512 << 10, 512 << 10) - 0.632_120_558_8).abs() < 1e-9);
        assert!((probability(64, 64_000_000) - 1e-6).abs() < 1e-11);
        assert!(probability(64, EXACT) >= 1.0);
    }

    #[test]
    fn gaps_have_the_mean_and_the_spread_of_the_exponential_distribution() {
        ThreadState::with(|thread| {
            let gaps: Vec<f64> = (0..100_000).map(|_| next_gap(thread, 1_000_000) as f64).collect();
            let mean = gaps.iter().sum::<f64>() / 1e5;
            let spread = (gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / 1e5).sqrt();
            // Standard errors of both are 0.3 %.
            assert!((mean - 1e6).abs() < 2e4, "{mean}");
            assert!((spread - 1e6).abs() < 3e4, "{spread}");
        });
    }
}
