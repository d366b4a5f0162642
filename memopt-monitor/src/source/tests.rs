//! The sources on made-up machines.

use super::*;
use crate::clock::Stamp;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

const SLOW: std::time::Duration = std::time::Duration::from_secs(10);

/// A machine whose files are written by the test.
struct Machine(PathBuf);

impl Machine {
    fn new(files: &[(&str, &str)]) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("memopt-machine-{}-{number}", std::process::id());
        let machine = Self(std::env::temp_dir().join(name));
        // A process that ended may have had the same number.
        let _ = fs::remove_dir_all(&machine.0);
        files.iter().for_each(|(path, text)| machine.write(path, text));
        machine
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder is made");
        fs::write(path, text).expect("a file is written");
    }

    fn root(&self) -> Root {
        Root::made_up(&self.0)
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn read(source: &mut dyn Source) -> Frame {
    at(source, 0)
}

fn at(source: &mut dyn Source, second: u64) -> Frame {
    let stamp = Stamp { run: 0, monotonic_ns: second * 1_000_000_000, unix_ms: 0 };
    let mut frame = Frame::new(stamp);
    source.read(&mut frame);
    let names: Vec<&str> = source.metrics().iter().map(|metric| metric.name).collect();
    for (key, _) in frame.readings() {
        assert!(names.contains(&&*key.metric), "{key} is in no table");
    }
    frame
}

fn of(frame: &Frame, metric: Metric) -> Option<f64> {
    frame.get(&Key::new(metric.name))
}

const TWO_MOUNT: &str = "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
const ONE_MOUNT: &str = "33 25 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n";
const TWO_STAT: &str = "anon 600\nfile 300\ninactive_file 100\nactive_file 200\n";

#[test]
fn version_2_with_the_limit_of_a_parent() {
    let machine = Machine::new(&[
        ("proc/self/cgroup", "0::/shop/web\n"),
        ("proc/self/mountinfo", TWO_MOUNT),
        ("sys/fs/cgroup/shop/web/memory.max", "5000\n"),
        ("sys/fs/cgroup/shop/web/memory.current", "1000\n"),
        ("sys/fs/cgroup/shop/web/memory.stat", TWO_STAT),
        ("sys/fs/cgroup/shop/web/memory.high", "4000\n"),
        ("sys/fs/cgroup/shop/web/memory.swap.current", "7\n"),
        ("sys/fs/cgroup/shop/web/memory.events", "low 0\nhigh 1\nmax 2\noom 3\noom_kill 4\n"),
        ("sys/fs/cgroup/shop/memory.max", "3000\n"),
        ("sys/fs/cgroup/shop/memory.high", "max\n"),
        ("sys/fs/cgroup/shop/memory.current", "2900\n"),
        ("sys/fs/cgroup/shop/memory.stat", "inactive_file 400\n"),
    ]);
    let frame = read(&mut cgroup::Cgroup::new(machine.root()));
    let expected = [
        (cgroup::LIMIT, 3_000.0),
        (cgroup::HIGH, 4_000.0),
        // The parent has 3000 - (2900 - 400) left, the group itself more.
        (cgroup::HEADROOM, 500.0),
        (cgroup::USAGE, 1_000.0),
        (cgroup::WORKING_SET, 900.0),
        (cgroup::PAGE_CACHE, 300.0),
        (cgroup::ANONYMOUS, 600.0),
        (cgroup::SWAP, 7.0),
        (cgroup::AT_HIGH, 1.0),
        (cgroup::AT_LIMIT, 2.0),
        (cgroup::OUT_OF_MEMORY, 3.0),
        (cgroup::KILLED, 4.0),
    ];
    for (metric, value) in expected {
        assert_eq!(of(&frame, metric), Some(value), "{}", metric.name);
    }
    let whose = Key::new(cgroup::LIMIT_OF.name).of("group", "/shop");
    assert_eq!(frame.get(&whose), Some(3_000.0));
    assert_eq!(frame.absent(), []);
}

/// A slice whose other services leave less of it than the service's own limit leaves.
#[test]
fn the_limit_that_counts_is_the_one_that_is_reached_first() {
    let machine = Machine::new(&[
        ("proc/self/cgroup", "0::/shop/web\n"),
        ("proc/self/mountinfo", TWO_MOUNT),
        ("sys/fs/cgroup/shop/web/memory.max", "5000\n"),
        ("sys/fs/cgroup/shop/web/memory.current", "1000\n"),
        ("sys/fs/cgroup/shop/web/memory.stat", TWO_STAT),
        ("sys/fs/cgroup/shop/memory.max", "10000\n"),
        ("sys/fs/cgroup/shop/memory.current", "9900\n"),
        ("sys/fs/cgroup/shop/memory.stat", "inactive_file 400\n"),
    ]);
    let mut source = cgroup::Cgroup::new(machine.root());
    let frame = read(&mut source);
    let of_slice = |metric: Metric| Key::new(metric.name).of("group", "/shop");
    assert_eq!(of(&frame, cgroup::LIMIT), Some(10_000.0));
    assert_eq!(frame.get(&of_slice(cgroup::LIMIT_OF)), Some(10_000.0));
    assert_eq!(frame.get(&of_slice(cgroup::LIMIT_USED)), Some(9_500.0));
    assert_eq!(of(&frame, cgroup::HEADROOM), Some(500.0));
    assert_eq!(of(&frame, cgroup::WORKING_SET), Some(900.0));
    // The others let go of what they had: its own limit is the nearer one.
    machine.write("sys/fs/cgroup/shop/memory.current", "1500\n");
    let frame = read(&mut source);
    assert_eq!(of(&frame, cgroup::LIMIT), Some(5_000.0));
    let used = |(key, _): &&(Key, f64)| *key.metric == *cgroup::LIMIT_USED.name;
    assert_eq!(frame.readings().iter().find(used), None);
    assert_eq!(of(&frame, cgroup::HEADROOM), Some(4_100.0));
}

#[test]
fn version_1_in_a_container_whose_mount_begins_at_the_group() {
    let mount = "33 25 0:28 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n";
    let machine = Machine::new(&[
        ("proc/self/cgroup", "12:cpu,cpuacct:/docker/abc\n9:memory:/docker/abc\n"),
        ("proc/self/mountinfo", mount),
        ("sys/fs/cgroup/memory/memory.limit_in_bytes", "2000\n"),
        ("sys/fs/cgroup/memory/memory.usage_in_bytes", "1500\n"),
        (
            "sys/fs/cgroup/memory/memory.stat",
            "cache 1\ntotal_cache 400\ntotal_rss 1100\ntotal_inactive_file 250\ntotal_swap 9\n",
        ),
        ("sys/fs/cgroup/memory/memory.failcnt", "6\n"),
        ("sys/fs/cgroup/memory/memory.oom_control", "oom_kill_disable 0\noom_kill 1\n"),
    ]);
    let frame = read(&mut cgroup::Cgroup::new(machine.root()));
    for (metric, value) in [
        (cgroup::LIMIT, 2_000.0),
        (cgroup::USAGE, 1_500.0),
        (cgroup::WORKING_SET, 1_250.0),
        (cgroup::HEADROOM, 750.0),
        (cgroup::PAGE_CACHE, 400.0),
        (cgroup::ANONYMOUS, 1_100.0),
        (cgroup::SWAP, 9.0),
        (cgroup::AT_LIMIT, 6.0),
        (cgroup::KILLED, 1.0),
    ] {
        assert_eq!(of(&frame, metric), Some(value), "{}", metric.name);
    }
    assert_eq!(of(&frame, cgroup::OUT_OF_MEMORY), None);
}

#[test]
fn on_a_hybrid_the_version_with_the_memory_controller_counts() {
    let machine = Machine::new(&[
        ("proc/self/cgroup", "9:memory:/old\n1:name=systemd:/x\n0::/new\n"),
        (
            "proc/self/mountinfo",
            &format!("{}{ONE_MOUNT}", TWO_MOUNT.replace("/cgroup rw", "/cgroup/unified rw")),
        ),
        ("sys/fs/cgroup/unified/new/cgroup.procs", "1\n"),
        ("sys/fs/cgroup/memory/old/memory.limit_in_bytes", "9223372036854771712\n"),
        ("sys/fs/cgroup/memory/old/memory.usage_in_bytes", "10\n"),
        ("sys/fs/cgroup/memory/old/memory.stat", "total_inactive_file 4\n"),
        ("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"),
    ]);
    let frame = read(&mut cgroup::Cgroup::new(machine.root()));
    assert_eq!(of(&frame, cgroup::WORKING_SET), Some(6.0));
    assert_eq!(of(&frame, cgroup::LIMIT), None);
    assert!(frame.absent().iter().any(|one| one.source == cgroup::LIMIT.name));
}

#[test]
fn files_that_vanish_are_absent_with_a_reason_and_come_back() {
    let machine = Machine::new(&[
        ("proc/self/cgroup", "0::/a\n"),
        ("proc/self/mountinfo", TWO_MOUNT),
        ("sys/fs/cgroup/a/memory.max", "100\n"),
        ("sys/fs/cgroup/a/memory.current", "50\n"),
        ("sys/fs/cgroup/a/memory.stat", TWO_STAT),
        ("sys/fs/cgroup/a/memory.events", "max 1\n"),
    ]);
    let mut source = cgroup::Cgroup::new(machine.root());
    assert_eq!(of(&read(&mut source), cgroup::USAGE), Some(50.0));
    fs::remove_dir_all(machine.0.join("sys/fs/cgroup/a")).expect("it is there");
    let frame = read(&mut source);
    assert_eq!(frame.readings(), []);
    assert!(frame.absent().len() >= 3, "{:?}", frame.absent());
    fs::remove_file(machine.0.join("proc/self/cgroup")).expect("it is there");
    let frame = read(&mut source);
    assert_eq!((frame.readings().len(), frame.absent().len()), (0, 1));
    assert!(frame.absent()[0].reason.starts_with("cannot read /proc/self/cgroup: "));
    machine.write("proc/self/cgroup", "0::/a\n");
    machine.write("sys/fs/cgroup/a/memory.max", "200\n");
    assert_eq!(of(&read(&mut source), cgroup::LIMIT), Some(200.0));
}

#[test]
fn the_process_is_read_and_what_is_dear_every_ten_seconds() {
    let machine = Machine::new(&[
        (
            "proc/self/status",
            "Name:\ta\nVmSize:\t 900 kB\nVmHWM:\t 70 kB\nVmRSS:\t 60 kB\nRssAnon:\t 30 kB\n\
             RssFile:\t 20 kB\nRssShmem:\t 10 kB\nVmStk:\t 132 kB\nVmSwap:\t 5 kB\nThreads:\t3\n",
        ),
        ("proc/self/stat", "7 (a b) c) S 1 2 3 4 5 6 101 8 12 10 250 50 1 2 20 0 3 0 1 2\n"),
        ("proc/self/smaps_rollup", "00-ff ---p 0 00:00 0 [rollup]\nRss: 60 kB\nPss: 40 kB\n"),
        ("proc/self/limits", "Limit Soft Hard\nMax open files            1024      4096  files\n"),
        ("proc/self/fd/0", ""),
        ("proc/self/fd/1", ""),
    ]);
    let mut source = process::Process::new(machine.root(), SLOW);
    let frame = at(&mut source, 0);
    for (metric, value) in [
        (process::RESIDENT, 60.0 * 1024.0),
        (process::RESIDENT_PEAK, 70.0 * 1024.0),
        (process::PROPORTIONAL, 40.0 * 1024.0),
        (process::ANONYMOUS, 30.0 * 1024.0),
        (process::FILE, 20.0 * 1024.0),
        (process::SHARED, 10.0 * 1024.0),
        (process::SWAPPED, 5.0 * 1024.0),
        (process::VIRTUAL, 900.0 * 1024.0),
        (process::STACK, 132.0 * 1024.0),
        (process::MINOR_FAULTS, 101.0),
        (process::MAJOR_FAULTS, 12.0),
        (process::CPU, 3.0),
        (process::THREADS, 3.0),
        (process::DESCRIPTORS, 2.0),
        (process::DESCRIPTOR_LIMIT, 1_024.0),
    ] {
        assert_eq!(of(&frame, metric), Some(value), "{}", metric.name);
    }
    assert_eq!(of(&at(&mut source, 9), process::PROPORTIONAL), None);
    assert!(of(&at(&mut source, 10), process::PROPORTIONAL).is_some());
}

#[test]
fn pressure_of_the_machine_and_of_the_group() {
    let machine = Machine::new(&[
        ("proc/self/cgroup", "0::/a\n"),
        ("proc/self/mountinfo", TWO_MOUNT),
        (
            "proc/pressure/memory",
            "some avg10=1.50 avg60=0.00 avg300=0.00 total=2500000\n\
             full avg10=0.25 avg60=0.00 avg300=0.00 total=500000\n",
        ),
        ("sys/fs/cgroup/a/memory.pressure", "some avg10=20.00 avg60=0 avg300=0 total=9000000\n"),
    ]);
    let frame = read(&mut pressure::Pressure::new(machine.root()));
    for (metric, value) in [
        (pressure::HOST_SOME, 0.015),
        (pressure::HOST_FULL, 0.002_5),
        (pressure::HOST_SOME_TIME, 2.5),
        (pressure::HOST_FULL_TIME, 0.5),
        (pressure::GROUP_SOME, 0.2),
        (pressure::GROUP_SOME_TIME, 9.0),
    ] {
        assert_eq!(of(&frame, metric), Some(value), "{}", metric.name);
    }
    assert_eq!(frame.absent().len(), 1, "the group's `full` is missing");
}

#[test]
fn the_machine_is_read() {
    let text = "MemTotal: 100 kB\nMemFree: 1 kB\nMemAvailable: 60 kB\nSwapTotal: 0 kB\n";
    let machine = Machine::new(&[("proc/meminfo", text)]);
    let frame = read(&mut host::Host::new(machine.root()));
    assert_eq!(of(&frame, host::MEMORY), Some(102_400.0));
    assert_eq!(of(&frame, host::AVAILABLE), Some(61_440.0));
    // There is no swap, which is a fact. What is free of it is not told.
    assert_eq!(of(&frame, host::SWAP), Some(0.0));
    assert_eq!(of(&frame, host::SWAP_FREE), None);
    assert_eq!(frame.absent().len(), 1);
}

#[test]
fn the_names_of_all_metrics_differ_and_are_explained() {
    let sources = standard(&Root::default(), Most::default(), SLOW, SLOW);
    let metrics: Vec<Metric> = sources.iter().flat_map(|it| it.metrics()).copied().collect();
    let mut names: Vec<&str> = metrics.iter().map(|metric| metric.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), metrics.len());
    for metric in metrics {
        let plain = |letter: char| letter.is_ascii_lowercase() || "._".contains(letter);
        assert!(metric.name.chars().all(plain), "{}", metric.name);
        assert!(metric.help.len() > 20 && metric.help.ends_with('.'), "{}", metric.name);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn this_machine_is_read() {
    let mut sources = standard(&Root::default(), Most::default(), SLOW, SLOW);
    let mut frame = Frame::new(Stamp::default());
    for source in &mut sources {
        source.read(&mut frame);
    }
    assert!(of(&frame, process::RESIDENT).is_some_and(|bytes| bytes > 100_000.0));
    assert!(of(&frame, process::DESCRIPTORS).is_some_and(|open| open >= 3.0));
    assert!(of(&frame, host::MEMORY) > of(&frame, process::RESIDENT));
    // This test runs without memopt's allocator.
    assert_eq!(of(&frame, heap::LIVE), None);
    assert!(Path::new("/proc/self/status").exists());
}
