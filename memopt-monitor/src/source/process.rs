//! The process, as the system sees it: by the files of Linux, and by the calls of others.

use super::root::{Root, field};
use super::{Frame, Source};
use crate::clock::Stamp;
use crate::metric::{Metric, Unit};
use crate::series::Key;
use memopt_runtime::__private::{SystemCounts, SystemUse, system_counts, system_use};
use std::fs;
use std::time::Duration;

/// Bytes in main memory.
pub const RESIDENT: Metric = Metric::gauge(
    "process.resident",
    Unit::Bytes,
    "Bytes of the process that are in main memory (RSS): anonymous, file and shared pages.",
);
/// The most bytes in main memory so far.
pub const RESIDENT_PEAK: Metric = Metric::gauge(
    "process.resident.peak",
    Unit::Bytes,
    "The most bytes that were in main memory at once since the process began.",
);
/// Bytes in main memory, shared ones divided.
pub const PROPORTIONAL: Metric = Metric::gauge(
    "process.proportional",
    Unit::Bytes,
    "Resident bytes, of shared pages only this process's part (PSS). Read every 10 s: it is dear.",
);
/// Bytes of heap and stacks.
pub const ANONYMOUS: Metric = Metric::gauge(
    "process.anonymous",
    Unit::Bytes,
    "Resident bytes that belong to no file: heap and stacks.",
);
/// Bytes of mapped files.
pub const FILE: Metric = Metric::gauge(
    "process.file",
    Unit::Bytes,
    "Resident bytes of mapped files, the program's code among them. The system can drop them.",
);
/// Bytes of shared memory.
pub const SHARED: Metric =
    Metric::gauge("process.shared", Unit::Bytes, "Resident bytes of shared memory and tmpfs.");
/// Bytes swapped out.
pub const SWAPPED: Metric = Metric::gauge(
    "process.swapped",
    Unit::Bytes,
    "Bytes of the process that are swapped out, on macOS those that are compressed too.",
);
/// Address space.
pub const VIRTUAL: Metric = Metric::gauge(
    "process.virtual",
    Unit::Bytes,
    "Address space of the process, most of which may never be touched.",
);
/// The main thread's stack.
pub const STACK: Metric =
    Metric::gauge("process.stack", Unit::Bytes, "Address space of the main thread's stack.");
/// Faults served from memory.
pub const MINOR_FAULTS: Metric = Metric::counter(
    "process.faults.minor",
    Unit::Count,
    "Page faults that were served without a disk: memory touched for the first time. Windows \
     counts those that waited for a disk here too.",
);
/// Faults served from a disk.
pub const MAJOR_FAULTS: Metric = Metric::counter(
    "process.faults.major",
    Unit::Count,
    "Page faults that had to wait for a disk: swapped or dropped pages that are needed again.",
);
/// CPU time.
pub const CPU: Metric =
    Metric::counter("process.cpu", Unit::Seconds, "CPU time of all threads, user and system.");
/// Threads.
pub const THREADS: Metric =
    Metric::gauge("process.threads", Unit::Count, "Threads of the process.");
/// Open descriptors.
pub const DESCRIPTORS: Metric = Metric::gauge(
    "process.descriptors",
    Unit::Count,
    "Open file descriptors: files, sockets, pipes. On Windows open handles, of threads too.",
);
/// The most descriptors that may be open.
pub const DESCRIPTOR_LIMIT: Metric = Metric::gauge(
    "process.descriptors.limit",
    Unit::Count,
    "The most file descriptors that the process may have open (soft limit).",
);

const METRICS: &[Metric] = &[
    RESIDENT,
    RESIDENT_PEAK,
    PROPORTIONAL,
    ANONYMOUS,
    FILE,
    SHARED,
    SWAPPED,
    VIRTUAL,
    STACK,
    MINOR_FAULTS,
    MAJOR_FAULTS,
    CPU,
    THREADS,
    DESCRIPTORS,
    DESCRIPTOR_LIMIT,
];

/// Reads what the system says of the process.
#[derive(Debug, Default)]
pub struct Process {
    root: Root,
    /// When what is dear was read last.
    seldom: Option<Stamp>,
    slow: Duration,
}

impl Process {
    /// The process, as told by the files below `root`.
    pub fn new(root: Root, slow: Duration) -> Self {
        Self { root, slow, seldom: None }
    }

    /// From `/proc/self/status`.
    fn status(&self, frame: &mut Frame) {
        let status = match self.root.read("proc/self/status") {
            Ok(status) => status,
            Err(reason) => return frame.lacks("process", reason),
        };
        for (metric, name) in [
            (RESIDENT, "VmRSS"),
            (RESIDENT_PEAK, "VmHWM"),
            (ANONYMOUS, "RssAnon"),
            (FILE, "RssFile"),
            (SHARED, "RssShmem"),
            (SWAPPED, "VmSwap"),
            (VIRTUAL, "VmSize"),
            (STACK, "VmStk"),
            (THREADS, "Threads"),
        ] {
            match field(&status, name) {
                Some(value) => frame.add(Key::new(metric.name), value as f64),
                None => frame.lacks(metric.name, format!("/proc/self/status has no {name}")),
            }
        }
    }

    /// From `/proc/self/stat`.
    fn stat(&self, frame: &mut Frame) {
        /// Linux tells times in hundredths of a second, whatever its clock ticks at.
        const TICKS: f64 = 100.0;
        let stat = match self.root.read("proc/self/stat") {
            Ok(stat) => stat,
            Err(reason) => return frame.lacks("process.cpu", reason),
        };
        // The name, in parentheses, may hold anything. The state is the first field behind it.
        let behind = stat.rsplit_once(')').map_or("", |(_, behind)| behind);
        let fields: Vec<&str> = behind.split_whitespace().collect();
        let number = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok());
        let (Some(minor), Some(major), Some(user), Some(system)) =
            (number(7), number(9), number(11), number(12))
        else {
            return frame.lacks("process.cpu", "/proc/self/stat has fields missing");
        };
        frame.add(Key::new(MINOR_FAULTS.name), minor as f64);
        frame.add(Key::new(MAJOR_FAULTS.name), major as f64);
        frame.add(Key::new(CPU.name), (user + system) as f64 / TICKS);
    }

    fn descriptors(&self, frame: &mut Frame, seldom: bool) {
        let folder = self.root.path("proc/self/fd");
        // Linux 6.2 and later tell the number as the folder's size; else they must be counted.
        let told = fs::metadata(&folder).ok().filter(|_| self.root.is_real()).map(|it| it.len());
        let open = match told.filter(|open| *open > 0) {
            Some(open) => open,
            None if !seldom => return,
            None => match fs::read_dir(&folder) {
                // Counting opens one itself.
                Ok(entries) => (entries.count() as u64).saturating_sub(u64::from(told.is_some())),
                Err(error) => {
                    return frame.lacks("process.descriptors", error.to_string());
                }
            },
        };
        frame.add(Key::new(DESCRIPTORS.name), open as f64);
    }

    /// What is read every ten seconds.
    fn seldom(&self, frame: &mut Frame) {
        match self.root.read("proc/self/smaps_rollup") {
            Ok(rollup) => match field(&rollup, "Pss") {
                Some(bytes) => frame.add(Key::new(PROPORTIONAL.name), bytes as f64),
                None => frame.lacks(PROPORTIONAL.name, "/proc/self/smaps_rollup has no Pss"),
            },
            Err(reason) => frame.lacks(PROPORTIONAL.name, reason),
        }
        let limit = self.root.read("proc/self/limits").and_then(|limits| {
            let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
            let soft = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
            soft.ok_or_else(|| "there is no limit of open files".to_owned())
        });
        match limit {
            Ok(limit) => frame.add(Key::new(DESCRIPTOR_LIMIT.name), limit as f64),
            Err(reason) => frame.lacks(DESCRIPTOR_LIMIT.name, reason),
        }
    }
}

impl Source for Process {
    fn name(&self) -> &'static str {
        "process"
    }

    fn metrics(&self) -> &'static [Metric] {
        METRICS
    }

    fn read(&mut self, frame: &mut Frame) {
        let is_due = |last: &Stamp| frame.at.since(last).is_none_or(|time| time >= self.slow);
        let seldom = self.seldom.as_ref().is_none_or(is_due);
        if self.root.is_real() && cfg!(not(target_os = "linux")) {
            add_use(frame, &system_use());
            if seldom {
                self.seldom = Some(frame.at);
                add_counts(frame, &system_counts());
            }
            return;
        }
        self.status(frame);
        self.stat(frame);
        self.descriptors(frame, seldom);
        if seldom {
            self.seldom = Some(frame.at);
            self.seldom(frame);
        }
    }
}

/// Adds what a system without `/proc` told of memory, faults and CPU time.
fn add_use(frame: &mut Frame, told: &SystemUse) {
    for (metric, value) in [
        (RESIDENT, told.resident_bytes),
        (RESIDENT_PEAK, told.peak_resident_bytes),
        (ANONYMOUS, told.anonymous_bytes),
        (FILE, told.file_bytes),
        (SWAPPED, told.swapped_bytes),
        (VIRTUAL, told.virtual_bytes),
        (MINOR_FAULTS, told.minor_faults),
        (MAJOR_FAULTS, told.major_faults),
    ] {
        frame.add_told(&metric, value.map(|value| value as f64));
    }
    frame.add_told(&CPU, told.cpu_ns.map(|ns| ns as f64 / 1e9));
}

/// Adds what such a system counted.
fn add_counts(frame: &mut Frame, told: &SystemCounts) {
    for (metric, value) in [
        (THREADS, told.threads),
        (DESCRIPTORS, told.descriptors),
        (DESCRIPTOR_LIMIT, told.descriptor_limit),
    ] {
        frame.add_told(&metric, value.map(|value| value as f64));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_has_the_names_of_linux_and_the_rest_is_absent() {
        let mut told = SystemUse::default();
        (told.cpu_ns, told.resident_bytes) = (Some(2_500_000_000), Some(40 << 20));
        (told.peak_resident_bytes, told.virtual_bytes) = (Some(50 << 20), Some(1 << 40));
        (told.anonymous_bytes, told.file_bytes) = (Some(30 << 20), Some(10 << 20));
        (told.swapped_bytes, told.minor_faults) = (Some(0), Some(77));
        let mut counts = SystemCounts::default();
        (counts.threads, counts.descriptors) = (Some(9), Some(12));
        let mut frame = Frame::new(Stamp::default());
        add_use(&mut frame, &told);
        add_counts(&mut frame, &counts);
        let mib = f64::from(1 << 20);
        for (name, value) in [
            ("process.cpu", 2.5),
            ("process.resident", 40.0 * mib),
            ("process.resident.peak", 50.0 * mib),
            ("process.virtual", mib * mib),
            ("process.anonymous", 30.0 * mib),
            ("process.file", 10.0 * mib),
            ("process.swapped", 0.0),
            ("process.faults.minor", 77.0),
            ("process.threads", 9.0),
            ("process.descriptors", 12.0),
        ] {
            assert_eq!(frame.get(&Key::new(name)), Some(value), "{name}");
        }
        assert_eq!(frame.readings().len(), 10);
        let absent: Vec<&str> = frame.absent().iter().map(|one| one.source).collect();
        assert_eq!(absent, ["process.faults.major", "process.descriptors.limit"]);
        assert_eq!(frame.absent()[0].reason, "this system does not tell it");
    }

    #[test]
    fn a_system_that_tells_nothing_is_absent_and_not_zero() {
        let mut frame = Frame::new(Stamp::default());
        add_use(&mut frame, &SystemUse::default());
        add_counts(&mut frame, &SystemCounts::default());
        assert_eq!((frame.readings().len(), frame.absent().len()), (0, 12));
    }
}
