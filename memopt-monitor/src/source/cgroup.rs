//! The control group of the process: the memory it may use, and what it uses of it.

use super::groups::{Finder, Groups, Version};
use super::root::{Root, field};
use super::{Frame, Source};
use crate::metric::{Metric, Unit};
use crate::series::Key;
use std::path::Path;

/// The limit that is reached first.
pub const LIMIT: Metric = Metric::gauge(
    "cgroup.limit",
    Unit::Bytes,
    "The hard limit that is reached first, of the process's control group and all groups around \
     it: that of the group with the least headroom.",
);
/// The same, by the group that has it.
pub const LIMIT_OF: Metric = Metric::gauge(
    "cgroup.limit.of",
    Unit::Bytes,
    "The same limit, told for the group that sets it.",
)
.by("group");
/// What is used of it, where others use it too.
pub const LIMIT_USED: Metric = Metric::gauge(
    "cgroup.limit.used",
    Unit::Bytes,
    "Working set of the group that sets the limit, where it is a group around the process's own.",
)
.by("group");
/// The lowest mark of slowing down.
pub const HIGH: Metric = Metric::gauge(
    "cgroup.high",
    Unit::Bytes,
    "The lowest mark (memory.high) above which a group around the process is slowed down.",
);
/// What is left.
pub const HEADROOM: Metric = Metric::gauge(
    "cgroup.headroom",
    Unit::Bytes,
    "Bytes until the first of the groups reaches its limit: limit less working set, the least.",
);
/// Bytes charged to the group.
pub const USAGE: Metric = Metric::gauge(
    "cgroup.usage",
    Unit::Bytes,
    "Bytes charged to the control group, page cache included.",
);
/// Bytes that cannot be dropped easily.
pub const WORKING_SET: Metric = Metric::gauge(
    "cgroup.working_set",
    Unit::Bytes,
    "Usage less inactive page cache: what the group cannot give up easily.",
);
/// Page cache.
pub const PAGE_CACHE: Metric = Metric::gauge(
    "cgroup.page_cache",
    Unit::Bytes,
    "Page cache charged to the control group, active and inactive.",
);
/// Heap and stacks.
pub const ANONYMOUS: Metric = Metric::gauge(
    "cgroup.anonymous",
    Unit::Bytes,
    "Bytes of the control group that belong to no file: heaps and stacks of its processes.",
);
/// Swap.
pub const SWAP: Metric =
    Metric::gauge("cgroup.swap", Unit::Bytes, "Swap space charged to the control group.");
/// Times at the limit.
pub const AT_LIMIT: Metric = Metric::counter(
    "cgroup.events.max",
    Unit::Count,
    "Times the control group was about to exceed its limit and had to give memory back.",
);
/// Times it was slowed down.
pub const AT_HIGH: Metric = Metric::counter(
    "cgroup.events.high",
    Unit::Count,
    "Times the control group was slowed down since it exceeded memory.high.",
);
/// Times nothing could be given back.
pub const OUT_OF_MEMORY: Metric = Metric::counter(
    "cgroup.events.oom",
    Unit::Count,
    "Times the control group was at its limit and an allocation was about to fail.",
);
/// Processes killed.
pub const KILLED: Metric = Metric::counter(
    "cgroup.events.oom_kill",
    Unit::Count,
    "Processes of the control group that were killed for want of memory.",
);

const METRICS: &[Metric] = &[
    LIMIT,
    LIMIT_OF,
    LIMIT_USED,
    HIGH,
    HEADROOM,
    USAGE,
    WORKING_SET,
    PAGE_CACHE,
    ANONYMOUS,
    SWAP,
    AT_LIMIT,
    AT_HIGH,
    OUT_OF_MEMORY,
    KILLED,
];

/// Version 1 writes a limit that no machine has where there is none.
const UNLIMITED: u64 = 1 << 60;

/// The names of the files and of their fields in one version.
struct Names {
    limit: &'static str,
    usage: &'static str,
    inactive_file: &'static str,
    page_cache: &'static str,
    anonymous: &'static str,
}

const ONE: Names = Names {
    limit: "memory.limit_in_bytes",
    usage: "memory.usage_in_bytes",
    inactive_file: "total_inactive_file",
    page_cache: "total_cache",
    anonymous: "total_rss",
};
const TWO: Names = Names {
    limit: "memory.max",
    usage: "memory.current",
    inactive_file: "inactive_file",
    page_cache: "file",
    anonymous: "anon",
};

/// A group that has a limit.
struct Limited<'a> {
    group: &'a Path,
    bytes: u64,
    /// Its working set, where it is told.
    used: Option<u64>,
}

impl Limited<'_> {
    /// Bytes until it reaches its limit. Where its use is not told, all of them.
    fn headroom(&self) -> f64 {
        self.bytes as f64 - self.used.unwrap_or(0) as f64
    }
}

/// Reads the control group of the process, of version 1, 2 or both.
#[derive(Debug, Default)]
pub struct Cgroup {
    root: Root,
    groups: Finder,
}

impl Cgroup {
    /// The group, from the files below `root`.
    pub fn new(root: Root) -> Self {
        Self { root, groups: Finder::default() }
    }

    fn text(&self, group: &Path, file: &str) -> Result<String, String> {
        self.root.read(&group.join(file).to_string_lossy())
    }

    /// Limits of all groups.
    fn limits(&self, groups: &Groups, names: &Names, frame: &mut Frame) {
        let limit = |group: &Path| {
            self.root.number(&group.join(names.limit)).filter(|bytes| *bytes < UNLIMITED)
        };
        let limited: Vec<Limited<'_>> = groups
            .all()
            .filter_map(|group| {
                let used = || self.working_set(group, names).map(|(_, working_set)| working_set);
                limit(group).map(|bytes| Limited { group, bytes, used: used() })
            })
            .collect();
        let least = |a: &&Limited<'_>, b: &&Limited<'_>| a.headroom().total_cmp(&b.headroom());
        if let Some(first) = limited.iter().min_by(least) {
            let of = |metric: Metric| Key::new(metric.name).of("group", groups.name(first.group));
            frame.add(Key::new(LIMIT.name), first.bytes as f64);
            frame.add(of(LIMIT_OF), first.bytes as f64);
            if let Some(used) = first.used.filter(|_| first.group != groups.own) {
                frame.add(of(LIMIT_USED), used as f64);
            }
        } else {
            frame.lacks(LIMIT.name, "no control group around the process has a limit");
        }
        let known = limited.iter().filter(|one| one.used.is_some());
        if let Some(least) = known.map(Limited::headroom).reduce(f64::min) {
            frame.add(Key::new(HEADROOM.name), least);
        }
        let high = groups.all().filter_map(|group| self.root.number(&group.join("memory.high")));
        if let Some(bytes) = high.min() {
            frame.add(Key::new(HIGH.name), bytes as f64);
        }
    }

    /// Usage and working set of a group.
    fn working_set(&self, group: &Path, names: &Names) -> Option<(u64, u64)> {
        let usage = self.root.number(&group.join(names.usage))?;
        let stat = self.text(group, "memory.stat").ok()?;
        let inactive = field(&stat, names.inactive_file)?;
        Some((usage, usage.saturating_sub(inactive)))
    }

    fn usage(&self, groups: &Groups, names: &Names, frame: &mut Frame) {
        match self.working_set(&groups.own, names) {
            Some((usage, working_set)) => {
                frame.add(Key::new(USAGE.name), usage as f64);
                frame.add(Key::new(WORKING_SET.name), working_set as f64);
            }
            None => frame.lacks(USAGE.name, "the control group does not tell its usage"),
        }
        match self.text(&groups.own, "memory.stat") {
            Ok(stat) => {
                for (metric, name) in [(PAGE_CACHE, names.page_cache), (ANONYMOUS, names.anonymous)]
                {
                    if let Some(bytes) = field(&stat, name) {
                        frame.add(Key::new(metric.name), bytes as f64);
                    }
                }
                if let (Version::One, Some(bytes)) = (groups.version, field(&stat, "total_swap")) {
                    frame.add(Key::new(SWAP.name), bytes as f64);
                }
            }
            Err(reason) => frame.lacks(PAGE_CACHE.name, reason),
        }
        if groups.version == Version::Two
            && let Some(bytes) = self.root.number(&groups.own.join("memory.swap.current"))
        {
            frame.add(Key::new(SWAP.name), bytes as f64);
        }
    }

    fn events(&self, groups: &Groups, frame: &mut Frame) {
        let mut add = |metric: Metric, value: Option<u64>| {
            if let Some(value) = value {
                frame.add(Key::new(metric.name), value as f64);
            }
        };
        let read = |file| self.text(&groups.own, file);
        let lacking = match groups.version {
            Version::One => {
                add(AT_LIMIT, self.root.number(&groups.own.join("memory.failcnt")));
                let control = read("memory.oom_control");
                add(KILLED, control.as_ref().ok().and_then(|text| field(text, "oom_kill")));
                control.err()
            }
            Version::Two => match read("memory.events") {
                Ok(events) => {
                    add(AT_LIMIT, field(&events, "max"));
                    add(AT_HIGH, field(&events, "high"));
                    add(OUT_OF_MEMORY, field(&events, "oom"));
                    add(KILLED, field(&events, "oom_kill"));
                    None
                }
                Err(reason) => Some(reason),
            },
        };
        if let Some(reason) = lacking {
            frame.lacks("cgroup.events", reason);
        }
    }
}

impl Source for Cgroup {
    fn name(&self) -> &'static str {
        "cgroup"
    }

    fn metrics(&self) -> &'static [Metric] {
        METRICS
    }

    fn read(&mut self, frame: &mut Frame) {
        let groups = match self.groups.find(&self.root) {
            Ok(groups) => groups,
            Err(reason) => return frame.lacks("cgroup", reason),
        };
        let names = if groups.version == Version::One { &ONE } else { &TWO };
        self.limits(&groups, names, frame);
        self.usage(&groups, names, frame);
        self.events(&groups, frame);
    }
}
