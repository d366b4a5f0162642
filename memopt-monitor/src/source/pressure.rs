//! How much work waits for memory: the kernel's pressure stall information.

use super::groups::Finder;
use super::root::Root;
use super::{Frame, Source};
use crate::metric::{Metric, Unit};
use crate::series::Key;

/// Share of time in which something waited, machine.
pub const HOST_SOME: Metric = Metric::gauge(
    "host.pressure.some",
    Unit::Ratio,
    "Share of the last 10 s in which at least one task of the machine waited for memory.",
);
/// Share of time in which all waited, machine.
pub const HOST_FULL: Metric = Metric::gauge(
    "host.pressure.full",
    Unit::Ratio,
    "Share of the last 10 s in which all tasks of the machine that had work waited for memory.",
);
/// Time in which something waited, machine.
pub const HOST_SOME_TIME: Metric = Metric::counter(
    "host.stalled.some",
    Unit::Seconds,
    "Time in which at least one task of the machine waited for memory.",
);
/// Time in which all waited, machine.
pub const HOST_FULL_TIME: Metric = Metric::counter(
    "host.stalled.full",
    Unit::Seconds,
    "Time in which all tasks of the machine that had work waited for memory.",
);
/// Share of time in which something waited, group.
pub const GROUP_SOME: Metric = Metric::gauge(
    "cgroup.pressure.some",
    Unit::Ratio,
    "Share of the last 10 s in which at least one task of the control group waited for memory.",
);
/// Share of time in which all waited, group.
pub const GROUP_FULL: Metric = Metric::gauge(
    "cgroup.pressure.full",
    Unit::Ratio,
    "Share of the last 10 s in which all tasks of the control group waited for memory.",
);
/// Time in which something waited, group.
pub const GROUP_SOME_TIME: Metric = Metric::counter(
    "cgroup.stalled.some",
    Unit::Seconds,
    "Time in which at least one task of the control group waited for memory.",
);
/// Time in which all waited, group.
pub const GROUP_FULL_TIME: Metric = Metric::counter(
    "cgroup.stalled.full",
    Unit::Seconds,
    "Time in which all tasks of the control group waited for memory.",
);

const METRICS: &[Metric] = &[
    HOST_SOME,
    HOST_FULL,
    HOST_SOME_TIME,
    HOST_FULL_TIME,
    GROUP_SOME,
    GROUP_FULL,
    GROUP_SOME_TIME,
    GROUP_FULL_TIME,
];

/// Reads the pressure of the machine and of the process's control group.
#[derive(Debug, Default)]
pub struct Pressure {
    root: Root,
    groups: Finder,
}

impl Pressure {
    /// The pressure, from the files below `root`.
    pub fn new(root: Root) -> Self {
        Self { root, groups: Finder::default() }
    }
}

impl Source for Pressure {
    fn name(&self) -> &'static str {
        "pressure"
    }

    fn metrics(&self) -> &'static [Metric] {
        METRICS
    }

    fn read(&mut self, frame: &mut Frame) {
        match self.root.read("proc/pressure/memory") {
            Ok(text) => {
                add(frame, &text, "some", &HOST_SOME, &HOST_SOME_TIME);
                add(frame, &text, "full", &HOST_FULL, &HOST_FULL_TIME);
            }
            Err(reason) => frame.lacks("host.pressure", reason),
        }
        let group = self.groups.find(&self.root).and_then(|groups| {
            let own = groups.own.join("memory.pressure");
            self.root.read(&own.to_string_lossy())
        });
        match group {
            Ok(text) => {
                add(frame, &text, "some", &GROUP_SOME, &GROUP_SOME_TIME);
                add(frame, &text, "full", &GROUP_FULL, &GROUP_FULL_TIME);
            }
            Err(reason) => frame.lacks("cgroup.pressure", reason),
        }
    }
}

/// From a line such as `some avg10=1.50 avg60=0.20 avg300=0.10 total=123456`, in % and µs.
fn add(frame: &mut Frame, text: &str, which: &str, share: &Metric, time: &Metric) {
    let line = text.lines().find_map(|line| line.strip_prefix(which));
    let value = |name: &str| {
        let word = line?.split_whitespace().find_map(|word| word.strip_prefix(name))?;
        word.parse::<f64>().ok()
    };
    if let (Some(percent), Some(micros)) = (value("avg10="), value("total=")) {
        frame.add(Key::new(share.name), percent / 100.0);
        frame.add(Key::new(time.name), micros / 1e6);
    } else {
        frame.lacks(share.name, format!("the pressure file has no line `{which}`"));
    }
}
