//! Futures that are alive, by the site they began at.

use super::{Frame, Source};
use crate::metric::{Metric, Unit};
use crate::series::Key;
use memopt_runtime::__private::live_tasks;

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
        let mut tasks = live_tasks();
        let sum = |tasks: &[(_, u64)]| tasks.iter().map(|(_, live)| *live).sum::<u64>() as f64;
        frame.add(Key::new(LIVE.name), sum(&tasks));
        if tasks.is_empty() {
            return;
        }
        tasks.sort_by_key(|(_, live)| std::cmp::Reverse(*live));
        let others = tasks.split_off(self.most.min(tasks.len()));
        for (site, live) in &tasks {
            frame.add(Key::new(LIVE_OF.name).of("site", site.full_name()), *live as f64);
        }
        if !others.is_empty() {
            frame.add(Key::new(LIVE_OF.name).of("site", "other"), sum(&others));
        }
        frame.add(Key::new(LEFT_OUT.name), others.len() as f64);
    }
}
