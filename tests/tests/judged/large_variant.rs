//! Lists of values of an enum with one large variant that is rare.

#![allow(clippy::large_enum_variant, reason = "it is what is to be found")]

use crate::case::Case;
use std::hint::black_box;

const fn case(name: &'static str, site: &'static str, before: fn(), after: fn()) -> Case {
    // It saves memory, and the blocks that it adds depend on the values.
    Case { name, code: "memopt::box", site, before, after, measured: false }
}

pub(crate) const CASES: [Case; 2] = [
    case("events of which few carry a frame", "record", || events(false), || events(true)),
    case("messages of which few carry a key", "inbox", || inboxes(false), || inboxes(true)),
];

enum Event {
    Tick(u64),
    Frame([u8; 512]),
}

enum Slim {
    Tick(u64),
    Frame(Box<[u8; 512]>),
}

#[memopt::track_alloc]
fn record(count: u64) -> Vec<Event> {
    let mut all: Vec<Event> = Vec::with_capacity(count as usize);
    for number in 0..count {
        all.push(match number % 200 {
            0 => Event::Frame([number as u8; 512]),
            _ => Event::Tick(number),
        });
    }
    all
}

#[memopt::track_alloc]
fn record_slim(count: u64) -> Vec<Slim> {
    let mut all: Vec<Slim> = Vec::with_capacity(count as usize);
    for number in 0..count {
        all.push(match number % 200 {
            0 => Slim::Frame(Box::new([number as u8; 512])),
            _ => Slim::Tick(number),
        });
    }
    all
}

fn events(boxed: bool) {
    if boxed {
        let all = record_slim(20_000);
        let ticks = |event: &Slim| match event {
            Slim::Tick(at) => *at,
            Slim::Frame(bytes) => u64::from(bytes[0]),
        };
        black_box(all.iter().map(ticks).sum::<u64>());
    } else {
        let all = record(20_000);
        let ticks = |event: &Event| match event {
            Event::Tick(at) => *at,
            Event::Frame(bytes) => u64::from(bytes[0]),
        };
        black_box(all.iter().map(ticks).sum::<u64>());
    }
}

struct Key {
    modulus: [u64; 64],
    name: u32,
}

enum Message {
    Ping(u32),
    Hello(Key),
}

enum Small {
    Ping(u32),
    Hello(Box<Key>),
}

#[memopt::track_alloc]
fn inbox() -> u64 {
    let mut queue = Vec::with_capacity(10_000);
    for number in 0..10_000u32 {
        let key = |name| Key { modulus: [7; 64], name };
        let rare = number % 100 == 0;
        queue.push(if rare { Message::Hello(key(number)) } else { Message::Ping(number) });
    }
    let weight = |message: &Message| match message {
        Message::Ping(number) => u64::from(*number),
        Message::Hello(key) => key.modulus[3] + u64::from(key.name),
    };
    black_box(&queue).iter().map(weight).sum()
}

#[memopt::track_alloc]
fn small_inbox() -> u64 {
    let mut queue = Vec::with_capacity(10_000);
    for number in 0..10_000u32 {
        let key = |name| Box::new(Key { modulus: [7; 64], name });
        let rare = number % 100 == 0;
        queue.push(if rare { Small::Hello(key(number)) } else { Small::Ping(number) });
    }
    let weight = |message: &Small| match message {
        Small::Ping(number) => u64::from(*number),
        Small::Hello(key) => key.modulus[3] + u64::from(key.name),
    };
    black_box(&queue).iter().map(weight).sum()
}

fn inboxes(boxed: bool) {
    black_box(if boxed { small_inbox() } else { inbox() });
}
