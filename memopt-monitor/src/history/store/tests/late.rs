//! Stores that can be opened only when the run has begun.

use super::*;

#[test]
fn a_store_that_opens_late_has_lost_nothing_of_the_run_before() {
    let folder = Folder::new();
    let history = folder.open();
    // The newest are in the tail alone.
    run(&history, 0..100);
    assert!(history.put("limits", "a", b"earlier"));
    run(&history, 100..150);
    assert!(history.put("limits", "b", b"in the tail"));
    assert!(history.put("limits", "c", b"of nobody else"));
    run(&history, 150..151);
    drop(history);
    let faults = Faults::new(u64::MAX);
    faults.set_read_only(true);
    let history = folder.open_failing(&faults);
    let number = history.run();
    assert!(history.state().health == Health::Degraded && number > 100_000, "{number}");
    run(&history, 0..10);
    assert!(history.put("limits", "a", b"own"));
    assert!(history.put("limits", "b", b"own too"));
    faults.set_read_only(false);
    run(&history, 10..100);
    assert_eq!((history.state().health, history.run()), (Health::Stored, number));
    let expected = [values(1, 151), values(number, 100)].concat();
    assert_eq!(all(&history), expected);
    assert_eq!(history.latest(&key()).unwrap().at, at(number, 99));
    for (name, earlier, now) in [
        ("a", &b"earlier"[..], &b"own"[..]),
        ("b", b"in the tail", b"own too"),
        ("c", b"of nobody else", b"of nobody else"),
    ] {
        assert_eq!(history.take_earlier("limits", name).as_deref(), Some(earlier), "{name}");
        assert_eq!(history.take_earlier("limits", name), None, "{name}");
        assert_eq!(history.get("limits", name).as_deref(), Some(now), "{name}");
    }
    drop(history);
    let history = folder.open();
    assert_eq!((all(&history), history.run()), (expected, number + 1));
    assert_eq!(history.get("limits", "b").as_deref(), Some(&b"own too"[..]));
    let minutes = history.summaries(&key(), Window::All, Tier::Minute);
    assert_eq!(minutes.iter().map(|minute| minute.count).sum::<u64>(), 251);
}

#[test]
fn a_disk_that_fails_as_a_store_opens_late_tells_of_the_earlier_run_once() {
    let mut seen = 0;
    for room in (0..60_000).step_by(999) {
        let folder = Folder::new();
        let history = folder.open();
        assert!(history.put("limits", "a", b"old"));
        run(&history, 0..130);
        assert!(history.put("limits", "a", b"new"));
        run(&history, 130..140);
        drop(history);
        let faults = Faults::new(u64::MAX);
        faults.set_read_only(true);
        let history = folder.open_failing(&faults);
        run(&history, 0..2);
        assert!(history.put("limits", "a", b"own"));
        faults.set_room(room);
        faults.set_read_only(false);
        let mut told = Vec::new();
        for second in 2..200 {
            if second == 100 {
                faults.set_room(u64::MAX);
            }
            run(&history, second..second + 1);
            let earlier = history.take_earlier("limits", "a");
            // It was read, and the disk failed when it was written back.
            seen += u32::from(earlier.is_some() && history.state().health == Health::Degraded);
            told.extend(earlier.unwrap_or_default());
        }
        assert_eq!(told, b"new", "room for {room}");
        assert_eq!(history.state().health, Health::Stored, "room for {room}");
        let number = history.run();
        drop(history);
        let history = folder.open();
        assert!(all(&history) == [values(1, 140), values(number, 200)].concat(), "{room}");
        assert_eq!(history.get("limits", "a").as_deref(), Some(&b"own"[..]));
    }
    assert!(seen > 5, "{seen}");
}
