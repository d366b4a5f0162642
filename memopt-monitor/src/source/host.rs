//! The machine's memory.

use super::root::{Root, field};
use super::{Frame, Source};
use crate::metric::{Metric, Unit};
use crate::series::Key;
use memopt_runtime::__private::{SystemMemory, system_memory};

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

/// Reads `/proc/meminfo`; other systems are called.
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
        if self.root.is_real() && cfg!(not(target_os = "linux")) {
            return add(frame, &system_memory());
        }
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

/// Adds what a system without `/proc` told.
fn add(frame: &mut Frame, told: &SystemMemory) {
    for (metric, value) in [
        (MEMORY, told.memory_bytes),
        (AVAILABLE, told.available_bytes),
        (SWAP, told.swap_bytes),
        (SWAP_FREE, told.swap_free_bytes),
    ] {
        frame.add_told(&metric, value.map(|value| value as f64));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Stamp;

    #[test]
    fn a_system_that_was_called_is_told_by_the_names_of_linux() {
        let mut told = SystemMemory::default();
        (told.memory_bytes, told.available_bytes) = (Some(16 << 30), Some(3 << 30));
        told.swap_bytes = Some(0);
        let mut frame = Frame::new(Stamp::default());
        add(&mut frame, &told);
        let gib = f64::from(1 << 30);
        assert_eq!(frame.get(&Key::new("host.memory")), Some(16.0 * gib));
        assert_eq!(frame.get(&Key::new("host.available")), Some(3.0 * gib));
        assert_eq!(frame.get(&Key::new("host.swap")), Some(0.0));
        assert_eq!(frame.absent()[0].source, "host.swap.free");
    }
}
