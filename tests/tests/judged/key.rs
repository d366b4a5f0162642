//! Texts made to look into a table.

use crate::case::Case;
use std::collections::HashMap;
use std::hint::black_box;

const fn case(name: &'static str, site: &'static str, before: fn(), after: fn()) -> Case {
    Case { name, code: "memopt::borrow", site, before, after, measured: true }
}

pub(crate) const CASES: [Case; 2] = [
    case("a formatted key of a memo", "ways", || memo(false), || memo(true)),
    case("a formatted key of a cache", "weight", || weights(false), || weights(true)),
];

#[memopt::track_alloc]
fn ways(x: u32, y: u32, memo: &mut HashMap<String, u64>) -> u64 {
    if x == 0 || y == 0 {
        return 1;
    }
    let key = format!("{x},{y}");
    if let Some(known) = memo.get(&key) {
        return *known;
    }
    let found = ways(x - 1, y, memo).wrapping_add(ways(x, y - 1, memo));
    memo.insert(key, found);
    found
}

#[memopt::track_alloc]
fn ways_by_pair(x: u32, y: u32, memo: &mut HashMap<(u32, u32), u64>) -> u64 {
    if x == 0 || y == 0 {
        return 1;
    }
    if let Some(known) = memo.get(&(x, y)) {
        return *known;
    }
    let found = ways_by_pair(x - 1, y, memo).wrapping_add(ways_by_pair(x, y - 1, memo));
    memo.insert((x, y), found);
    found
}

fn memo(pairs: bool) {
    if pairs {
        black_box(ways_by_pair(100, 100, &mut HashMap::with_capacity(10_000)));
    } else {
        black_box(ways(100, 100, &mut HashMap::with_capacity(10_000)));
    }
}

#[memopt::track_alloc]
fn weight(table: &mut HashMap<String, u64>, kind: u32, size: u64) -> u64 {
    let key = format!("{kind}/{size}");
    *table.entry(key).or_insert(size * u64::from(kind))
}

#[memopt::track_alloc]
fn weight_by_pair(table: &mut HashMap<(u32, u64), u64>, kind: u32, size: u64) -> u64 {
    *table.entry((kind, size)).or_insert(size * u64::from(kind))
}

fn weights(pairs: bool) {
    let mut sum = 0u64;
    if pairs {
        let mut table = HashMap::with_capacity(600);
        for number in 0..20_000u32 {
            sum += weight_by_pair(&mut table, number % 5, u64::from(number % 97));
        }
    } else {
        let mut table = HashMap::with_capacity(600);
        for number in 0..20_000u32 {
            sum += weight(&mut table, number % 5, u64::from(number % 97));
        }
    }
    black_box(sum);
}
