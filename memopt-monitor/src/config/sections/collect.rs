//! What is read, and how often.

use crate::config::section::section;
use crate::config::value::{Ratio, Size, choice};
use std::time::Duration;

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

choice! {
    /// Which blocks of the heap are recorded.
    pub enum HeapSampling {
        /// None.
        Off = "off",
        /// One in so many bytes.
        Sampled = "sampled",
        /// Every block: for tests and staging.
        Exact = "exact",
    }
}

section! {
    /// Profiles: which blocks are sampled, and when a profile is kept.
    pub struct Profiling {
        /// Which blocks of the heap are recorded.
        heap: one HeapSampling = HeapSampling::Sampled,
        /// The mean number of bytes between two sampled blocks. A smaller number is finer and costs
        /// more.
        sample_every: one Size = Size(512 << 10),
        /// How long an activity profile takes.
        activity_duration: one Duration = seconds(10),
        /// A heap profile is kept in this interval. Unset: only rules and requests keep one.
        every: one Option<Duration> = None,
        /// The name of the kept profile that others are compared with.
        baseline: one String = "baseline".to_owned(),
    }
}

section! {
    /// The worker: what it reads, how often, and what it may cost.
    pub struct Monitoring {
        /// Whether the monitor runs.
        enabled: one bool = true,
        /// The time between two readings.
        interval: one Duration = seconds(1),
        /// The time between two readings of what is expensive to read: the pages of the process and
        /// the allocator's own figures.
        slow_interval: one Duration = seconds(10),
        /// The name of the program in alerts, bundles and metrics. Unset: its file's name.
        program: one Option<String> = None,
        /// The name of this instance among others of the program. Unset: the program and the host,
        /// `shop@web1`, and the process id if another process has that name already.
        instance: one Option<String> = None,
        /// The version of the program, which is sent with metrics and profiles. Unset: none is
        /// sent.
        version: one Option<String> = None,
        /// How many sites, threads and pools have series of their own, each. The others are summed
        /// in `other`.
        top: one u32 = 100,
        /// Sources that are not read, by name.
        without: one Vec<String> = Vec::new(),
        /// The share of one core that the monitor may take. Above it intervals become longer.
        cpu_budget: one Ratio = Ratio(0.01),
        /// The bytes that the monitor may hold. The history has half of them at most, as they were
        /// at the start.
        memory_budget: one Size = Size(32 << 20),
        /// A reading that is older than this is absent. A longer pause between two is a gap. At
        /// least three times `slow_interval`, and it is three intervals at least, also where the
        /// governor made them longer.
        stale_after: one Duration = seconds(30),
        /// How often the file is checked for changes.
        reload_every: one Duration = seconds(5),
    }
}
