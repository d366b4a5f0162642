//! Buffers that grow to a size that is known, and stay.

use crate::case::Case;
use std::hint::black_box;

const fn case(name: &'static str, site: &'static str, before: fn(), after: fn()) -> Case {
    Case { name, code: "memopt::pre-size", site, before, after, measured: true }
}

pub(crate) const CASES: [Case; 3] = [
    case("ranges of the fields of a line", "parse", || table(false), || table(true)),
    case("fields of a row that is made", "new", || rows(false), || rows(true)),
    case("a text built from parts", "render", || texts(false), || texts(true)),
];

#[memopt::track_alloc]
fn parse(line: u32, capacity: usize) -> Vec<(u32, u32)> {
    let mut fields = Vec::with_capacity(capacity);
    for field in 0..40 {
        fields.push((line, field));
    }
    fields
}

fn table(sized: bool) {
    let mut rows = Vec::with_capacity(2_000);
    rows.extend((0..2_000).map(|line| parse(line, if sized { 40 } else { 0 })));
    black_box(&rows);
}

#[memopt::track_alloc]
fn render(capacity: usize) -> String {
    let mut text = String::with_capacity(capacity);
    for part in 0..60 {
        text.push_str(if part % 2 == 0 { "eight by" } else { "te words" });
    }
    text
}

fn texts(sized: bool) {
    let mut all = Vec::with_capacity(2_000);
    all.extend((0..2_000).map(|_| render(if sized { 480 } else { 0 })));
    black_box(&all);
}

struct Row {
    fields: Vec<(u32, u32)>,
    line: u32,
}

impl Row {
    #[memopt::track_alloc]
    fn new(line: u32, expected: usize) -> Self {
        let mut fields = Vec::with_capacity(expected);
        for field in 0..12 {
            fields.push((line, field));
        }
        Self { fields, line }
    }
}

#[memopt::track_alloc]
fn rows(sized: bool) {
    let mut sum = 0;
    for line in 0..20_000 {
        let row = Row::new(line, if sized { 12 } else { 0 });
        sum += black_box(&row).fields.len() as u32 + row.line;
    }
    black_box(sum);
}
