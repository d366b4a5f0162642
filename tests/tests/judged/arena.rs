//! Many small blocks that live together and go together.

use crate::case::Case;
use std::hint::black_box;

const fn case(name: &'static str, site: &'static str, before: fn(), after: fn()) -> Case {
    Case { name, code: "memopt::arena", site, before, after, measured: false }
}

pub(crate) const CASES: [Case; 2] = [
    case("a tree for each call", "grow", || trees(false), || trees(true)),
    case("a list of boxes for each call", "chain", || chains(false), || chains(true)),
];

struct Tree(Option<Box<(Tree, Tree)>>);

fn plant(depth: u32) -> Tree {
    Tree((depth > 0).then(|| Box::new((plant(depth - 1), plant(depth - 1)))))
}

fn leaves(tree: &Tree) -> u32 {
    tree.0.as_ref().map_or(1, |both| leaves(&both.0) + leaves(&both.1))
}

#[memopt::track_alloc]
fn grow() -> u32 {
    leaves(&plant(8))
}

#[memopt::arena]
fn grow_in_arena() -> u32 {
    leaves(&plant(8))
}

fn trees(arena: bool) {
    for _ in 0..200 {
        black_box(if arena { grow_in_arena() } else { grow() });
    }
}

struct Link {
    next: Option<Box<Link>>,
    value: u64,
}

fn links(count: u64) -> u64 {
    let mut first: Option<Box<Link>> = None;
    for value in 0..count {
        first = Some(Box::new(Link { next: first.take(), value }));
    }
    let mut sum = 0;
    while let Some(link) = first {
        sum += link.value;
        first = link.next;
    }
    sum
}

#[memopt::track_alloc]
fn chain() -> u64 {
    links(100)
}

#[memopt::arena]
fn chain_in_arena() -> u64 {
    links(100)
}

fn chains(arena: bool) {
    for _ in 0..500 {
        black_box(if arena { chain_in_arena() } else { chain() });
    }
}
