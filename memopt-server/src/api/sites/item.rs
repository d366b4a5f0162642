//! A site in the list.

use super::Said;
use memopt_report::{SiteReport, Stat};
use serde::Serialize;
use utoipa::ToSchema;

/// A site of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SiteItem {
    #[serde(flatten)]
    site: SiteFacts,
    /// What the detectors say of it.
    findings: usize,
    /// Whether it leaks.
    leaks: bool,
}

/// A site.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SiteFacts {
    /// 16 hexadecimal digits: the same in every run and on every machine.
    pub(crate) id: String,
    pub(crate) name: String,
    /// The part of the name before the function.
    module: String,
    function: String,
    /// `function`, `async_function`, `block`, `future`, `span`, `request`, `other`.
    kind: &'static str,
    /// As the compiler saw it.
    file: String,
    line: u32,
    /// Finished calls.
    calls: u64,
    /// Calls now open.
    open: u64,
    panics: u64,
    /// Bytes allocated, with the sites inside.
    bytes: u64,
    /// Blocks allocated, with the sites inside.
    allocs: u64,
    /// Bytes that the site itself allocated.
    self_bytes: u64,
    /// Blocks that the site itself allocated.
    self_allocs: u64,
    /// Bytes that the site itself allocated less those it freed.
    live_bytes: i64,
    reallocs: u64,
    bytes_per_call: Figures,
    /// The highest live bytes above entry.
    peak_per_call: Figures,
    /// Bytes not freed at exit.
    retained_per_call: Figures,
    /// Null where no call was timed.
    time_ns: Option<Time>,
    /// Bytes a call: `[low, high, calls]`, 16 at most.
    histogram: Vec<[u64; 3]>,
    /// The remedy that an attribute applies.
    treated_by: Option<&'static str>,
    /// Whether its calls are counted: `on`; `off` where somebody switched that off; `rests` where
    /// it cost more than it told.
    tracking: &'static str,
}

/// The middle and the end of a distribution.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Figures {
    mean: f64,
    p50: u64,
    p90: u64,
    p99: u64,
    max: u64,
}

/// Time of calls.
#[derive(Debug, Serialize, ToSchema)]
struct Time {
    /// Calls that were timed.
    samples: u64,
    mean: f64,
    median: Option<f64>,
    max: u64,
}

impl Figures {
    pub(crate) fn of(stat: &Stat) -> Self {
        Self {
            mean: stat.mean(),
            p50: stat.p50(),
            p90: stat.p90(),
            p99: stat.p99(),
            max: stat.max(),
        }
    }
}

/// Buckets of an inline histogram.
const BUCKETS: usize = 16;

impl SiteItem {
    pub(crate) fn of(site: &SiteReport, said: &Said) -> Self {
        Self {
            site: SiteFacts::of(site),
            findings: said.findings.get(&site.name).copied().unwrap_or(0),
            leaks: said.leaks.contains(&site.name),
        }
    }
}

impl SiteFacts {
    pub(crate) fn of(site: &SiteReport) -> Self {
        let (module, function) = site.name.rsplit_once("::").unwrap_or(("", &site.name));
        Self {
            id: site.id().to_string(),
            name: site.name.clone(),
            module: module.to_owned(),
            function: function.to_owned(),
            kind: site.kind.name(),
            file: site.file.clone(),
            line: site.line,
            calls: site.calls,
            open: site.open,
            panics: site.panics,
            bytes: site.inclusive.bytes,
            allocs: site.inclusive.allocs,
            self_bytes: site.self_bytes,
            self_allocs: site.self_allocs,
            live_bytes: site.own.live_bytes(),
            reallocs: site.reallocs,
            bytes_per_call: Figures::of(&site.bytes),
            peak_per_call: Figures::of(&site.peak),
            retained_per_call: Figures::of(&site.retained),
            time_ns: site.time.map(|time| Time {
                samples: time.samples,
                mean: time.mean_ns,
                median: time.median_ns,
                max: time.max_ns,
            }),
            histogram: buckets(&site.bytes, BUCKETS),
            treated_by: site.treated_by.map(memopt_report::Remedy::name),
            tracking: match (site.untracked, site.switched_off) {
                (true, _) => "off",
                (_, true) => "rests",
                _ => "on",
            },
        }
    }
}

/// The filled buckets of a distribution, neighbours put together until there are so many at most.
pub(crate) fn buckets(stat: &Stat, most: usize) -> Vec<[u64; 3]> {
    let all: Vec<(u64, u64, u64)> = stat.buckets().collect();
    let each = all.len().div_ceil(most.max(1)).max(1);
    let join = |part: &[(u64, u64, u64)]| {
        let count = part.iter().map(|(_, _, count)| count).sum();
        [part.first().map_or(0, |it| it.0), part.last().map_or(0, |it| it.1), count]
    };
    all.chunks(each).map(join).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_put_together_and_none_is_lost() {
        let mut stat = Stat::new();
        for value in 0..100 {
            stat.record(value * 7, value + 1);
        }
        let few = buckets(&stat, 16);
        assert!(few.len() <= 16, "{}", few.len());
        assert_eq!(few.iter().map(|bucket| bucket[2]).sum::<u64>(), stat.count());
        assert!(few.windows(2).all(|pair| pair[0][1] < pair[1][0]), "{few:?}");
        assert_eq!(buckets(&Stat::new(), 16), Vec::<[u64; 3]>::new());
    }
}
