//! The monitor's own cost, as metrics like any other.

use crate::governor::Cost;
use crate::history::Held;
use crate::metric::{Metric, Unit};
use crate::series::Key;
use crate::source::Frame;

/// CPU time of the monitor's thread.
pub const CPU: Metric = Metric::gauge(
    "monitor.cpu",
    Unit::Ratio,
    "CPU time of the monitor's own thread, as a share of one core, smoothed over 15 s.",
);
/// CPU time of memopt on the observed threads.
pub const HOOK_CPU: Metric = Metric::gauge(
    "monitor.hook_cpu",
    Unit::Ratio,
    "Estimated CPU time that counting, scopes and heap samples take on the program's threads, as a \
     share of one core.",
)
.by("part");
/// Memory of the monitor.
pub const BYTES: Metric = Metric::gauge(
    "monitor.bytes",
    Unit::Bytes,
    "Bytes of the heap that memopt's own work holds: the monitor's history, states and verdicts, \
         and what the server has at hand. Where nobody counts them, those of the history.",
);
/// How often intervals have been doubled.
pub const LEVEL: Metric = Metric::gauge(
    "monitor.level",
    Unit::Count,
    "How many times the governor has doubled the intervals to stay within its budget.",
);
/// How long the last tick took.
pub const TICK: Metric = Metric::gauge(
    "monitor.tick",
    Unit::Seconds,
    "Time that the last reading took, from its beginning to its end.",
);
/// Ticks that were missed.
pub const MISSED: Metric = Metric::counter(
    "monitor.missed",
    Unit::Count,
    "Readings that did not happen because the process was suspended or a reading took too long.",
);
/// Readings that found no room.
pub const DROPPED: Metric = Metric::counter(
    "monitor.dropped",
    Unit::Count,
    "Readings that the history did not take because it holds as many series as it may.",
);
/// Requests that found no room.
pub const REFUSED: Metric = Metric::counter(
    "monitor.refused",
    Unit::Count,
    "Questions and requests to the monitor that it did not take because too many waited.",
);
/// Parts of the monitor that do not work.
pub const FAULTS: Metric = Metric::gauge(
    "monitor.faults",
    Unit::Count,
    "Parts of the monitor that do not do their work: the store, a sink, the configuration.",
);

/// All of them.
pub const METRICS: &[Metric] =
    &[CPU, HOOK_CPU, BYTES, LEVEL, TICK, MISSED, DROPPED, REFUSED, FAULTS];

/// What a tick knows of itself.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ticks {
    /// Seconds that the last one took.
    pub(super) last_s: f64,
    /// Ticks that were missed.
    pub(super) missed: u64,
    /// Ticks that were done.
    pub(super) count: u64,
    /// Requests that were refused.
    pub(super) refused: u64,
}

/// Adds the readings.
pub(super) fn read(frame: &mut Frame, cost: &Cost, held: &Held, ticks: Ticks, faults: usize) {
    for (metric, value) in [
        (CPU, cost.own_cpu_ratio),
        (BYTES, cost.own_bytes as f64),
        (LEVEL, f64::from(cost.level)),
        (TICK, ticks.last_s),
        (MISSED, ticks.missed as f64),
        (DROPPED, held.refused as f64),
        (REFUSED, ticks.refused as f64),
        (FAULTS, faults as f64),
    ] {
        frame.add(Key::new(metric.name), value);
    }
    for (part, ratio) in &cost.hook_cpu_ratio {
        frame.add(Key::new(HOOK_CPU.name).of("part", *part), *ratio);
    }
}
