//! How what was read is judged.

use crate::config::section::section;
use crate::config::value::{Ratio, Size, choice};
use std::time::Duration;

const fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}

section! {
    /// Limits that several parts share.
    pub struct Thresholds {
        /// The bytes that the program may use. Unset: the limit of the cgroup that has the least
        /// room left, where it is below the memory of the machine, else that memory.
        memory_limit: one Option<Size> = None,
        /// The share of the limit in use at which memory pressure is low.
        pressure_low: one Ratio = Ratio(0.7),
        /// The share at which it is medium.
        pressure_medium: one Ratio = Ratio(0.85),
        /// The share at which it is critical.
        pressure_critical: one Ratio = Ratio(0.95),
    }
}

section! {
    /// Trends, leaks, anomalies and forecasts.
    pub struct Analysis {
        /// Whether series are analysed.
        enabled: one bool = true,
        /// The time between two analyses.
        interval: one Duration = Duration::from_secs(10),
        /// Growth within this time after the start counts as warm-up and not as a leak.
        warm_up: one Duration = minutes(5),
        /// How far back trends and leaks look.
        window: one Duration = minutes(6 * 60),
        /// The confidence from which growth is called a leak.
        leak_confidence: one Ratio = Ratio(0.9),
        /// How far ahead forecasts go, at most. They go as far ahead as was looked back, and that
        /// of a leak four times as far.
        forecast_horizon: one Duration = minutes(24 * 60),
    }
}

choice! {
    /// What the optimizer does with a suggestion.
    pub enum Optimize {
        /// Nothing.
        Off = "off",
        /// It says what it would do.
        Suggest = "suggest",
        /// It tries it, and adopts it if it helps.
        Apply = "apply",
    }
}

section! {
    /// Changes to the running program.
    pub struct Optimization {
        /// What the optimizer does with a suggestion. A mode that the program set is not lowered.
        mode: one Optimize = Optimize::Suggest,
        /// Trials at the same time.
        trials: one u32 = 1,
        /// A remedy is adopted if it saves at least this share.
        worth: one Ratio = Ratio(0.05),
    }
}
