//! Collections of a few elements that stay.

use crate::case::Case;
use std::hint::black_box;

const fn case(name: &'static str, site: &'static str, before: fn(), after: fn()) -> Case {
    Case { name, code: "memopt::inline", site, before, after, measured: true }
}

pub(crate) const CASES: [Case; 2] = [
    case("ranges of mostly one segment", "range", || ranges(false), || ranges(true)),
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
