//! How much is kept, where, and for whom.

use super::*;

/// Twenty series at one reading a second for so many hours.
fn hours(history: &History, hours: u64, value: impl Fn(u64, u64) -> f64) -> (Key, usize) {
    let keys: Vec<Key> = (0..20).map(|n| Key::new("n").of("at", n.to_string())).collect();
    let mut most = 0;
    for second in 0..hours * HOUR {
        let mut frame = Frame::new(at(1, second));
        for (n, key) in (0..).zip(&keys) {
            frame.add(key.clone(), value(second, n));
        }
        history.append(&frame);
        most = most.max(history.held().memory_bytes);
    }
    (keys[7].clone(), most)
}

fn noise(second: u64, n: u64) -> u64 {
    (second * 20 + n).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[test]
fn memory_has_a_cap_and_the_store_has_the_rest() {
    let folder = Folder::new();
    let mut options = folder.options();
    options.memory_bytes = 300 << 10;
    let history = History::open(&options);
    let counter = |second, n| (second * 10_000 + (noise(second, n) >> 50)) as f64;
    let (key, most) = hours(&history, 4, counter);
    assert!(most <= 300 << 10, "{most}");
    assert_eq!(history.held().let_go, 0, "all was stored before it was let go");
    assert_eq!(history.series(&key, Window::All).points().len() as u64, 4 * HOUR);
    assert_eq!(history.summaries(&key, Window::All, Tier::Minute).len(), 240);
    assert_eq!(history.state().failures, 0);
}

#[test]
fn what_is_kept_no_longer_as_readings_is_there_in_minutes() {
    let folder = Folder::new();
    let mut options = folder.options();
    options.retention[0] = Duration::from_secs(HOUR);
    let history = History::open(&options);
    let (key, _) = hours(&history, 6, |second, _| second as f64);
    let readings = history.series(&key, Window::All).points().len() as u64;
    assert!((HOUR..2 * HOUR).contains(&readings), "{readings}");
    let five = Window::Last(Duration::from_secs(5 * HOUR));
    let rows = history.stepped(&key, five, Duration::from_secs(30));
    // The values are the seconds: each row is later than the one before, and none is missing.
    assert!(rows[0].last <= (HOUR + 60) as f64, "{:?}", rows[0]);
    assert_eq!(rows[rows.len() - 1].last, (6 * HOUR - 1) as f64);
    let steps: Vec<f64> = rows.windows(2).map(|pair| pair[1].last - pair[0].last).collect();
    assert!(steps.iter().all(|step| (1.0..=120.0).contains(step)), "{steps:?}");
    assert!(steps.iter().filter(|step| **step == 30.0).count() as u64 >= readings / 30 - 2);
    // Half a minute is fine enough where all of it is there.
    let half =
        history.stepped(&key, Window::Last(Duration::from_secs(1_800)), Duration::from_secs(30));
    assert!(half.windows(2).all(|pair| pair[1].last - pair[0].last <= 30.0), "{half:?}");
}

#[test]
fn the_store_stays_below_its_limit() {
    let folder = Folder::new();
    let mut options = folder.options();
    options.store_bytes = 3 << 20;
    let history = History::open(&options);
    let (key, _) = hours(&history, 6, |second, n| noise(second, n) as f64 / 3.0);
    let state = history.state();
    assert!(state.file_bytes <= 4 << 20, "{state:?}");
    let points = history.series(&key, Window::All).points().len() as u64;
    assert!((HOUR / 2..5 * HOUR).contains(&points), "{points}");
    // Minutes are kept for longer than readings.
    assert_eq!(history.summaries(&key, Window::All, Tier::Minute).len(), 360);
}

#[cfg(unix)]
#[test]
fn the_files_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    drop(folder.open());
    for file in folder.files() {
        let known = fs::metadata(folder.0.join(&file)).expect("it is there");
        assert_eq!(known.permissions().mode() & 0o777, 0o600, "{file}");
    }
    assert_eq!(folder.files(), ["memopt.redb", "memopt.tail"]);
}
