//! The machine's memory.

use super::root::{Root, field};
use super::{Frame, Source};
use crate::metric::{Metric, Unit};
use crate::series::Key;

/// All memory of the machine.
pub const MEMORY: Metric = Metric::gauge("host.memory", Unit::Bytes, "Main memory of the machine.");
/// What programs can still get.
pub const AVAILABLE: Metric = Metric::gauge(
    "host.available",
    Unit::Bytes,
    "Main memory that programs can get without swapping, page cache that can be dropped included.",
);
/// All swap.
pub const SWAP: Metric = Metric::gauge("host.swap", Unit::Bytes, "Swap space of the machine.");
/// Unused swap.
pub const SWAP_FREE: Metric =
    Metric::gauge("host.swap.free", Unit::Bytes, "Swap space that is not in use.");

const TABLE: [(Metric, &str); 4] = [
    (MEMORY, "MemTotal"),
    (AVAILABLE, "MemAvailable"),
    (SWAP, "SwapTotal"),
    (SWAP_FREE, "SwapFree"),
];
const METRICS: &[Metric] = &[MEMORY, AVAILABLE, SWAP, SWAP_FREE];

/// Reads `/proc/meminfo`.
#[derive(Debug, Default)]
pub struct Host {
    root: Root,
}

impl Host {
    /// The machine whose files lie below `root`.
    pub fn new(root: Root) -> Self {
        Self { root }
    }
}

impl Source for Host {
    fn name(&self) -> &'static str {
        "host"
    }

    fn metrics(&self) -> &'static [Metric] {
        METRICS
    }

    fn read(&mut self, frame: &mut Frame) {
        match self.root.read("proc/meminfo") {
            Ok(text) => {
                for (metric, name) in TABLE {
                    match field(&text, name) {
                        Some(value) => frame.add(Key::new(metric.name), value as f64),
                        None => frame.lacks(metric.name, format!("/proc/meminfo has no {name}")),
                    }
                }
            }
            Err(reason) => frame.lacks("host", reason),
        }
    }
}
