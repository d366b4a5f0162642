//! What pools, caches, arenas and lazily loaded values hold for the program.

use super::{Frame, Source};
use crate::metric::{Metric, Unit};
use crate::series::Key;
use memopt_runtime::__private::reclaimables;
use std::collections::BTreeMap;

/// Bytes held, all together.
pub const TOTAL_IDLE: Metric = Metric::gauge(
    "reclaimable.total",
    Unit::Bytes,
    "Bytes that pools, caches, arenas and lazily loaded values hold unused.",
);
/// Bytes held.
pub const IDLE: Metric = Metric::gauge(
    "reclaimable.idle",
    Unit::Bytes,
    "Bytes that the pool, cache or arena holds unused, for later use.",
)
.by("holder");
/// Objects in use.
pub const LIVE: Metric = Metric::gauge(
    "reclaimable.live",
    Unit::Count,
    "Objects of the pool, cache or arena that the program has now.",
)
.by("holder");
/// Requests served.
pub const HITS: Metric = Metric::counter(
    "reclaimable.hits",
    Unit::Count,
    "Requests that were served from what was held.",
)
.by("holder");
/// Requests not served.
pub const MISSES: Metric = Metric::counter(
    "reclaimable.misses",
    Unit::Count,
    "Requests for which something had to be made, loaded or grown.",
)
.by("holder");
/// Objects let go.
pub const RELEASED: Metric = Metric::counter(
    "reclaimable.released",
    Unit::Count,
    "Objects that were let go instead of held: over a limit, evicted, trimmed.",
)
.by("holder");
/// Retries.
pub const CONTENTION: Metric =
    Metric::counter("reclaimable.contention", Unit::Count, "Contended accesses that had to retry.")
        .by("holder");
/// How many are not told.
pub const LEFT_OUT: Metric = Metric::gauge(
    "reclaimable.left_out",
    Unit::Count,
    "Holders that are not told by name; their bytes are in `reclaimable.total`.",
);

const METRICS: &[Metric] = &[TOTAL_IDLE, IDLE, LIVE, HITS, MISSES, RELEASED, CONTENTION, LEFT_OUT];

/// Asks everything that holds memory for later.
#[derive(Debug)]
pub struct Reclaimables {
    most: usize,
}

impl Reclaimables {
    /// Reports this many by name, those that came first, so that series do not come and go.
    pub fn new(most: usize) -> Self {
        Self { most }
    }
}

impl Source for Reclaimables {
    fn name(&self) -> &'static str {
        "reclaimable"
    }

    fn metrics(&self) -> &'static [Metric] {
        METRICS
    }

    fn read(&mut self, frame: &mut Frame) {
        let all = reclaimables();
        let idle: u64 = all.iter().map(|one| one.idle_bytes).sum();
        frame.add(Key::new(TOTAL_IDLE.name), idle as f64);
        // Two of one name and remedy are one series.
        let mut index: BTreeMap<String, usize> = BTreeMap::new();
        let mut sums: Vec<(String, [u64; 6])> = Vec::new();
        for one in &all {
            let name = format!("{} {}", one.remedy.name(), one.name);
            let at = *index.entry(name.clone()).or_insert_with(|| {
                sums.push((name, [0; 6]));
                sums.len() - 1
            });
            let values =
                [one.idle_bytes, one.live, one.hits, one.misses, one.released, one.contention];
            sums[at].1.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
        }
        frame.add(Key::new(LEFT_OUT.name), sums.len().saturating_sub(self.most) as f64);
        for (name, values) in sums.into_iter().take(self.most) {
            let metrics = [IDLE, LIVE, HITS, MISSES, RELEASED, CONTENTION];
            for (metric, value) in metrics.into_iter().zip(values) {
                let key = Key::new(metric.name).of("holder", name.as_str());
                frame.add(key, value as f64);
            }
        }
    }
}
