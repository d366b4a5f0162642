//! The factors of a risk: from which value on each matters, how much it weighs, what to do.

use super::Inputs;
use std::fmt;

/// What a factor looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// Little is free below the limit.
    Headroom,
    /// The limit is reached soon.
    TimeToLimit,
    /// Something leaks.
    Leak,
    /// Memory behaves as it has not before.
    Anomaly,
    /// Tasks wait for memory.
    Pressure,
    /// The allocator holds much that is not in use.
    Fragmentation,
    /// Threads become more.
    ThreadGrowth,
    /// Tasks become more.
    TaskGrowth,
    /// Memory is swapped out.
    Swap,
    /// Pages are read back from disk.
    MajorFaults,
}

/// One factor.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Factor {
    /// What it looks at.
    pub cause: Cause,
    /// What it saw.
    pub value: f64,
    /// How bad that is by itself, 0 to 1.
    pub severity: f64,
    /// Its share of the score, 0 to 1; all shares add up to 1, if the score is not 0.
    pub share: f64,
}

/// A row: the weight, the value at which a factor begins to matter, and where it is at its worst.
struct Scale {
    weight: f64,
    fine: f64,
    worst: f64,
}

impl Cause {
    fn scale(self) -> Scale {
        let (weight, fine, worst) = match self {
            Self::Headroom => (0.9, 0.3, 0.03),
            // A day, ten minutes: on a scale of logarithms.
            Self::TimeToLimit => (0.9, 86_400f64.ln(), 600f64.ln()),
            Self::Leak => (0.6, 0.4, 0.95),
            Self::Anomaly => (0.35, 0.5, 1.0),
            Self::Pressure => (0.7, 0.01, 0.3),
            Self::Fragmentation => (0.3, 0.3, 0.8),
            Self::ThreadGrowth | Self::TaskGrowth => (0.4, 0.2, 3.0),
            Self::Swap => (0.45, 0.01, 0.5),
            Self::MajorFaults => (0.45, 1.0, 200.0),
        };
        Scale { weight, fine, worst }
    }

    /// 0 where the value is fine, 1 where it is at its worst, and in proportion between.
    fn severity(self, value: f64) -> f64 {
        let scale = self.scale();
        let value = if self == Self::TimeToLimit { value.max(1e-9).ln() } else { value };
        ((value - scale.fine) / (scale.worst - scale.fine)).clamp(0.0, 1.0)
    }
}

/// The factors that are known.
pub(super) fn all(inputs: &Inputs) -> impl Iterator<Item = Factor> + use<> {
    let rows = [
        (Cause::Headroom, inputs.headroom),
        (Cause::TimeToLimit, inputs.time_to_limit),
        (Cause::Leak, inputs.leak),
        (Cause::Anomaly, inputs.anomaly),
        (Cause::Pressure, inputs.pressure),
        (Cause::Fragmentation, inputs.fragmentation),
        (Cause::ThreadGrowth, inputs.thread_growth),
        (Cause::TaskGrowth, inputs.task_growth),
        (Cause::Swap, inputs.swap),
        (Cause::MajorFaults, inputs.major_faults),
    ];
    rows.into_iter().filter_map(|(cause, value)| {
        let value = value.filter(|value| !value.is_nan())?;
        Some(Factor { cause, value, severity: cause.severity(value), share: 0.0 })
    })
}

impl Factor {
    /// What the factor alone can bring the score to.
    pub fn weight(&self) -> f64 {
        self.cause.scale().weight
    }

    /// What to do, the first thing first.
    pub fn mitigation(&self) -> &'static [&'static str] {
        match self.cause {
            Cause::Headroom => &[
                "reclaim: trim pools, evict lazy values, purge the allocator",
                "lower the limits of caches and pools",
                "raise the memory limit if the working set is what the load needs",
            ],
            Cause::TimeToLimit => &[
                "take a heap profile now and another later, and compare them",
                "plan a restart before the limit is reached",
            ],
            Cause::Leak => &[
                "look at the site that the verdict names: what is put in and never taken out",
                "bound the collection, or drop entries by age",
            ],
            Cause::Anomaly => &[
                "mark the window and see what else changed in it",
                "compare with the last deployment and the load",
            ],
            Cause::Pressure => &[
                "reclaim, or let in less work until the stalls end",
                "see which neighbour in the same group uses memory",
            ],
            Cause::Fragmentation => &[
                "purge the allocator",
                "give short-lived blocks an arena, so that they do not lie between long-lived ones",
            ],
            Cause::ThreadGrowth => &[
                "find who starts threads and does not join them",
                "run the work on a pool of fixed size",
            ],
            Cause::TaskGrowth => &[
                "list the tasks that are alive by where they were spawned",
                "bound them with a semaphore, and give waits a time-out",
            ],
            Cause::Swap => &[
                "reclaim until nothing is swapped out",
                "switch swap off for the group, so that latency does not hide the shortage",
            ],
            Cause::MajorFaults => &[
                "leave room for the page cache of mapped files",
                "reclaim, so that pages in use stay resident",
            ],
        }
    }
}

impl fmt::Display for Factor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.value;
        let percent = 100.0 * value;
        match self.cause {
            Cause::Headroom => write!(f, "{percent:.1} % of the limit is free"),
            Cause::TimeToLimit if value.is_finite() => {
                let time = memopt_report::units::duration(value.max(0.0) * 1e9);
                write!(f, "the limit is reached in {time}")
            }
            Cause::TimeToLimit => f.write_str("the limit is not reached"),
            Cause::Leak if value <= 0.0 => f.write_str("no leak is suspected"),
            Cause::Leak => write!(f, "a leak is suspected with a confidence of {percent:.0} %"),
            Cause::Anomaly => write!(f, "the anomaly score is {value:.2}"),
            Cause::Pressure => write!(f, "tasks wait for memory {percent:.1} % of the time"),
            Cause::Fragmentation => {
                write!(f, "{percent:.0} % of what the allocator holds is not in use")
            }
            Cause::ThreadGrowth => write!(f, "threads grew by {percent:.0} %"),
            Cause::TaskGrowth => write!(f, "tasks grew by {percent:.0} %"),
            Cause::Swap => write!(f, "{percent:.1} % of the resident size is swapped out"),
            Cause::MajorFaults => write!(f, "{value:.1} pages a second are read back from disk"),
        }
    }
}
