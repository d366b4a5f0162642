//! A process that is killed while it writes loses nothing that it had appended.
//!
//! The test starts itself as a child that appends as fast as it can and says so, kills it at any
//! moment, and reads what it left.

use memopt_monitor::clock::Stamp;
use memopt_monitor::history::{Health, History, Options, Tier, Window};
use memopt_monitor::series::Key;
use memopt_monitor::source::Frame;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::Duration;

const FOLDER: &str = "MEMOPT_TEST_KILLED_FOLDER";

fn options(folder: &Path) -> Options {
    let mut options = Options::default();
    options.folder = Some(folder.to_owned());
    options
}

fn key(name: &str) -> Key {
    Key::new("n").of("name", name)
}

fn value(run: u32, second: u64) -> f64 {
    f64::from(run) * 1e6 + second as f64
}

/// Not a test of its own: what the child does until it is killed.
#[test]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let history = History::open(&options(Path::new(&folder)));
    let mut out = std::io::stdout();
    for second in 0_u64.. {
        let unix_ms = 1_800_000_000_000 + second as i64 * 1_000;
        let at = Stamp { run: history.run(), monotonic_ns: second * 1_000_000_000, unix_ms };
        let mut frame = Frame::new(at);
        for name in ["a", "b", "c", "d"] {
            frame.add(key(name), value(at.run, second));
        }
        assert!(history.put("test", "newest", &second.to_le_bytes()));
        history.append(&frame);
        writeln!(out, "appended {} {second}", at.run).expect("the parent listens");
    }
}

/// A child that appends.
struct Appending {
    child: Child,
    /// Told with each second that it appended.
    appended: Receiver<()>,
    reader: JoinHandle<Option<(u32, u64)>>,
}

impl Appending {
    fn start(folder: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", "child", "--nocapture"])
            .env(FOLDER, folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let out = child.stdout.take().expect("a pipe");
        let (first, appended) = channel();
        let reader = std::thread::spawn(move || {
            let mut last = None;
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                let mut words = line.split_whitespace();
                // The harness may write in front of the first.
                if words.any(|word| word == "appended") {
                    let mut number = || words.next()?.parse::<u64>().ok();
                    if let (Some(run), Some(second)) = (number(), number()) {
                        last = Some((run as u32, second));
                        let _ = first.send(());
                    }
                }
            }
            last
        });
        Self { child, appended, reader }
    }

    fn wait_for_first(&self) {
        self.appended.recv_timeout(Duration::from_secs(60)).expect("it appends");
    }

    /// Its run, and the last second that it told of.
    fn kill(mut self) -> Option<(u32, u64)> {
        self.child.kill().expect("it is ours");
        self.child.wait().expect("it ends");
        self.reader.join().expect("it reads to the end")
    }
}

/// Starts a child and kills it after a while, which begins when it has appended first, or at once
/// so that it may be opening the store: its run, and the last second that it told of.
fn killed(folder: &Path, after: Duration, at_once: bool) -> Option<(u32, u64)> {
    let child = Appending::start(folder);
    if !at_once {
        child.wait_for_first();
    }
    std::thread::sleep(after);
    child.kill()
}

fn rounds(count: u32) {
    let folder: PathBuf =
        std::env::temp_dir().join(format!("memopt-kill-{}-{count}", std::process::id()));
    // A process that ended may have had the same number.
    let _ = std::fs::remove_dir_all(&folder);
    let mut told: BTreeMap<u32, u64> = BTreeMap::new();
    let mut round = 0;
    while told.len() < count as usize {
        round += 1;
        // Up to 100 ms, at moments that do not repeat.
        let after = Duration::from_micros(u64::from(round) * 7_919_393 % 100_000);
        let Some((run, second)) = killed(&folder, after, round % 5 == 0) else { continue };
        assert_eq!(told.insert(run, second), None, "two runs have one number");
        let history = History::open(&options(&folder));
        let state = history.state();
        assert_eq!((state.health, state.damaged), (Health::Stored, 0), "{round}: {state}");
        for name in ["a", "d"] {
            check(&history, name, run, second, round);
        }
        let newest = history.get("test", "newest").expect("it was put");
        let newest = u64::from_le_bytes(newest.try_into().expect("eight bytes"));
        assert!(newest >= second, "{round}: {newest} of {second}");
    }
    let history = History::open(&options(&folder));
    for (run, second) in &told {
        check(&history, "b", *run, *second, count);
    }
    let state = history.state();
    println!(
        "{round} processes were killed, {} of them after they had appended; the store has {} bytes",
        told.len(),
        state.file_bytes
    );
    drop(history);
    let _ = std::fs::remove_dir_all(folder);
}

/// Each second of a run is there once, up to the last one told of at least.
fn check(history: &History, name: &str, run: u32, second: u64, round: u32) {
    let series = history.series(&key(name), Window::All);
    let points = series.points().iter().filter(|point| point.at.run == run);
    let values: Vec<f64> = points.map(|point| point.value).collect();
    assert!(values.len() as u64 > second, "{round}: {} of {second} in run {run}", values.len());
    let expected = (0..).map(|second| value(run, second));
    assert!(values.iter().copied().eq(expected.take(values.len())), "{round}: run {run}");
    let minutes = history.summaries(&key(name), Window::All, Tier::Minute);
    let counts = minutes.iter().filter(|minute| minute.at.run == run).map(|minute| minute.count);
    assert_eq!(counts.sum::<u64>(), values.len() as u64, "{round}: run {run}");
}

#[test]
fn two_processes_on_one_store_have_a_file_each() {
    let folder = std::env::temp_dir().join(format!("memopt-two-{}", std::process::id()));
    let child = Appending::start(&folder);
    child.wait_for_first();
    let history = History::open(&options(&folder));
    let state = history.state();
    assert!(state.is_beside && state.health == Health::Stored, "{state}");
    assert!(state.to_string().contains("another process has the store open"), "{state}");
    for second in 0..300 {
        let at = Stamp { run: history.run(), monotonic_ns: second * 1_000_000_000, unix_ms: 0 };
        let mut frame = Frame::new(at);
        frame.add(key("own"), second as f64);
        history.append(&frame);
    }
    drop(history);
    let (run, second) = child.kill().expect("it appended");
    // The plain file is the other's, whole and without anything of this one.
    let plain = History::open(&options(&folder));
    assert_eq!((plain.state().is_beside, plain.state().damaged), (false, 0));
    check(&plain, "a", run, second, 0);
    assert!(!plain.keys().contains(&key("own")));
    let mut own = options(&folder);
    own.name = format!("memopt-{}", std::process::id());
    let values = History::open(&own).series(&key("own"), Window::All).values();
    assert!(values.into_iter().eq((0..300).map(f64::from)));
    drop(plain);
    let _ = std::fs::remove_dir_all(folder);
}

#[test]
fn nothing_is_lost_when_it_is_killed() {
    rounds(12);
}

/// `cargo test -p memopt-monitor --release --test kill -- --ignored --nocapture`
#[test]
#[ignore = "takes a minute"]
fn nothing_is_lost_when_it_is_killed_200_times() {
    rounds(200);
}
