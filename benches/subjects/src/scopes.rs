//! Work as a scope does it: many blocks made, all of them freed before the scope ends, or by
//! another thread after it.

use crate::pair::Way;
use std::collections::BTreeMap;
use std::hint::black_box;
use std::mem::MaybeUninit;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crossbeam_queue::ArrayQueue;
use serde_json::{Deserializer, Value};

use crate::bench::timed;
use crate::calls::Random;

/// Entries of the map.
const ENTRIES: usize = 10_000;

/// Boxes made, or blocks allocated, in one iteration.
pub const BOXES: usize = 1000;

/// How lists of boxes get from one thread to another.
pub const WAY: Way = Way { load: 1, under_way: 8 };

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
    let map: BTreeMap<String, String> =
        entries.iter().fold(BTreeMap::new(), |mut map, (key, value)| {
            map.insert(key.clone(), value.clone());
            map
        });
    black_box(&map).len()
}

/// What the benches of explicit arenas place there: 24 bytes. Of objects of 32 bytes either none or
/// every second lies in two cache lines, by where the arena's chunk happens to begin; of these it
/// is always every fourth.
#[inline(always)]
pub fn object(number: u64) -> [u64; 3] {
    [number; 3]
}

/// A block to hold while an arena is at work, of another size each time, so that the arena's chunks
/// begin at another place of a page.
///
/// An arena keeps where it has got to at the end of its chunk. Where that word and the one that
/// [`black_box`] writes lie equally far from the beginning of a page, processors take a load of the
/// one for a load of what was just stored to the other: the same loop takes two to four times as
/// long. Which program that meets is chance, and stays so for all its turns where the system does
/// not draw addresses at random.
pub fn spacer() -> Vec<u8> {
    static TURN: AtomicUsize = AtomicUsize::new(0);
    // 97 steps of 16 bytes, of 256 that a page has: all of them come.
    let step = TURN.fetch_add(97, Ordering::Relaxed) % 256;
    black_box(Vec::with_capacity(16 * (step + 1)))
}

/// Puts a thousand boxes into a list that has room for them, so that only boxes are allocated.
#[inline(always)]
pub fn fill<const WORDS: usize>(list: &mut Vec<Box<[u64; WORDS]>>, number: u64) {
    list.extend((0..BOXES as u64).map(|i| Box::new([number + i; WORDS])));
}

/// A list with room, one that another thread gave back where there is one.
///
/// It is allocated outside any scope and never freed: a block of that size is no small one, and
/// asking the system allocator for it makes that tidy up all small ones.
pub fn list() -> Vec<Small> {
    SPARE
        .get_or_init(|| ArrayQueue::new(2 * WAY.under_way))
        .pop()
        .unwrap_or_else(|| Vec::with_capacity(BOXES))
}

/// Frees the boxes of a list and keeps the list for [`list`].
pub fn free(mut list: Vec<Small>) {
    black_box(&mut list).clear();
    if let Some(spare) = SPARE.get() {
        // There is room for all there are.
        _ = spare.push(list);
    }
}

static SPARE: OnceLock<ArrayQueue<Vec<Small>>> = OnceLock::new();

/// 64 bytes allocated a thousand times, then freed a thousand times, over and over. The blocks are
/// not written.
#[inline(always)]
pub fn batches(iterations: u64) -> Duration {
    let mut blocks: Vec<Box<MaybeUninit<[u64; 8]>>> = Vec::with_capacity(BOXES);
    timed(iterations, |_| {
        blocks.extend((0..BOXES).map(|_| Box::new_uninit()));
        black_box(&mut blocks).clear();
    })
}
