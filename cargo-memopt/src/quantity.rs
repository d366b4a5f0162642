//! The five quantities that are compared and limited, as exact numbers.
//!
//! A mean is kept as a fraction, so that two runs are compared without rounding. Times are not
//! here: no gate rests on them.

use memopt_report::{Report, SiteReport, units};
use std::cmp::Ordering;

/// What is compared and limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Quantity {
    /// Blocks allocated.
    Allocs,
    /// Bytes allocated.
    Bytes,
    /// Most bytes in use at once.
    Peak,
    /// Bytes not freed when the call or run ended.
    Retained,
    /// Calls of `realloc`.
    Reallocs,
}

impl Quantity {
    /// All of them, in the order they are shown.
    pub(crate) const ALL: [Self; 5] =
        [Self::Bytes, Self::Allocs, Self::Reallocs, Self::Peak, Self::Retained];

    /// The key in `memopt.toml` and in JSON.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Allocs => "allocs",
            Self::Bytes => "bytes",
            Self::Peak => "peak",
            Self::Retained => "retained",
            Self::Reallocs => "reallocs",
        }
    }

    /// The quantity of this key.
    pub(crate) fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|quantity| quantity.key() == key)
    }

    /// What it is called in a sentence and in a table.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Allocs => "blocks",
            Self::Bytes => "bytes",
            Self::Peak => "peak",
            Self::Retained => "retained",
            Self::Reallocs => "reallocations",
        }
    }

    /// Whether it is counted in bytes.
    pub(crate) fn is_bytes(self) -> bool {
        matches!(self, Self::Bytes | Self::Peak | Self::Retained)
    }

    /// A value as people read it.
    pub(crate) fn show(self, value: f64) -> String {
        match self.is_bytes() {
            true if value < 1000.0 && value.fract() > 0.005 => format!("{} B", units::mean(value)),
            true => units::bytes(value.round().max(0.0) as u64),
            false => units::mean(value),
        }
    }

    /// An exact value, with all of its digits: `4,567 B`.
    pub(crate) fn show_exact(self, value: u64) -> String {
        if self.is_bytes() { format!("{} B", units::count(value)) } else { units::count(value) }
    }

    /// What the whole run did. The peak is the largest that a call of any site held.
    pub(crate) fn of_run(self, report: &Report) -> u64 {
        let total = report.total();
        match self {
            Self::Allocs => total.allocs,
            Self::Bytes => total.bytes,
            Self::Reallocs => total.reallocs,
            Self::Peak => report.sites().iter().map(|site| site.peak.max()).max().unwrap_or(0),
            Self::Retained => u64::try_from(total.live_bytes()).unwrap_or(0),
        }
    }

    /// The mean over the calls of a site, inner sites included; of the peak, its largest.
    pub(crate) fn of_call(self, site: &SiteReport) -> Fraction {
        let mean = |stat: &memopt_report::Stat| Fraction::new(stat.total(), stat.count());
        match self {
            Self::Allocs => mean(&site.allocs),
            Self::Bytes => mean(&site.bytes),
            Self::Retained => mean(&site.retained),
            Self::Peak => Fraction::new(site.peak.max(), 1),
            Self::Reallocs => Fraction::new(site.inclusive.reallocs, site.calls),
        }
    }

    /// The most that one call of a site did; the mean of reallocations, which are not kept a call.
    pub(crate) fn of_largest_call(self, site: &SiteReport) -> Fraction {
        match self {
            Self::Allocs => Fraction::new(site.allocs.max(), 1),
            Self::Bytes => Fraction::new(site.bytes.max(), 1),
            Self::Retained => Fraction::new(site.retained.max(), 1),
            Self::Peak | Self::Reallocs => self.of_call(site),
        }
    }

    /// What the site did itself, all calls; none where that is not known.
    pub(crate) fn of_own(self, site: &SiteReport) -> Option<u64> {
        match self {
            Self::Allocs => Some(site.self_allocs),
            Self::Bytes => Some(site.self_bytes),
            Self::Reallocs => Some(site.reallocs),
            Self::Peak | Self::Retained => None,
        }
    }
}

/// A number of things over a number of calls, exact.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Fraction {
    sum: u64,
    calls: u64,
}

impl Fraction {
    /// Nothing, where there were no calls.
    pub(crate) const fn new(sum: u64, calls: u64) -> Self {
        if calls == 0 { Self { sum: 0, calls: 1 } } else { Self { sum, calls } }
    }

    /// As a number, rounded.
    pub(crate) fn value(self) -> f64 {
        self.sum as f64 / self.calls.max(1) as f64
    }

    /// Whether it is above a whole number.
    pub(crate) fn exceeds(self, limit: u64) -> bool {
        u128::from(self.sum) > u128::from(limit) * u128::from(self.calls.max(1))
    }

    /// Whether it is above `before` by more than this many millionths of it.
    pub(crate) fn grew_by_more_than(self, before: Self, millionths: u64) -> bool {
        // A product of three numbers below 2^64 may not fit: the largest are scaled down together.
        let (mut a, mut b) = (self.cross(before), before.cross(self));
        while a.max(b) > u128::MAX >> 40 {
            (a, b) = (a >> 1, b >> 1);
        }
        a * 1_000_000 > b * u128::from(1_000_000 + millionths.min(1 << 38))
    }

    fn cross(self, other: Self) -> u128 {
        u128::from(self.sum) * u128::from(other.calls.max(1))
    }
}

impl PartialEq for Fraction {
    fn eq(&self, other: &Self) -> bool {
        self.cross(*other) == other.cross(*self)
    }
}

impl Eq for Fraction {}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Fraction {
    fn cmp(&self, other: &Self) -> Ordering {
        self.cross(*other).cmp(&other.cross(*self))
    }
}

/// How a figure changed: `+12 %`, `×3.4`, `from 0`, `=`.
pub(crate) fn change(before: f64, after: f64) -> String {
    if before.total_cmp(&after).is_eq() {
        return "=".to_owned();
    }
    if before == 0.0 {
        return "from 0".to_owned();
    }
    let ratio = after / before;
    let percent = (ratio - 1.0) * 100.0;
    let sign = if percent < 0.0 { '−' } else { '+' };
    match percent.abs() {
        _ if after == 0.0 => "to 0".to_owned(),
        _ if ratio >= 1000.0 => "×>999".to_owned(),
        _ if ratio >= 10.0 => format!("×{ratio:.0}"),
        _ if ratio >= 2.995 => format!("×{ratio:.1}"),
        size if size < 0.1 => format!("{sign}<0.1 %"),
        size if size < 9.95 => format!("{sign}{size:.1} %"),
        size => format!("{sign}{size:.0} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_compared_without_rounding() {
        let third = Fraction::new(1, 3);
        assert_eq!(third, Fraction::new(1_000_000_000_000, 3_000_000_000_000));
        assert!(Fraction::new(u64::MAX, 3) > Fraction::new(u64::MAX - 1, 3));
        assert!(!Fraction::new(30, 3).exceeds(10) && Fraction::new(31, 3).exceeds(10));
    }

    #[test]
    fn growth_is_exact_at_its_limit() {
        let grew = |after, before, millionths| {
            Fraction::new(after, 1).grew_by_more_than(Fraction::new(before, 1), millionths)
        };
        assert!(!grew(100, 100, 0) && grew(101, 100, 0));
        assert!(!grew(105, 100, 50_000) && grew(106, 100, 50_000));
        assert!(grew(1, 0, 1_000_000), "from nothing is more than any share");
        assert!(grew(u64::MAX, u64::MAX / 3, 1_000_000));
        assert!(!grew(u64::MAX, u64::MAX / 3, 3_000_000));
    }

    #[test]
    fn a_change_is_short() {
        let cases = [
            (5.0, 5.0, "="),
            (0.0, 1.0, "from 0"),
            (4.0, 0.0, "to 0"),
            (100.0, 112.0, "+12 %"),
            (100.0, 50.0, "−50 %"),
            (1000.0, 1000.5, "+<0.1 %"),
            (100.0, 101.5, "+1.5 %"),
            (10.0, 34.0, "×3.4"),
            (1.0, 5000.0, "×>999"),
        ];
        for (before, after, text) in cases {
            assert_eq!(change(before, after), text);
        }
    }
}
