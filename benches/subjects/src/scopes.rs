//! Work as a scope does it: many blocks made, all of them freed before the scope ends, or by another thread after it.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::mem::MaybeUninit;
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::{Deserializer, Value};

use crate::bench::timed;
use crate::calls::Random;

/// Entries of the map.
const ENTRIES: usize = 10_000;

/// Boxes made in one iteration.
pub const BOXES: u64 = 1000;

/// Blocks of the batches.
const BATCH: usize = 1000;

/// Lists of boxes on their way between two threads, at most.
pub const LISTS_UNDER_WAY: usize = 8;

/// A box of 32 bytes.
pub type Small = Box<[u64; 4]>;

/// The megabyte of JSON parsed and dropped.
///
/// # Panics
///
/// Never: the document is valid.
#[inline(always)]
pub fn json(text: &str) -> usize {
    let values = Deserializer::from_str(text).into_iter::<Value>();
    let values: Vec<Value> = values.map(|value| value.expect("the document is valid")).collect();
    black_box(&values).len()
}

/// Keys in random order, with their values; the same in every program.
pub fn entries() -> &'static [(String, String)] {
    static DRAWN: OnceLock<Vec<(String, String)>> = OnceLock::new();
    DRAWN.get_or_init(|| {
        let mut random = Random::new(0xb7ee);
        let mut entry = || {
            let number = random.below(1 << 30);
            (
                format!("customer {number}"),
                format!("{} orders, the last one on day {}", number % 1000, number % 365),
            )
        };
        (0..ENTRIES).map(|_| entry()).collect()
    })
}

/// A map of ten thousand entries built and dropped.
#[inline(always)]
pub fn btree(entries: &[(String, String)]) -> usize {
    let map: BTreeMap<String, String> = entries.iter().fold(BTreeMap::new(), |mut map, (key, value)| {
        map.insert(key.clone(), value.clone());
        map
    });
    black_box(&map).len()
}

/// A thousand boxes, kept.
#[inline(always)]
pub fn boxes(number: u64) -> Vec<Small> {
    (0..BOXES).map(|i| Box::new([number + i; 4])).collect()
}

/// 64 bytes allocated a thousand times, then freed a thousand times, over and over. The blocks are not written.
#[inline(always)]
pub fn batches(iterations: u64) -> Duration {
    let mut blocks: Vec<Box<MaybeUninit<[u64; 8]>>> = Vec::with_capacity(BATCH);
    timed(iterations, |_| {
        blocks.extend((0..BATCH).map(|_| Box::new_uninit()));
        black_box(&mut blocks).clear();
    })
}
