use super::*;
use crate::clock::Stamp;

const SECOND: u64 = 1_000_000_000;

fn at(run: u32, second: u64) -> Stamp {
    Stamp {
        run,
        monotonic_ns: second * SECOND,
        unix_ms: 1_800_000_000_000 + i64::from(run) * 86_400_000 + second as i64 * 1_000,
    }
}

fn frame(at: Stamp, readings: &[(&str, f64)]) -> Frame {
    let mut frame = Frame::new(at);
    for (metric, value) in readings {
        frame.add(Key::new(*metric), *value);
    }
    frame
}

/// A history with a reading a second, whose value is the second.
fn seconds(history: &History, run: u32, seconds: std::ops::Range<u64>) {
    for second in seconds {
        history.append(&frame(at(run, second), &[("heap.live", second as f64)]));
    }
}

#[test]
fn what_was_appended_is_read_over_closed_blocks_and_the_open_one() {
    let history = History::in_memory(&Options::default());
    seconds(&history, 1, 0..1_000);
    let key = Key::new("heap.live");
    let all = history.series(&key, Window::All);
    assert_eq!(all.values(), (0..1_000).map(f64::from).collect::<Vec<_>>());
    assert_eq!(all.points()[130].at, at(1, 130));
    assert_eq!(history.latest(&key), Some(Point { at: at(1, 999), value: 999.0 }));
    let last = history.series(&key, Window::Last(Duration::from_secs(200)));
    assert_eq!((last.points().len(), last.values()[0]), (201, 799.0));
    let (from, to) = (at(1, 100).unix_ms, at(1, 130).unix_ms);
    let between = history.series(&key, Window::between(from, to)).values();
    assert_eq!(between, (100..=130).map(f64::from).collect::<Vec<_>>());
    assert_eq!(history.series(&Key::new("heap.dead"), Window::All), Series::default());
}

#[test]
fn minutes_and_hours_are_what_their_readings_come_to() {
    let history = History::in_memory(&Options::default());
    seconds(&history, 1, 0..3 * 3_600);
    let key = Key::new("heap.live");
    let minutes = history.summaries(&key, Window::All, Tier::Minute);
    assert_eq!(minutes.len(), 180);
    let fifth = minutes[5];
    assert_eq!((fifth.min, fifth.max, fifth.last, fifth.count), (300.0, 359.0, 359.0, 60));
    assert!((fifth.mean - 329.5).abs() < 1e-9);
    let hours = history.stepped(&key, Window::All, Duration::from_secs(3_600));
    assert_eq!(hours.len(), 3);
    assert_eq!((hours[1].min, hours[1].max, hours[1].count), (3_600.0, 7_199.0, 3_600));
    let tens = history.stepped(&key, Window::All, Duration::from_secs(600));
    assert_eq!((tens.len(), tens[1].count, tens[1].min), (18, 600, 600.0));
    let few = history.stepped(&key, Window::All, Duration::from_secs(10));
    assert_eq!((few.len(), few[3].mean), (1_080, 34.5));
}

#[test]
fn runs_are_kept_apart_and_absent_is_absent() {
    let history = History::in_memory(&Options::default());
    seconds(&history, 1, 0..30);
    history.append(&frame(at(1, 30), &[("other", 1.0)]));
    seconds(&history, 2, 0..40);
    let key = Key::new("heap.live");
    assert_eq!(history.series(&key, Window::All).points().len(), 70);
    assert_eq!(history.series(&key, Window::Last(Duration::from_secs(3_600))).points().len(), 40);
    assert_eq!(history.summaries(&key, Window::All, Tier::Minute).len(), 2);
    let other = history.series(&Key::new("other"), Window::All);
    assert_eq!(other.points(), [Point { at: at(1, 30), value: 1.0 }]);
}

#[test]
fn a_moment_that_is_not_later_is_left_out_and_wall_steps_are_kept() {
    let history = History::in_memory(&Options::default());
    seconds(&history, 1, 0..10);
    seconds(&history, 1, 5..12);
    let key = Key::new("heap.live");
    assert_eq!(history.series(&key, Window::All).points().len(), 12);
    // Somebody sets the clock back by a day: time goes on.
    let mut back = at(1, 12);
    back.unix_ms -= 86_400_000;
    history.append(&frame(back, &[("heap.live", 12.0)]));
    assert_eq!(history.series(&key, Window::All).points().len(), 13);
    assert_eq!(history.series(&key, Window::between(i64::MIN, back.unix_ms)).values(), [12.0]);
    assert_eq!(history.summaries(&key, Window::All, Tier::Minute).len(), 1);
}

#[test]
fn memory_has_a_cap_and_coarse_tiers_reach_back_farther() {
    let cap = 512 << 10;
    let options = Options { memory_bytes: cap, ..Options::default() };
    let history = History::in_memory(&options);
    let keys: Vec<Key> = (0..10).map(|n| Key::new("n").of("at", n.to_string())).collect();
    for second in 0..6 * 3_600 {
        let mut frame = Frame::new(at(1, second));
        for (n, key) in keys.iter().enumerate() {
            // Values that do not compress.
            let noise = (second * 10 + n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            frame.add(key.clone(), noise as f64 / 7.0);
        }
        history.append(&frame);
    }
    let held = history.held();
    assert!(held.memory_bytes <= cap, "{held:?}");
    assert!(held.let_go > 0);
    let raw = history.series(&keys[3], Window::All).points().len();
    let minutes = history.summaries(&keys[3], Window::All, Tier::Minute).len();
    assert!(raw > 600 && raw < 5 * 3_600, "{raw}");
    assert!(minutes * 60 > raw, "{minutes} minutes, {raw} seconds");
}

#[test]
fn series_have_a_cap_and_those_that_are_gone_make_room() {
    let options = Options { memory_bytes: 400 << 10, ..Options::default() };
    let history = History::in_memory(&options);
    for second in 0..3_000 {
        let mut frame = Frame::new(at(1, second));
        // A hundred series at a time; every 600 s they are others.
        for n in 0..100 {
            let name = format!("{}-{n}", second / 600);
            frame.add(Key::new("n").of("name", name), (second * 7_919 % 1_000) as f64 / 3.0);
        }
        history.append(&frame);
    }
    let held = history.held();
    assert!(held.series <= 200 && held.refused > 0 && held.let_go > 0, "{held:?}");
    // Of the last hundred there are those that found room.
    let last = |n: u64| Key::new("n").of("name", format!("4-{n}"));
    assert!(history.series(&last(0), Window::All).points().len() >= 120);
    assert_eq!(history.latest(&last(99)), None);
}

#[test]
fn what_is_left_of_its_room_goes_to_the_newest() {
    let options = Options { memory_bytes: 64 << 10, ..Options::default() };
    let history = History::in_memory(&options);
    let append = |from: u64, to: u64| {
        for second in from..to {
            let value = f64::from((second as u32).wrapping_mul(2_654_435_761));
            history.append(&frame(at(1, second), &[("heap.live", value), ("heap.freed", -value)]));
        }
    };
    append(0, 20_000);
    let before = history.held();
    assert!((48 << 10..=64 << 10).contains(&before.memory_bytes), "{before:?}");
    history.set_room(24 << 10);
    append(20_000, 20_001);
    let held = history.held();
    assert!(held.memory_bytes <= 24 << 10, "{held:?}");
    assert!(held.let_go > before.let_go && held.series == 2, "{held:?}");
    let newest = history.series(&Key::new("heap.live"), Window::Last(Duration::from_secs(300)));
    assert_eq!(newest.points().len(), 301);
    // More than the options allow is never taken.
    history.set_room(usize::MAX);
    append(20_001, 40_000);
    assert!((48 << 10..=64 << 10).contains(&history.held().memory_bytes));
}
