//! A day of history at full rate, with a set of series such as a service has.
//!
//! `cargo test -p memopt-monitor --release --test day -- --ignored --nocapture`

use memopt_monitor::clock::Stamp;
use memopt_monitor::history::{History, Options, Tier, Window};
use memopt_monitor::series::Key;
use memopt_monitor::source::Frame;
use std::time::{Duration, Instant};

const DAY: u64 = 86_400;

/// A generator of which the test needs to know nothing but its seed.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Up to `most`, small ones more often.
    fn below(&mut self, most: u64) -> u64 {
        self.next() % most * (self.next() % 16) / 16
    }
}

/// How the values of a series move.
#[derive(Clone, Copy)]
enum Kind {
    /// Bytes in use: a level that wanders, to the byte.
    Live,
    /// Pages in use.
    Pages,
    /// A counter that grows by a noisy amount.
    Counter(u64),
    /// A counter of time, in hundredths of a second.
    Time,
    /// A share in hundredths, mostly 0.
    Share,
    /// What seldom changes.
    Constant,
}

/// As the standard sources tell: 20 sites with 4 series each, 10 threads with 2, pools, the
/// process, the group, the machine.
fn series() -> Vec<(Key, Kind)> {
    let mut all = Vec::new();
    let mut add = |name: &str, kind| all.push((Key::new(name), kind));
    for name in ["heap.live", "heap.live.blocks", "allocator.allocated", "allocator.retained"] {
        add(name, Kind::Live);
    }
    for name in ["allocated", "blocks", "freed", "freed.blocks", "reallocations", "copied"] {
        add(name, Kind::Counter(50_000_000));
    }
    for name in ["resident", "anonymous", "file", "usage", "working_set", "cache", "headroom"] {
        add(name, Kind::Pages);
    }
    for name in ["available", "proportional", "group.anonymous", "peak"] {
        add(name, Kind::Pages);
    }
    for name in ["minor", "major"] {
        add(name, Kind::Counter(300));
    }
    for name in ["cpu", "stalled.some", "stalled.full", "host.some", "host.full"] {
        add(name, Kind::Time);
    }
    for name in ["some", "full", "host.share", "host.share.full", "fragmentation"] {
        add(name, Kind::Share);
    }
    for n in 0..30 {
        add(&format!("constant.{n}"), Kind::Constant);
    }
    for n in 0..20 {
        let mut site =
            |name: &str, kind| all.push((Key::new(name).of("site", n.to_string()), kind));
        site("site.allocated", Kind::Counter(2_000_000));
        site("site.allocated.blocks", Kind::Counter(20_000));
        site("site.retained", Kind::Live);
        site("site.calls", Kind::Counter(1_000));
    }
    for n in 0..10 {
        let mut of =
            |name: &str, kind| all.push((Key::new(name).of("thread", n.to_string()), kind));
        of("thread.allocated", Kind::Counter(5_000_000));
        of("thread.retained", Kind::Live);
    }
    for n in 0..5 {
        let mut of =
            |name: &str, kind| all.push((Key::new(name).of("holder", n.to_string()), kind));
        of("hits", Kind::Counter(500));
        of("misses", Kind::Counter(3));
        of("idle", Kind::Pages);
        of("live", Kind::Constant);
        of("released", Kind::Constant);
    }
    all
}

#[test]
#[ignore = "a day of writing: half a minute in release"]
fn a_day_is_small_quick_to_read_and_flat_in_memory() {
    let folder = std::env::temp_dir().join(format!("memopt-day-{}", std::process::id()));
    // A process that ended may have had the same number.
    let _ = std::fs::remove_dir_all(&folder);
    let mut options = Options::default();
    options.folder = Some(folder.clone());
    let history = History::open(&options);
    let series = series();
    let mut values = vec![1e8; series.len()];
    let mut noise = Noise(0x5eed);
    let (mut most, mut first_hour) = (0, 0);
    let mut spent = Duration::ZERO;
    let mut longest = Duration::ZERO;
    for second in 0..DAY {
        // A timer is late by up to 0.2 ms.
        let monotonic_ns = second * 1_000_000_000 + noise.next() % 200_000;
        let unix_ms = 1_800_000_000_000 + (monotonic_ns / 1_000_000) as i64;
        let mut frame = Frame::new(Stamp { run: history.run(), monotonic_ns, unix_ms });
        for ((key, kind), value) in series.iter().zip(&mut values) {
            match kind {
                Kind::Live => *value += noise.below(1 << 20) as f64 - noise.below(1 << 20) as f64,
                Kind::Pages => {
                    *value = (*value / 4096.0).round() * 4096.0;
                    *value += noise.below(40) as f64 * 4096.0 - noise.below(40) as f64 * 4096.0;
                }
                Kind::Counter(step) => *value += noise.below(*step) as f64,
                Kind::Time => *value = ((*value * 100.0).round() + noise.below(40) as f64) / 100.0,
                Kind::Share => {
                    *value = if noise.next().is_multiple_of(20) {
                        noise.below(100) as f64 / 100.0
                    } else {
                        0.0
                    };
                }
                Kind::Constant => {}
            }
            frame.add(key.clone(), *value);
        }
        let began = Instant::now();
        history.append(&frame);
        let took = began.elapsed();
        spent += took;
        longest = longest.max(took);
        let bytes = history.held().memory_bytes;
        most = most.max(bytes);
        if second == 3_600 {
            first_hour = bytes;
        }
    }
    let state = history.state();
    let began = Instant::now();
    let points = history.series(&series[0].0, Window::All);
    let read = began.elapsed();
    let began = Instant::now();
    let minutes = history.summaries(&series[5].0, Window::All, Tier::Minute);
    let read_minutes = began.elapsed();
    println!(
        "{} series, {DAY} s: file {:.1} MiB, memory at most {:.1} MiB (after an hour {:.1}), \
         append {:.0} µs in the mean, {:.1} ms at most, last transaction {:.1} ms, a day of one \
         series read in {:.1} ms, its minutes in {:.2} ms",
        series.len(),
        state.file_bytes as f64 / f64::from(1 << 20),
        most as f64 / f64::from(1 << 20),
        f64::from(first_hour as u32) / f64::from(1 << 20),
        spent.as_secs_f64() * 1e6 / DAY as f64,
        longest.as_secs_f64() * 1e3,
        state.commit_seconds * 1e3,
        read.as_secs_f64() * 1e3,
        read_minutes.as_secs_f64() * 1e3,
    );
    assert_eq!(points.points().len() as u64, DAY);
    assert_eq!(minutes.len() as u64, DAY / 60);
    assert!(state.file_bytes <= 50 << 20, "{state:?}");
    assert!(most <= options.memory_bytes, "{most}");
    assert_eq!((state.failures, history.held().let_go), (0, 0));
    drop(history);
    let began = Instant::now();
    let again = History::open(&options);
    println!("opened again, every page checked, in {:.0} ms", began.elapsed().as_secs_f64() * 1e3);
    assert!(again.series(&series[0].0, Window::All) == points);
    drop(again);
    let _ = std::fs::remove_dir_all(folder);
}
