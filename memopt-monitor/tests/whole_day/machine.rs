//! The files of a made-up machine, and the figures of a made-up heap.

use memopt_monitor::metric::Metric;
use memopt_monitor::series::Key;
use memopt_monitor::source::{Frame, Source, heap, reclaimable, tasks};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

pub(crate) const MIB: u64 = 1 << 20;
/// What the control group allows.
pub(crate) const LIMIT: u64 = 2_048 * MIB;

/// Random numbers: `SplitMix64` (G. L. Steele and others, 2014).
#[derive(Debug)]
pub(crate) struct Noise(pub(crate) u64);

impl Noise {
    pub(crate) fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % most
    }
}

/// What the program is at a moment.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Shown {
    /// Bytes in main memory.
    pub(crate) resident: u64,
    /// Bytes of the heap in use.
    pub(crate) live: u64,
    /// Bytes allocated since it began.
    pub(crate) allocated: u64,
    pub(crate) threads: u64,
    pub(crate) tasks: u64,
    /// CPU time, hundredths of a second.
    pub(crate) cpu: u64,
}

/// The folder that the sources read in place of `/`.
#[derive(Debug)]
pub(crate) struct Machine(PathBuf);

const GROUP: &str = "sys/fs/cgroup/shop";

impl Machine {
    pub(crate) fn new(folder: &Path) -> Self {
        let machine = Self(folder.to_owned());
        let mount = "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
        for (path, text) in [
            ("proc/self/cgroup", "0::/shop\n"),
            ("proc/self/mountinfo", mount),
            ("proc/self/smaps_rollup", "Rss: 90 kB\nPss: 80 kB\n"),
            ("proc/self/limits", "Limit Soft Hard\nMax open files  1024  4096  files\n"),
            ("proc/self/fd/0", ""),
            ("proc/self/fd/1", ""),
            (
                "proc/meminfo",
                "MemTotal: 16777216 kB\nMemAvailable: 9000000 kB\nSwapTotal: 0 kB\n\
                 SwapFree: 0 kB\n",
            ),
            (
                "proc/pressure/memory",
                "some avg10=0.00 avg60=0.00 avg300=0.00 total=5\n\
                 full avg10=0.00 avg60=0.00 avg300=0.00 total=2\n",
            ),
        ] {
            machine.write(path, text);
        }
        machine.make_group();
        machine
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder is made");
        fs::write(path, text).expect("a file is written");
    }

    pub(crate) fn make_group(&self) {
        self.write(&format!("{GROUP}/memory.max"), &LIMIT.to_string());
        self.write(&format!("{GROUP}/memory.high"), "max\n");
        self.write(&format!("{GROUP}/memory.events"), "low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\n");
        self.write(
            &format!("{GROUP}/memory.pressure"),
            "some avg10=0.00 avg60=0.00 avg300=0.00 total=4\n",
        );
    }

    /// The files of the control group vanish.
    pub(crate) fn remove_group(&self) {
        fs::remove_dir_all(self.0.join(GROUP)).expect("it is there");
    }

    /// Writes what changes every second.
    pub(crate) fn show(&self, shown: &Shown) {
        let kib = |bytes: u64| bytes / 1024;
        let Shown { resident, cpu, .. } = *shown;
        self.write(
            "proc/self/status",
            &format!(
                "Name:\tshop\nVmSize:\t{} kB\nVmHWM:\t{} kB\nVmRSS:\t{} kB\nRssAnon:\t{} kB\n\
                 RssFile:\t20000 kB\nRssShmem:\t0 kB\nVmStk:\t132 kB\nVmSwap:\t0 kB\n\
                 Threads:\t{}\n",
                kib(resident) + 500_000,
                kib(LIMIT),
                kib(resident),
                kib(resident) - 20_000,
                shown.threads
            ),
        );
        let faults = resident / 4096;
        let stat = format!("7 (shop) S 1 2 3 4 5 6 {faults} 8 0 10 {cpu} 50 1 2 20 0 3 0 1 2\n");
        self.write("proc/self/stat", &stat);
        if self.0.join(GROUP).join("memory.max").exists() {
            self.write(&format!("{GROUP}/memory.current"), &(resident + 50 * MIB).to_string());
            let text = format!("anon {resident}\nfile 60000000\ninactive_file {}\n", 50 * MIB);
            self.write(&format!("{GROUP}/memory.stat"), &text);
        }
    }
}

const METRICS: &[Metric] = &[
    heap::LIVE,
    heap::ALLOCATED,
    heap::ALLOCATED_BLOCKS,
    heap::FREED,
    heap::FREED_BLOCKS,
    heap::SITE_ALLOCATED,
    heap::SITE_BLOCKS,
    heap::SITE_RETAINED,
    heap::SITE_CALLS,
    heap::THREAD_ALLOCATED,
    heap::THREAD_RETAINED,
    tasks::LIVE,
    reclaimable::IDLE,
    reclaimable::HITS,
    reclaimable::MISSES,
];

/// The heap: twenty sites, ten threads, five pools.
#[derive(Debug)]
pub(crate) struct Heap {
    pub(crate) shown: Arc<Mutex<Shown>>,
    pub(crate) noise: Noise,
    sums: [[u64; 4]; 20],
}

impl Heap {
    pub(crate) fn new(shown: Arc<Mutex<Shown>>) -> Self {
        Self { shown, noise: Noise(7), sums: [[0; 4]; 20] }
    }
}

impl Source for Heap {
    fn name(&self) -> &'static str {
        "made-heap"
    }

    fn metrics(&self) -> &'static [Metric] {
        METRICS
    }

    fn read(&mut self, frame: &mut Frame) {
        let shown = *self.shown.lock().expect("nobody panicked");
        for (metric, value) in [
            (heap::LIVE, shown.live),
            (heap::ALLOCATED, shown.allocated),
            (heap::ALLOCATED_BLOCKS, shown.allocated / 200),
            (heap::FREED, shown.allocated.saturating_sub(shown.live)),
            (heap::FREED_BLOCKS, shown.allocated.saturating_sub(shown.live) / 200),
            (tasks::LIVE, shown.tasks),
        ] {
            frame.add(Key::new(metric.name), value as f64);
        }
        for (at, sums) in self.sums.iter_mut().enumerate() {
            let most = [2_000_000, 20_000, 0, 1_000];
            sums.iter_mut().zip(most).for_each(|(sum, most)| *sum += self.noise.below(most + 1));
            sums[2] = shown.live / 40 + self.noise.below(MIB);
            let of =
                [heap::SITE_ALLOCATED, heap::SITE_BLOCKS, heap::SITE_RETAINED, heap::SITE_CALLS];
            for (metric, value) in of.into_iter().zip(*sums) {
                frame.add(Key::new(metric.name).of("site", format!("shop::{at}")), value as f64);
            }
            if at < 10 {
                let of = |metric: Metric| Key::new(metric.name).of("thread", at.to_string());
                frame.add(of(heap::THREAD_ALLOCATED), sums[0] as f64);
                frame.add(of(heap::THREAD_RETAINED), sums[2] as f64);
            }
            if at < 5 {
                let of = |metric: Metric| Key::new(metric.name).of("holder", at.to_string());
                frame.add(of(reclaimable::IDLE), 4096.0 * self.noise.below(40) as f64);
                frame.add(of(reclaimable::HITS), sums[1] as f64);
                frame.add(of(reclaimable::MISSES), (sums[1] / 50) as f64);
            }
        }
    }
}
