//! Futures that are alive, by the site they began at.

use super::{Frame, Source};
use crate::metric::{Metric, Unit};
use crate::series::Key;
use memopt_runtime::__private::live_tasks;
use std::collections::BTreeMap;

/// All of them.
pub const LIVE: Metric = Metric::gauge(
    "tasks.live",
    Unit::Count,
    "Tracked futures that are alive: from their first pending poll to their end.",
);
/// By site.
pub const LIVE_OF: Metric = Metric::gauge(
    "tasks.live.of",
    Unit::Count,
    "Tracked futures of the site that are alive; `other` is all sites that are not told by name.",
)
.by("site");
/// How many sites are in `other`.
pub const LEFT_OUT: Metric = Metric::gauge(
    "tasks.left_out",
    Unit::Count,
    "Sites with live futures that are not told by name: they are summed in `other`.",
);

const METRICS: &[Metric] = &[LIVE, LIVE_OF, LEFT_OUT];

/// Counts the tracked futures.
#[derive(Debug)]
pub struct Tasks {
    most: usize,
}

impl Tasks {
    /// Reports this many sites by name.
    pub fn new(most: usize) -> Self {
        Self { most }
    }
}

impl Source for Tasks {
    fn name(&self) -> &'static str {
        "tasks"
    }

    fn metrics(&self) -> &'static [Metric] {
        METRICS
    }

    fn read(&mut self, frame: &mut Frame) {
        let tasks = live_tasks();
        let sum = |live: &mut dyn Iterator<Item = u64>| live.sum::<u64>() as f64;
        frame.add(Key::new(LIVE.name), sum(&mut tasks.iter().map(|(_, live)| *live)));
        if tasks.is_empty() {
            return;
        }
        // Several sites of one name are one series.
        let mut by_name: BTreeMap<String, u64> = BTreeMap::new();
        for (site, live) in &tasks {
            *by_name.entry(site.full_name()).or_default() += live;
        }
        let (mut others, mut told): (Vec<_>, Vec<_>) =
            by_name.into_iter().partition(|(name, _)| name == "other");
        told.sort_by_key(|(_, live)| std::cmp::Reverse(*live));
        others.extend(told.split_off(self.most.min(told.len())));
        for (name, live) in told {
            frame.add(Key::new(LIVE_OF.name).of("site", name), live as f64);
        }
        if !others.is_empty() {
            let live = sum(&mut others.iter().map(|(_, live)| *live));
            frame.add(Key::new(LIVE_OF.name).of("site", "other"), live);
        }
        frame.add(Key::new(LEFT_OUT.name), others.len() as f64);
    }
}
