//! Programs of collections at one learner.

use super::{Learner, LearnerMode, learners};
use crate::remedy::presize::Presizable;
use std::collections::{HashMap, HashSet, VecDeque};

/// How many times a vector of `length` grew; it starts where the learner says.
fn fill(learner: &'static Learner, length: usize) -> (u32, usize) {
    let mut vec = learner.start(Vec::new());
    let started = learner.started(&vec);
    let (mut grown, mut room) = (0, vec.capacity());
    for n in 0..length {
        vec.push(n);
        if vec.capacity() != room {
            room = vec.capacity();
            grown += 1;
        }
    }
    learner.end(started, &vec);
    (grown, room - length)
}

/// A generator that is the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }
}

#[test]
fn at_a_steady_place_hardly_any_growth_is_left() {
    static STEADY: Learner = Learner::new("steady");
    let mut random = Random(7);
    let (mut grown, mut plain, mut unused, mut room) = (0, 0, 0, 0);
    for _ in 0..2000 {
        let length = 900 + random.below(200);
        let (times, left) = fill(&STEADY, length);
        (grown, plain) = (grown + times, plain + 9);
        (unused, room) = (unused + left, room + left + length);
    }
    assert!(grown * 20 <= plain, "{grown} of {plain}");
    assert!(unused * 5 <= room, "{unused} of {room}");
    let state = STEADY.state();
    assert_eq!(state.sufficed + state.grew, 2000);
    assert!(state.grew < 200, "{state:?}");
    assert_eq!(state.unused_bytes, 8 * unused as u64);
}

#[test]
fn it_follows_when_the_lengths_move() {
    static MOVES: Learner = Learner::new("moves");
    for _ in 0..10_000 {
        fill(&MOVES, 1000);
    }
    assert_eq!(MOVES.state().start, Some(1000));
    for _ in 0..6000 {
        fill(&MOVES, 4000);
    }
    assert_eq!(MOVES.state().start, Some(4000));
    // And down, where staying would waste.
    for _ in 0..10_000 {
        fill(&MOVES, 100);
    }
    let start = MOVES.state().start.unwrap();
    assert!((100..=103).contains(&start), "{start}");
}

#[test]
fn the_bound_on_waste_is_kept() {
    static WIDE: Learner = Learner::new("wide");
    let mut random = Random(3);
    let (mut unused, mut room) = (0, 0);
    for n in 0..4000 {
        let length = if n % 8 == 0 { 20_000 + random.below(1000) } else { 200 + random.below(20) };
        let (_, left) = fill(&WIDE, length);
        (unused, room) = (unused + left, room + left + length);
    }
    let start = WIDE.state().start.unwrap();
    // Every short one suffices, and the long ones double to their own length.
    assert!((219..1000).contains(&start), "{start}");
    assert!(unused * 5 <= room, "{unused} of {room}");
}

#[test]
fn capacity_given_is_the_start_until_one_is_learned() {
    static GIVEN: Learner = Learner::new("given");
    for n in 0..8 {
        let mut text = String::with_capacity(GIVEN.start_or(64));
        let started = GIVEN.started(&text);
        assert_eq!(text.capacity(), if n < 4 { 64 } else { 10 });
        text.push_str("ten bytes.");
        GIVEN.end(started, &text);
    }
    assert_eq!((GIVEN.state().sufficed, GIVEN.state().grew), (8, 0));
}

#[test]
fn a_learner_that_only_learns_changes_nothing() {
    static LEARNS: Learner = Learner::new("learns");
    LEARNS.set_mode(LearnerMode::Learning);
    for _ in 0..20 {
        assert!(fill(&LEARNS, 500).0 > 1);
    }
    assert_eq!(LEARNS.state().start, Some(500));
    LEARNS.set_mode(LearnerMode::Applied);
    assert_eq!(fill(&LEARNS, 500), (0, 0));
    LEARNS.set_mode(LearnerMode::Learning);
    assert!(fill(&LEARNS, 500).0 > 1);
    assert!(learners().iter().any(|learner| learner.name() == "learns"));
}

#[test]
fn what_was_taken_teaches_nothing() {
    static TAKEN: Learner = Learner::new("taken");
    for _ in 0..10 {
        fill(&TAKEN, 300);
    }
    for _ in 0..500 {
        let mut vec: Vec<u8> = TAKEN.start(Vec::new());
        let started = TAKEN.started(&vec);
        drop(std::mem::take(&mut vec));
        TAKEN.end(started, &vec);
    }
    assert_eq!(TAKEN.state().start, Some(300));
    assert_eq!(TAKEN.state().sufficed + TAKEN.state().grew, 10);
}

#[test]
fn what_grew_and_was_emptied_counts_as_grown() {
    static EMPTIED: Learner = Learner::new("emptied");
    for _ in 0..4 {
        let mut vec = EMPTIED.start(Vec::new());
        let started = EMPTIED.started(&vec);
        vec.extend(std::iter::repeat_n(1u8, 512));
        vec.clear();
        EMPTIED.end(started, &vec);
    }
    assert_eq!(EMPTIED.state().start, Some(257));
}

#[test]
fn every_collection_starts_with_the_room_learned() {
    fn room<C: Presizable + Extend<u32>>(learner: &'static Learner, make: fn() -> C) -> usize {
        for _ in 0..4 {
            let mut collection = learner.start(make());
            let started = learner.started(&collection);
            collection.extend(0..100);
            learner.end(started, &collection);
        }
        learner.start(make()).room()
    }
    static VEC: Learner = Learner::new("vec");
    static DEQUE: Learner = Learner::new("deque");
    static SET: Learner = Learner::new("set");
    assert_eq!(room(&VEC, Vec::new), 100);
    assert_eq!(room(&DEQUE, VecDeque::new), 100);
    assert!(room(&SET, HashSet::<u32>::new) >= 100);

    static MAP: Learner = Learner::new("map");
    static TEXT: Learner = Learner::new("text");
    for _ in 0..4 {
        let mut map = MAP.start(HashMap::new());
        let started = MAP.started(&map);
        map.extend((0..50).map(|n| (n, n)));
        MAP.end(started, &map);
        let mut text = TEXT.start(String::new());
        let started = TEXT.started(&text);
        text.push_str("nine byte");
        TEXT.end(started, &text);
    }
    assert!(MAP.start(HashMap::<u8, u8>::new()).capacity() >= 50);
    assert_eq!(TEXT.start(String::new()).capacity(), 9);
    // Elements that take no room.
    static UNITS: Learner = Learner::new("units");
    for _ in 0..8 {
        let mut units = UNITS.start(Vec::new());
        let started = UNITS.started(&units);
        units.push(());
        UNITS.end(started, &units);
    }
    assert_eq!(UNITS.state().unused_bytes, 0);
}

#[test]
fn threads_learn_together() {
    static SHARED: Learner = Learner::new("shared");
    const EACH: u64 = if cfg!(miri) { 20 } else { 2000 };
    std::thread::scope(|threads| {
        for _ in 0..8 {
            threads.spawn(|| (0..EACH).for_each(|_| assert!(fill(&SHARED, 40).0 < 9)));
        }
    });
    let state = SHARED.state();
    assert_eq!(state.start, Some(40));
    // Counts may be lost where threads meet, but none is made up.
    assert!(state.sufficed + state.grew <= 8 * EACH);
    assert!(state.sufficed > EACH, "{state:?}");
}
