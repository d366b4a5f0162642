//! What stands for the buckets of a distribution where the feature `histograms` is off: the number
//! of values.

#[derive(Clone, PartialEq)]
pub(super) struct Buckets(u64);

impl Buckets {
    pub(super) fn new(_highest: u64) -> Self {
        Self(0)
    }

    pub(super) fn record(&mut self, _value: u64, count: u64) {
        self.0 = self.0.saturating_add(count);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.0 = self.0.saturating_add(other.0);
    }

    pub(super) fn take(&mut self, earlier: &Self) {
        self.0 = self.0.saturating_sub(earlier.0);
    }

    pub(super) fn count(&self) -> u64 {
        self.0
    }

    /// Not known.
    #[expect(clippy::unused_self, reason = "the same face as with the feature")]
    pub(super) fn quantile(&self, _q: f64) -> Option<u64> {
        None
    }

    /// One bucket from the smallest to the largest value.
    pub(super) fn filled(&self, min: u64, max: u64) -> impl Iterator<Item = (u64, u64, u64)> + '_ {
        (self.0 > 0).then_some((min, max, self.0)).into_iter()
    }
}
