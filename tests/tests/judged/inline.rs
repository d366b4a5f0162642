//! Collections of a few elements that stay.

use crate::case::Case;
use std::hint::black_box;

const fn case(name: &'static str, site: &'static str, before: fn(), after: fn()) -> Case {
    Case { name, code: "memopt::inline", site, before, after, measured: true }
}

pub(crate) const CASES: [Case; 3] = [
    case("ranges of mostly one segment", "range", || ranges(false), || ranges(true)),
    case("segments that two ranges share", "common", || commons(false), || commons(true)),
    case("children of a node, at most two", "node", || nodes(false), || nodes(true)),
];

#[memopt::track_alloc]
fn range(from: u32) -> Vec<(u32, u32)> {
    vec![(from, from + 1)]
}

#[memopt::track_alloc]
fn range_inside(from: u32) -> [(u32, u32); 1] {
    [(from, from + 1)]
}

fn ranges(inline: bool) {
    if inline {
        let mut all = Vec::with_capacity(20_000);
        all.extend((0..20_000).map(range_inside));
        black_box(&all);
    } else {
        let mut all = Vec::with_capacity(20_000);
        all.extend((0..20_000).map(range));
        black_box(&all);
    }
}

#[memopt::track_alloc]
fn node(number: u32) -> Vec<u32> {
    let mut children = Vec::new();
    children.push(number);
    children.push(number / 2);
    children
}

#[memopt::track_alloc]
fn node_inside(number: u32) -> [u32; 2] {
    [number, number / 2]
}

fn nodes(inline: bool) {
    if inline {
        let mut all = Vec::with_capacity(20_000);
        all.extend((0..20_000).map(node_inside));
        black_box(&all);
    } else {
        let mut all = Vec::with_capacity(20_000);
        all.extend((0..20_000).map(node));
        black_box(&all);
    }
}

#[memopt::track_alloc]
fn common(a: &[u32], b: &[u32]) -> Vec<u32> {
    let mut both = Vec::with_capacity(a.len().min(b.len()));
    for value in a {
        if b.contains(value) {
            both.push(*value);
        }
    }
    both
}

#[memopt::track_alloc]
fn common_inside(a: &[u32], b: &[u32]) -> ([u32; 4], usize) {
    let (mut both, mut length) = ([0; 4], 0);
    for value in a {
        if b.contains(value) {
            both[length] = *value;
            length += 1;
        }
    }
    (both, length)
}

fn commons(inline: bool) {
    let lists: Vec<[u32; 4]> = (0..8).map(|n| [n, n + 1, n + 2, n + 3]).collect();
    let mut sum = 0;
    for round in 0..20_000usize {
        let (a, b) = (&lists[round % 8], &lists[round / 8 % 8]);
        let (a, b) = (&a[..1 + round % 4], &b[..]);
        if inline {
            let (both, length) = common_inside(a, b);
            sum += black_box(&both[..length]).len();
        } else {
            sum += black_box(common(a, b)).len();
        }
    }
    black_box(sum);
}
