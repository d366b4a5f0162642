//! Operators that the standard library implements once for a type: the right side is inferred, and
//! a `&String` becomes a `&str`.

#![allow(clippy::all, clippy::pedantic, reason = "lines as people write them")]
use memopt as _;

use std::time::{Duration, Instant, SystemTime};

#[test]
fn a_string_takes_whatever_becomes_a_str() {
    let (first, last) = (String::from("a"), String::from("b"));
    let boxed: Box<str> = "c".into();
    let mut name = first + &last + &boxed;
    name += &last;
    name += last.as_ref();
    name = name + boxed.as_ref();
    assert_eq!(name, "abcbbc");
}

#[test]
fn times_take_durations_and_durations_take_factors() {
    let second = Duration::from_secs(1);
    assert_eq!(second * "2".parse().unwrap(), Duration::from_secs(2));
    assert_eq!(second / 2_u8.into(), Duration::from_millis(500));
    assert_eq!(second + Default::default(), second);
    let (start, mut now) = (Instant::now(), SystemTime::now());
    assert_eq!(start + Default::default(), start);
    now += Default::default();
    assert!(now + Default::default() >= now);
}
