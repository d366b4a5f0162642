//! The same small allocation in every call.

use crate::case::Case;
use std::hint::black_box;

const fn case(name: &'static str, site: &'static str, before: fn(), after: fn()) -> Case {
    Case { name, code: "memopt::hoist", site, before, after, measured: true }
}

pub(crate) const CASES: [Case; 3] = [
    case("blanks for each empty line", "number", || numbers(false), || numbers(true)),
    case("a table of zeroes in each call", "histogram", || histograms(false), || histograms(true)),
    case("a line of dashes for each heading", "heading", || headings(false), || headings(true)),
];

#[memopt::track_alloc]
fn number(width: usize, blanks: Option<&str>) -> usize {
    match blanks {
        Some(blanks) => black_box(blanks).len(),
        None => {
            let blanks = " ".repeat(width);
            black_box(&blanks).len()
        }
    }
}

fn numbers(once: bool) {
    let blanks = " ".repeat(40);
    for _ in 0..20_000 {
        black_box(number(40, once.then_some(blanks.as_str())));
    }
}

#[memopt::track_alloc]
fn histogram(bytes: &[u8], kept: Option<&mut Vec<u32>>) -> u32 {
    let mut own;
    let counts = match kept {
        Some(kept) => {
            kept.fill(0);
            kept
        }
        None => {
            own = vec![0; 256];
            &mut own
        }
    };
    for byte in bytes {
        counts[usize::from(*byte)] += 1;
    }
    counts.iter().copied().max().unwrap_or(0)
}

fn histograms(once: bool) {
    let mut counts = vec![0; 256];
    for _ in 0..5_000 {
        black_box(histogram(b"some bytes", once.then_some(&mut counts)));
    }
}

#[memopt::track_alloc]
fn heading(line: Option<&str>) -> usize {
    match line {
        Some(line) => black_box(line).len(),
        None => {
            let line = "-".repeat(72);
            black_box(&line).len()
        }
    }
}

fn headings(once: bool) {
    let line = "-".repeat(72);
    for _ in 0..10_000 {
        black_box(heading(once.then_some(line.as_str())));
    }
}
