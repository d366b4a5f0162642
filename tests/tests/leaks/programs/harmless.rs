//! What looks like a leak for a while and is none.

use crate::harness::Program;
use std::collections::HashMap;

type Cache = HashMap<u64, Vec<u8>>;

#[memopt::track_alloc(name = "lookup")]
fn lookup(cache: &mut Cache, key: u64) -> usize {
    cache.entry(key).or_insert_with(|| vec![key as u8; 2000]).len()
}

/// A cache that fills with the keys there are: fast at first, then slower, then not at all.
pub(crate) fn warm_up() -> Program {
    let (mut cache, mut seed) = (Cache::new(), 1u64);
    Box::new(move |_| {
        for _ in 0..200 {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            lookup(&mut cache, (seed >> 33) % 1000);
        }
    })
}

#[memopt::track_alloc(name = "append")]
fn append(log: &mut Vec<String>, line: u64) {
    log.push(format!("line {line} of a log that is written out when it is full"));
}

#[memopt::track_alloc(name = "flush")]
fn flush(log: &mut Vec<String>) {
    *log = Vec::new();
}

/// A log that gathers lines and is written out every seven rounds.
pub(crate) fn sawtooth() -> Program {
    let mut log = Vec::new();
    Box::new(move |round| {
        (0..1000).for_each(|line| append(&mut log, line));
        if round % 7 == 6 {
            flush(&mut log);
        }
    })
}

#[memopt::track_alloc(name = "load_index")]
fn load_index() -> Vec<Vec<u8>> {
    (0..1000).map(|i| vec![i as u8; 4000]).collect()
}

/// An index that is loaded when it is first needed.
pub(crate) fn one_off() -> Program {
    let mut index = None;
    Box::new(move |round| {
        if round == 18 {
            index = Some(load_index());
        }
        assert_eq!(index.is_some(), round >= 18);
    })
}
