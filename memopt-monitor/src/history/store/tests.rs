//! The store through its history: what is there after a restart, and when the disk fails.

use super::faults::Faults;
use super::writer::Settings;
use crate::clock::Stamp;
use crate::history::{Health, History, Options, Tier, Window};
use crate::series::Key;
use crate::source::Frame;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

mod late;
mod limits;

const SECOND: u64 = 1_000_000_000;
const HOUR: u64 = 3_600;

fn opened(options: &Options, settings: Settings) -> History {
    let history = History::with_settings(options, settings);
    assert!(history.open_store());
    history
}

/// A folder of a test, gone after it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("memopt-store-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        // A process that ended may have had the same number.
        let _ = fs::remove_dir_all(&path);
        Self(path)
    }

    fn options(&self) -> Options {
        Options { folder: Some(self.0.clone()), ..Options::default() }
    }

    fn open(&self) -> History {
        History::open(&self.options())
    }

    /// A history on a disk that fails when it is told to.
    fn open_failing(&self, faults: &Arc<Faults>) -> History {
        let options = self.options();
        let settings = Settings {
            folder: self.0.clone(),
            name: options.name.clone(),
            ages: options.retention,
            bytes: options.store_bytes,
            faults: Some(Arc::clone(faults)),
        };
        opened(&options, settings)
    }

    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).expect("the folder is there");
        let name = |entry: fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
        let mut names: Vec<String> = entries.flatten().map(name).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn at(run: u32, second: u64) -> Stamp {
    Stamp {
        run,
        monotonic_ns: second * SECOND,
        unix_ms: 1_800_000_000_000 + i64::from(run) * 7_200_000 + second as i64 * 1_000,
    }
}

fn key() -> Key {
    Key::new("heap.live")
}

/// Appends a reading a second: the second and the run tell its value.
fn run(history: &History, seconds: std::ops::Range<u64>) {
    for second in seconds {
        let mut frame = Frame::new(at(history.run(), second));
        frame.add(key(), value(history.run(), second));
        frame.add(Key::new("site.live").of("site", "a"), (second % 7) as f64 / 3.0);
        history.append(&frame);
    }
}

fn value(run: u32, second: u64) -> f64 {
    f64::from(run) * 1e6 + second as f64
}

/// The values of one run, from its first second on.
fn values_from(run: u32, first: u64, seconds: u64) -> Vec<f64> {
    (first..first + seconds).map(|second| value(run, second)).collect()
}

fn values(run: u32, seconds: u64) -> Vec<f64> {
    (0..seconds).map(|second| value(run, second)).collect()
}

fn all(history: &History) -> Vec<f64> {
    history.series(&key(), Window::All).values()
}

#[test]
fn runs_go_on_where_the_last_one_ended() {
    let folder = Folder::new();
    let mut expected = Vec::new();
    // The first ends within a block, the second as a block is full, the third at once. The minutes
    // of the last are full when its readings are not.
    for (number, first, seconds) in [(1, 0, 300), (2, 0, 241), (3, 0, 1), (4, 31, 3_620)] {
        let history = folder.open();
        assert_eq!(history.run(), number);
        assert_eq!(history.state().health, Health::Stored, "{}", history.state());
        run(&history, first..first + seconds);
        expected.extend(values_from(number, first, seconds));
        assert!(all(&history) == expected, "{number}");
        let last = history.series(&key(), Window::Last(Duration::from_secs(60)));
        assert_eq!(last.points().len() as u64, seconds.min(61));
    }
    let history = folder.open();
    assert!(all(&history) == expected);
    let minutes = history.summaries(&key(), Window::All, Tier::Minute);
    assert_eq!(minutes.len(), 5 + 5 + 1 + 61);
    assert_eq!(minutes.iter().map(|minute| minute.count).sum::<u64>(), 300 + 241 + 1 + 3_620);
    let hours = history.summaries(&key(), Window::All, Tier::Hour);
    assert_eq!(hours.iter().map(|hour| hour.count).collect::<Vec<_>>(), [300, 241, 1, 3_569, 51]);
    assert_eq!(history.keys().len(), 2);
    let between = Window::between(at(2, 100).unix_ms, at(2, 102).unix_ms);
    assert_eq!(history.series(&key(), between).values(), [100, 101, 102].map(|s| value(2, s)));
}

#[test]
fn before_it_is_open_memory_has_it_and_the_disk_is_left_alone() {
    let folder = Folder::new();
    run(&folder.open(), 0..150);
    let history = History::unopened(&folder.options());
    let files = folder.files();
    let state = history.state();
    assert_eq!((state.health, history.run()), (Health::Opening, 0));
    assert!(state.to_string().starts_with("history is in memory until the store is open ("));
    assert!(history.put("limits", "a", b"1"));
    run(&history, 0..130);
    assert_eq!(all(&history), values(0, 130));
    assert_eq!((history.state().health, folder.files()), (Health::Opening, files));
    assert!(history.open_store());
    assert!(!history.open_store(), "once");
    assert_eq!((history.state().health, history.run()), (Health::Stored, 2));
    run(&history, 0..10);
    let mut expected = [values(1, 150), values(0, 130), values(2, 10)].concat();
    expected.sort_by(f64::total_cmp);
    // What memory had is of no run, and its values are those of an earlier one.
    let sorted = |history: &History| {
        let mut values = all(history);
        values.sort_by(f64::total_cmp);
        values
    };
    assert_eq!(sorted(&history), expected);
    drop(history);
    let history = folder.open();
    assert_eq!(sorted(&history), expected);
    assert_eq!(history.get("limits", "a").as_deref(), Some(&b"1"[..]));
    assert!(!History::in_memory(&folder.options()).open_store(), "there is none");
}

#[test]
fn states_are_kept_and_the_newest_wins() {
    let folder = Folder::new();
    let history = folder.open();
    assert!(history.put("limits", "a", b"1"));
    assert!(history.put("limits", "b", b"2"));
    run(&history, 0..1);
    assert!(history.put("limits", "a", b"3"));
    history.remove("limits", "b");
    run(&history, 1..130);
    assert!(history.put("silences", "x", b"4"));
    run(&history, 130..131);
    // This one comes after the last frame: it is lost.
    assert!(history.put("silences", "y", b"5"));
    drop(history);
    let history = folder.open();
    assert_eq!(history.get("limits", "a").as_deref(), Some(&b"3"[..]));
    assert_eq!(history.get("limits", "b"), None);
    assert_eq!(history.get("silences", "x").as_deref(), Some(&b"4"[..]));
    assert_eq!(history.get("silences", "y"), None);
    assert_eq!(history.keys_of("limits"), ["a"]);
    assert!(!history.put("large", "z", &vec![0; 5 << 20]), "there is a limit");
}

#[test]
fn states_without_a_frame_are_kept_by_a_flush() {
    let folder = Folder::new();
    let history = folder.open();
    assert!(history.put("limits", "a", b"1"));
    history.flush();
    drop(history);
    let history = folder.open();
    assert_eq!(history.get("limits", "a").as_deref(), Some(&b"1"[..]));
    run(&history, 0..10);
    assert!(history.put("limits", "a", b"2"));
    history.flush();
    history.flush();
    drop(history);
    let faults = Faults::new(u64::MAX);
    let history = folder.open_failing(&faults);
    assert_eq!(history.get("limits", "a").as_deref(), Some(&b"2"[..]));
    assert_eq!(all(&history).len(), 10);
    // A disk that is full when it is flushed.
    run(&history, 0..1);
    assert!(history.put("limits", "a", b"3"));
    faults.set_room(0);
    history.flush();
    assert_eq!(history.state().health, Health::Degraded);
    faults.set_room(u64::MAX);
    run(&history, 1..10);
    assert_eq!(history.state().health, Health::Stored);
    drop(history);
    let history = folder.open();
    assert_eq!(history.get("limits", "a").as_deref(), Some(&b"3"[..]));
    History::in_memory(&Options::default()).flush();
}

#[test]
fn large_states_that_change_with_each_frame_cut_no_frame_off() {
    let folder = Folder::new();
    let history = folder.open();
    for second in 0..100 {
        assert!(history.put("alerts", "all", &vec![second as u8; 3 << 20]));
        run(&history, second..second + 1);
    }
    drop(history);
    let history = folder.open();
    assert_eq!(all(&history), values(1, 100));
    let kept = history.get("alerts", "all").unwrap();
    assert!(kept[0] > 5, "{}", kept[0]);
    // A block later the newest is in the database.
    run(&history, 0..1);
    assert!(history.put("alerts", "all", b"7"));
    run(&history, 1..130);
    drop(history);
    assert_eq!(folder.open().get("alerts", "all").as_deref(), Some(&b"7"[..]));
}

#[test]
fn a_tail_that_grows_long_is_begun_anew_and_nothing_is_lost() {
    let folder = Folder::new();
    let history = folder.open();
    for second in 0..80 {
        assert!(history.put("large", "a", &vec![second as u8; 1 << 20]));
        run(&history, second..second + 1);
        let tail = fs::metadata(folder.0.join("memopt.tail")).expect("it is there").len();
        assert!(tail < 20 << 20, "{tail} bytes at {second}");
    }
    drop(history);
    let history = folder.open();
    assert_eq!(history.get("large", "a"), Some(vec![79; 1 << 20]));
    assert_eq!(all(&history), values(1, 80));
    let minutes = history.summaries(&key(), Window::All, Tier::Minute);
    assert_eq!(minutes.iter().map(|minute| minute.count).sum::<u64>(), 80);
}

#[test]
fn a_second_one_has_its_own_file_and_says_so() {
    let folder = Folder::new();
    let first = folder.open();
    let second = folder.open();
    let state = second.state();
    assert!(state.is_beside && state.health == Health::Stored);
    assert!(state.to_string().ends_with(": another process has the store open"), "{state}");
    run(&first, 0..200);
    run(&second, 0..100);
    drop((first, second));
    let pid = std::process::id();
    let own = format!("memopt-{pid}");
    let names = ["memopt", &own].map(|stem| [format!("{stem}.redb"), format!("{stem}.tail")]);
    let mut names = names.concat();
    names.sort();
    assert_eq!(folder.files(), names);
    assert_eq!(all(&folder.open()).len(), 200);
}

#[test]
fn what_others_left_is_cleaned_up() {
    let folder = Folder::new();
    fs::create_dir_all(&folder.0).expect("a folder is made");
    let old = std::time::SystemTime::now() - Duration::from_secs(500 * 86_400);
    for name in ["memopt-1.redb", "memopt-1.tail", "memopt.damaged", "memopt-2.redb", "notes.txt"] {
        let file = fs::File::create(folder.0.join(name)).expect("a file is made");
        if name != "memopt-2.redb" {
            file.set_modified(old).expect("its time is set");
        }
    }
    let history = folder.open();
    let before = folder.files();
    assert_eq!(before.len(), 7);
    run(&history, 0..HOUR / 2);
    assert_eq!(folder.files(), before, "the clock may be wrong yet");
    run(&history, HOUR / 2..2 * HOUR);
    assert_eq!(folder.files(), ["memopt-2.redb", "memopt.redb", "memopt.tail", "notes.txt"]);
}

#[test]
fn a_full_disk_leaves_all_to_memory_until_there_is_room() {
    let folder = Folder::new();
    let faults = Faults::new(u64::MAX);
    let history = folder.open_failing(&faults);
    run(&history, 0..500);
    faults.set_room(100);
    run(&history, 500..2_000);
    let state = history.state();
    assert_eq!((state.health, state.failures), (Health::Degraded, 1), "{state}");
    assert!(state.reason.is_some_and(|reason| reason.starts_with("the disk failed: ")));
    assert!(history.put("limits", "a", b"1"));
    // What is on disk alone cannot be read meanwhile; all is in memory here.
    assert_eq!(all(&history), values(1, 2_000));
    faults.set_room(u64::MAX);
    run(&history, 2_000..2_100);
    let state = history.state();
    assert_eq!((state.health, state.recoveries), (Health::Stored, 1), "{state}");
    assert_eq!(state.reason, None);
    drop(history);
    let history = folder.open();
    assert_eq!(all(&history), values(1, 2_100));
    assert_eq!(history.get("limits", "a").as_deref(), Some(&b"1"[..]));
}

#[test]
fn a_disk_may_fail_at_any_write() {
    for room in (0..120_000).step_by(1_999) {
        let folder = Folder::new();
        let faults = Faults::new(room);
        let history = folder.open_failing(&faults);
        run(&history, 0..400);
        faults.set_room(u64::MAX);
        run(&history, 400..600);
        assert_eq!(history.state().health, Health::Stored, "room for {room}");
        let run_number = history.run();
        drop(history);
        assert!(all(&folder.open()) == values(run_number, 600), "room for {room}");
    }
}

#[test]
fn a_disk_that_turns_read_only_and_back() {
    let folder = Folder::new();
    let faults = Faults::new(u64::MAX);
    let history = folder.open_failing(&faults);
    run(&history, 0..130);
    faults.set_read_only(true);
    run(&history, 130..400);
    assert_eq!(history.state().health, Health::Degraded);
    faults.set_read_only(false);
    run(&history, 400..500);
    assert_eq!(history.state().health, Health::Stored);
    drop(history);
    assert_eq!(all(&folder.open()), values(1, 500));
}

#[test]
fn a_folder_that_cannot_be_made_is_no_error() {
    let folder = Folder::new();
    fs::write(&folder.0, "a file where the folder should be").expect("a file is written");
    let history = folder.open();
    assert_eq!(history.state().health, Health::Degraded);
    assert!(history.run() > 100_000, "a number by the time");
    run(&history, 0..10);
    assert_eq!(all(&history).len(), 10);
    fs::remove_file(&folder.0).expect("it is there");
    run(&history, 10..100);
    assert_eq!(history.state().health, Health::Stored, "{}", history.state());
    let number = history.run();
    drop(history);
    let history = folder.open();
    assert_eq!((all(&history), history.run()), (values(number, 100), number + 1));
}

#[test]
fn damaged_files_are_set_aside_and_begun_anew() {
    let folder = Folder::new();
    run(&folder.open(), 0..1_000);
    let database = folder.0.join("memopt.redb");
    let good = fs::read(&database).expect("it is there");
    let tail = fs::read(folder.0.join("memopt.tail")).expect("it is there");
    let mut told = 0;
    for step in 0..80 {
        let mut bytes = good.clone();
        // Half a page, at places spread over the file.
        let from = step * 7_919 * 13 % (bytes.len() - 2_048);
        bytes[from..from + 2_048].iter_mut().for_each(|byte| *byte ^= 0x5a);
        fs::write(&database, &bytes).expect("it is written");
        fs::write(folder.0.join("memopt.tail"), &tail).expect("it is written");
        let history = folder.open();
        let state = history.state();
        assert_eq!(state.health, Health::Stored, "{step}: {state}");
        let kept = all(&history);
        if state.damaged == 0 {
            // Nothing that is in use was hit.
            assert_eq!(kept, values(1, 1_000), "{step}");
        } else {
            told += 1;
            assert!(state.reason.is_some_and(|it| it.starts_with("the store was damaged: ")));
            // What the tail has is there yet.
            assert_eq!(kept, values(1, 1_000)[1_000 - kept.len()..], "{step}");
        }
        run(&history, 0..10);
    }
    assert!(told > 5, "{told}");
    assert!(Path::new(&folder.0.join("memopt.damaged")).exists());
}

#[test]
fn a_tail_without_its_database_is_read() {
    let folder = Folder::new();
    run(&folder.open(), 0..170);
    fs::remove_file(folder.0.join("memopt.redb")).expect("it is there");
    assert_eq!(all(&folder.open()), values(1, 170)[120..]);
}

#[test]
fn clocks_that_jump_and_a_process_that_slept() {
    let folder = Folder::new();
    let history = folder.open();
    run(&history, 0..200);
    // The machine slept for a day, then somebody set the clock back by a year.
    let mut stamp = at(1, 200 + 86_400);
    let mut append = |wall: i64| {
        stamp.monotonic_ns += SECOND;
        stamp.unix_ms += 1_000 + wall;
        let mut frame = Frame::new(stamp);
        frame.add(key(), 5.0);
        history.append(&frame);
    };
    (0..100).for_each(|_| append(0));
    append(-365 * 86_400_000);
    (0..300).for_each(|_| append(0));
    append(10 * 365 * 86_400_000);
    (0..300).for_each(|_| append(0));
    assert_eq!(all(&history).len(), 200 + 702);
    let rates = history.series(&key(), Window::All).rate(Duration::from_secs(5));
    assert_eq!(rates.points().len(), 199 + 701);
    drop(history);
    assert_eq!(all(&folder.open()).len(), 200 + 702);
}
