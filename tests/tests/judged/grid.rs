//! Lists of lists of one length.

use crate::case::{Case, lines};
use std::hint::black_box;

const fn case(name: &'static str, site: &'static str, before: fn(), after: fn()) -> Case {
    Case { name, code: "memopt::batch", site, before, after, measured: true }
}

pub(crate) const CASES: [Case; 2] = [
    case("a table of rows in each call", "common", || pairs(false), || pairs(true)),
    case("a grid that stays", "board", || boards(false), || boards(true)),
];

/// The longest common subsequence, by a table of rows.
#[memopt::track_alloc]
fn common(a: &[u8], b: &[u8]) -> u16 {
    let mut table = vec![vec![0u16; b.len() + 1]; a.len() + 1];
    for (i, x) in a.iter().enumerate() {
        for (j, y) in b.iter().enumerate() {
            let longest = table[i][j + 1].max(table[i + 1][j]);
            table[i + 1][j + 1] = if x == y { table[i][j] + 1 } else { longest };
        }
    }
    table[a.len()][b.len()]
}

#[memopt::track_alloc]
fn common_in_one(a: &[u8], b: &[u8], table: &mut Vec<u16>) -> u16 {
    let width = b.len() + 1;
    table.clear();
    table.resize(width * (a.len() + 1), 0);
    for (i, x) in a.iter().enumerate() {
        for (j, y) in b.iter().enumerate() {
            let (here, below) = (i * width + j, (i + 1) * width + j);
            let longest = table[here + 1].max(table[below]);
            table[below + 1] = if x == y { table[here] + 1 } else { longest };
        }
    }
    table[width * a.len() + b.len()]
}

fn pairs(flat: bool) {
    let text = lines(2_000);
    let words: Vec<&[u8]> = text.lines().map(|line| &line.as_bytes()[..20]).collect();
    let mut table = Vec::new();
    for pair in words.windows(2) {
        black_box(match flat {
            true => common_in_one(pair[0], pair[1], &mut table),
            false => common(pair[0], pair[1]),
        });
    }
}

#[memopt::track_alloc]
fn board(side: usize) -> Vec<Vec<u8>> {
    vec![vec![b'.'; side]; side]
}

#[memopt::track_alloc]
fn flat_board(side: usize) -> Vec<u8> {
    vec![b'.'; side * side]
}

fn boards(flat: bool) {
    if flat {
        let mut all = Vec::with_capacity(200);
        all.extend((0..200).map(|_| flat_board(64)));
        black_box(&all);
    } else {
        let mut all = Vec::with_capacity(200);
        all.extend((0..200).map(|_| board(64)));
        black_box(&all);
    }
}
