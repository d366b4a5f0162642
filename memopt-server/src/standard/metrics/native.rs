//! Prometheus's native histograms, made of the buckets of our distributions.
//!
//! Schema 3: 8 buckets an octave, each 9 % wider than the one below; bucket `i` holds values above
//! 2^((i-1)/8), up to 2^(i/8). Ours are exact below 32 and at most 1/16 of their value wide above,
//! so the whole of one goes where its middle lies: at most half of its width, 3 % of the value, is
//! misplaced. Nothing else decides where it goes, so that no bucket ever falls.

use crate::app::Named;
use memopt_report::{Report, SiteReport, Stat};
use std::collections::BTreeMap;

/// Buckets an octave, as a power of two.
pub(super) const SCHEMA: i32 = 3;
/// 2^-128: what clients of Prometheus take for zero.
pub(super) const ZERO: f64 = 2.938_735_877_055_719e-39;

/// A histogram, as it is written.
#[derive(Debug, PartialEq)]
pub(super) struct Native {
    pub(super) count: u64,
    pub(super) sum: u64,
    pub(super) zeros: u64,
    /// Runs of buckets: the distance from the one before, or the index of the first; how many.
    pub(super) spans: Vec<(i32, u32)>,
    /// The count of the first bucket, then differences from one to the next.
    pub(super) deltas: Vec<i64>,
}

/// One distribution of calls, for each of some sites.
#[derive(Debug)]
pub(super) struct Histograms {
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    pub(super) by_site: Vec<(String, Native)>,
}

type Read = fn(&SiteReport) -> &Stat;

const ALL: [(&str, &str, Read); 4] = [
    ("memopt_site_call_bytes", "Bytes that a call allocated.", |site| &site.bytes),
    ("memopt_site_call_blocks", "Blocks that a call allocated.", |site| &site.allocs),
    ("memopt_site_call_peak_bytes", "Highest live bytes of a call above its entry.", |site| {
        &site.peak
    }),
    ("memopt_site_call_retained_bytes", "Bytes that a call allocated and did not free.", |site| {
        &site.retained
    }),
];

/// The sum of the sites that are not told by name.
const OTHER: &str = "other";

/// Those of the sites that are or once were among the `most` that allocated most, twice as many at
/// most, and of all others together as `other`.
pub(super) fn of(
    report: &Report,
    named: &mut Named,
    most: usize,
    longest: usize,
) -> Vec<Histograms> {
    let labels: Vec<String> =
        report.sites().iter().map(|site| label(&site.name, longest)).collect();
    let leave = named.tell(labels.iter().take(most), most * 2);
    let told: Vec<bool> = labels.iter().map(|label| named.is_told(label)).collect();
    let mut all = Vec::with_capacity(ALL.len());
    for ((name, help, read), left) in ALL.into_iter().zip(&mut named.left) {
        // Two sites of one name are one series.
        let (mut sums, mut others) = (BTreeMap::<&str, Stat>::new(), Stat::new());
        for ((site, label), is_told) in report.sites().iter().zip(&labels).zip(&told) {
            let stat = read(site);
            if stat.count() == 0 {
                continue;
            }
            if leave.contains(label.as_str()) {
                left.merge(stat);
            }
            if *is_told {
                sums.entry(label).or_default().merge(stat);
            } else {
                others.merge(stat);
            }
        }
        others.merge(left);
        if others.count() > 0 {
            sums.insert(OTHER, others);
        }
        let told = |(site, stat): (&str, Stat)| (site.to_owned(), Native::of(&stat));
        all.push(Histograms { name, help, by_site: sums.into_iter().map(told).collect() });
    }
    all
}

/// How a site is told. The site of what came when records were full has the name of the sum.
fn label(name: &str, longest: usize) -> String {
    match name {
        OTHER => "other (records full)".to_owned(),
        name => name.chars().take(longest).collect(),
    }
}

/// The bucket of a value above zero.
fn index(value: f64) -> i32 {
    (value.log2() * f64::from(1 << SCHEMA)).ceil() as i32
}

impl Native {
    pub(super) fn of(stat: &Stat) -> Self {
        let mut counts: BTreeMap<i32, u64> = BTreeMap::new();
        let mut zeros = 0;
        for (low, high, count) in stat.buckets() {
            let middle = f64::midpoint(low as f64, high as f64);
            if middle == 0.0 {
                zeros += count;
            } else {
                *counts.entry(index(middle)).or_default() += count;
            }
        }
        let (mut spans, mut deltas) = (Vec::<(i32, u32)>::new(), Vec::with_capacity(counts.len()));
        let (mut next, mut before) = (None, 0_i64);
        for (index, count) in counts {
            match (next, spans.last_mut()) {
                (Some(next), Some(span)) if next == index => span.1 += 1,
                (next, _) => spans.push((index - next.unwrap_or(0), 1)),
            }
            next = Some(index + 1);
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            deltas.push(count - before);
            before = count;
        }
        Self { count: stat.count(), sum: stat.total(), zeros, spans, deltas }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_lies_in_its_bucket() {
        for value in 1..100_000_u32 {
            let index = f64::from(index(f64::from(value)));
            let (low, high) = (2_f64.powf((index - 1.0) / 8.0), 2_f64.powf(index / 8.0));
            let value = f64::from(value);
            assert!(low < value * (1.0 + 1e-12) && value <= high * (1.0 + 1e-12), "{value}");
        }
        assert_eq!([1.0, 2.0, 4.0, 1024.0].map(index), [0, 8, 16, 80]);
    }

    #[test]
    fn spans_and_differences_are_those_of_the_format() {
        let mut stat = Stat::new();
        for (value, count) in [(0, 5), (1, 7), (1_000, 3), (1_050, 2), (1_000_000, 1)] {
            stat.record(value, count);
        }
        let native = Native::of(&stat);
        assert_eq!((native.count, native.zeros), (18, 5));
        // 1 is in bucket 0; 1,000 in 80; 1,050 in 81; 1,000,000 in 160.
        assert_eq!(native.spans, [(0, 1), (79, 2), (78, 1)]);
        assert_eq!(native.deltas, [7, -4, -1, -1]);
        let empty = Native::of(&Stat::new());
        assert!(empty.count == 0 && empty.spans.is_empty() && empty.deltas.is_empty());
    }

    /// The count of each bucket by its index.
    fn counts(native: &Native) -> BTreeMap<i32, i64> {
        let (mut at, mut count) = (0, 0);
        let mut deltas = native.deltas.iter();
        let mut all = BTreeMap::new();
        for (offset, length) in &native.spans {
            at += offset;
            for _ in 0..*length {
                count += deltas.next().unwrap();
                all.insert(at, count);
                at += 1;
            }
        }
        all
    }

    #[test]
    fn no_bucket_falls_where_an_extreme_value_comes() {
        let mut stat = Stat::new();
        stat.record(1_100, 10);
        let before = counts(&Native::of(&stat));
        for extreme in [5_000, 1] {
            stat.record(extreme, 1);
            let after = counts(&Native::of(&stat));
            for (index, count) in &before {
                assert!(after.get(index) >= Some(count), "{index}: {before:?} {after:?}");
            }
        }
    }

    fn scrape(named: &mut Named, sites: &[(&str, u64)]) -> Vec<(String, u64)> {
        let site = |(name, calls): &(&str, u64)| {
            let mut site = SiteReport::empty(name, memopt_report::SiteKind::Function);
            site.bytes.record(10, *calls);
            site
        };
        let report = Report::empty(memopt_report::Status::Counting)
            .with_sites(sites.iter().map(site).collect(), memopt_report::Tree::default());
        let told = of(&report, named, 2, 300).remove(0).by_site;
        told.into_iter().map(|(name, native)| (name, native.count)).collect()
    }

    fn expected(all: &[(&str, u64)]) -> Vec<(String, u64)> {
        all.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
    }

    #[test]
    fn what_is_over_the_limit_is_other_and_never_falls() {
        let mut named = Named::default();
        let first = scrape(&mut named, &[("a", 9), ("b", 8), ("c", 4), ("d", 3), ("a", 1)]);
        assert_eq!(first, expected(&[("a", 10), ("b", 8), ("other", 7)]));
        // `c` overtakes: it is told by name, and what it had stays in the sum.
        let second = scrape(&mut named, &[("c", 20), ("a", 9), ("b", 8), ("d", 4), ("a", 1)]);
        assert_eq!(second, expected(&[("a", 10), ("b", 8), ("c", 20), ("other", 24)]));
        // A new one was in no sum. Who is told stays so; then there is no room for `f`.
        let all = [("e", 30), ("f", 25), ("c", 20), ("a", 10), ("b", 9), ("d", 4)];
        let third = scrape(&mut named, &all);
        assert_eq!(third, expected(&[("a", 10), ("b", 9), ("c", 20), ("e", 30), ("other", 49)]));
    }

    #[test]
    fn a_site_with_the_name_of_the_sum_is_told_apart() {
        let told = scrape(&mut Named::default(), &[("other", 9), ("b", 8), ("c", 4)]);
        assert_eq!(told, expected(&[("b", 8), ("other", 4), ("other (records full)", 9)]));
    }
}
