//! Many small values that stay.

use crate::case::{Case, lines};
use std::hint::black_box;
use std::io::{BufRead, Cursor};
use std::ops::Range;

pub(crate) const CASES: [Case; 6] = [
    Case {
        name: "a string for each line of a reader",
        code: "memopt::batch",
        site: "read_lines",
        before: || rows(false),
        after: || rows(true),
        measured: true,
    },
    Case {
        name: "a string for each token",
        code: "memopt::batch",
        site: "tokens",
        before: || all_tokens(false),
        after: || all_tokens(true),
        measured: true,
    },
    Case {
        name: "tokens copied out of an input that is held",
        code: "memopt::borrow",
        site: "pairs",
        before: || graph(false),
        after: || graph(true),
        measured: true,
    },
    Case {
        name: "lines sorted in one call",
        code: "memopt::batch",
        site: "sort_all",
        before: || sorted(false),
        after: || sorted(true),
        measured: true,
    },
    Case {
        name: "words sorted in a list that outweighs them",
        code: "memopt::batch",
        site: "sort_words",
        before: || words(false),
        after: || words(true),
        measured: true,
    },
    Case {
        name: "names kept of what is lent",
        code: "memopt::borrow",
        site: "add_edge",
        before: || edges(false),
        after: || edges(true),
        measured: false,
    },
];

#[memopt::track_alloc]
fn read_lines(reader: &mut dyn BufRead) -> Vec<String> {
    let mut rows = Vec::with_capacity(10_000);
    for line in reader.lines() {
        rows.push(line.unwrap_or_default());
    }
    rows
}

#[memopt::track_alloc]
fn read_ranges(reader: &mut dyn BufRead) -> (String, Vec<Range<usize>>) {
    let (mut text, mut rows) = (String::with_capacity(1 << 19), Vec::with_capacity(10_000));
    let mut start = 0;
    while reader.read_line(&mut text).unwrap_or(0) > 0 {
        rows.push(start..text.len());
        start = text.len();
    }
    (text, rows)
}

fn rows(batched: bool) {
    let mut reader = Cursor::new(lines(10_000));
    if batched {
        black_box(read_ranges(&mut reader));
    } else {
        black_box(read_lines(&mut reader));
    }
}

#[memopt::track_alloc]
fn tokens(count: u32) -> Vec<String> {
    let mut all = Vec::with_capacity(count as usize);
    for number in 0..count {
        all.push(format!("token-{number:08}"));
    }
    all
}

#[memopt::track_alloc]
fn tokens_in_one(count: u32) -> (String, Vec<Range<usize>>) {
    use std::fmt::Write as _;
    let (mut text, mut all) = (String::with_capacity(1 << 19), Vec::with_capacity(count as usize));
    for number in 0..count {
        let start = text.len();
        let _ = write!(text, "token-{number:08}");
        all.push(start..text.len());
    }
    (text, all)
}

fn all_tokens(batched: bool) {
    if batched {
        black_box(tokens_in_one(20_000));
    } else {
        black_box(tokens(20_000));
    }
}

#[memopt::track_alloc]
fn input() -> String {
    lines(10_000)
}

#[memopt::track_alloc]
fn pairs(text: &str) -> Vec<String> {
    let mut all = Vec::with_capacity(60_000);
    for word in text.split_whitespace() {
        all.push(word.to_string());
    }
    all
}

#[memopt::track_alloc]
fn pairs_of(text: &str) -> Vec<&str> {
    let mut all = Vec::with_capacity(60_000);
    for word in text.split_whitespace() {
        all.push(word);
    }
    all
}

#[memopt::track_alloc]
fn graph(borrowed: bool) {
    let text = input();
    if borrowed {
        black_box(pairs_of(&text));
    } else {
        black_box(pairs(&text));
    }
}

#[derive(Default)]
struct Edges(Vec<(String, String)>);

impl Edges {
    #[memopt::track_alloc]
    fn add_edge(&mut self, from: &str, to: &str) {
        self.0.push((from.to_string(), to.to_string()));
    }
}

#[derive(Default)]
struct Lent<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Lent<'a> {
    #[memopt::track_alloc]
    fn add_edge(&mut self, from: &'a str, to: &'a str) {
        self.0.push((from, to));
    }
}

#[memopt::track_alloc]
fn edges(borrowed: bool) {
    let text = lines(20_000);
    let pairs = text.lines().filter_map(|line| line.split_once(' '));
    if borrowed {
        let mut graph = Lent(Vec::with_capacity(20_000));
        pairs.for_each(|(from, to)| graph.add_edge(from, to));
        black_box(&graph.0);
    } else {
        let mut graph = Edges(Vec::with_capacity(20_000));
        pairs.for_each(|(from, to)| graph.add_edge(from, to));
        black_box(&graph.0);
    }
}

#[memopt::track_alloc]
fn sort_all(reader: &mut dyn BufRead) -> usize {
    let mut rows = Vec::with_capacity(20_000);
    for line in reader.split(b'\n') {
        rows.push(line.unwrap_or_default());
    }
    rows.sort_unstable();
    rows.iter().map(Vec::len).sum()
}

#[memopt::track_alloc]
fn sort_in_one(reader: &mut dyn BufRead) -> usize {
    let (mut text, mut rows) = (Vec::with_capacity(1 << 20), Vec::with_capacity(20_000));
    let mut start = 0;
    while reader.read_until(b'\n', &mut text).unwrap_or(0) > 0 {
        rows.push(start..text.len() - 1);
        start = text.len();
    }
    rows.sort_unstable_by(|a, b| text[a.clone()].cmp(&text[b.clone()]));
    rows.iter().map(Range::len).sum()
}

fn sorted(batched: bool) {
    let mut reader = Cursor::new(lines(20_000));
    black_box(if batched { sort_in_one(&mut reader) } else { sort_all(&mut reader) });
}

/// A value and the places of its keys.
struct Row<T>(T, [usize; 4]);

fn keys(length: usize) -> [usize; 4] {
    [0, length / 2, length / 2, length]
}

#[memopt::track_alloc]
fn sort_words(reader: &mut dyn BufRead) -> usize {
    let mut rows = Vec::new();
    for word in reader.split(b'\n') {
        let word = word.unwrap_or_default();
        let keys = keys(word.len());
        rows.push(Row(word, keys));
    }
    rows.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    rows.iter().map(|row| row.1[3]).sum()
}

#[memopt::track_alloc]
fn sort_words_in_one(reader: &mut dyn BufRead) -> usize {
    let (mut text, mut rows) = (Vec::with_capacity(1 << 20), Vec::new());
    let mut start = 0;
    while reader.read_until(b'\n', &mut text).unwrap_or(0) > 0 {
        let range = start..text.len() - 1;
        let keys = keys(range.len());
        rows.push(Row(range, keys));
        start = text.len();
    }
    rows.sort_unstable_by(|a, b| text[a.0.clone()].cmp(&text[b.0.clone()]));
    rows.iter().map(|row| row.1[3]).sum()
}

fn words(batched: bool) {
    let mut reader = Cursor::new(lines(20_000).replace(' ', "\n"));
    black_box(if batched { sort_words_in_one(&mut reader) } else { sort_words(&mut reader) });
}
