//! Buffers that are made, used and dropped over and over.

use crate::case::{Case, lines};
use std::fmt::Write as _;
use std::hint::black_box;

const fn case(name: &'static str, site: &'static str, before: fn(), after: fn()) -> Case {
    Case { name, code: "memopt::reuse", site, before, after, measured: true }
}

pub(crate) const CASES: [Case; 17] = [
    case("a worklist in every call", "propagate", || solve(false), || solve(true)),
    case("a buffer that the caller drops", "read_block", || copy(false), || copy(true)),
    case("a string grown for each line", "paste", || paste(false), || paste(true)),
    case("a formatted line, measured and dropped", "print", || print(false), || print(true)),
    case("fields collected for each line", "count", || count(false), || count(true)),
    case("scratch dropped inside a callee", "encode", || encode(false), || encode(true)),
    case("a decoded line, dropped by the caller", "decode", || decoded(false), || decoded(true)),
    case("a stack of a search", "search", || searches(false), || searches(true)),
    case("bytes of a message", "message", || messages(false), || messages(true)),
    case("a row of a table", "distance", || distances(false), || distances(true)),
    case("one call with a loop", "whole", || whole(false), || whole(true)),
    case("text formatted to be appended", "table", || tables(false), || tables(true)),
    case("a copy made to be sorted", "median", || medians(false), || medians(true)),
    case("a path joined for each file", "path", || paths(false), || paths(true)),
    case("numbers written as text", "digits", || all_digits(false), || all_digits(true)),
    case("a queue of a walk", "spread", || walks(false), || walks(true)),
    case("escaped text, dropped by the caller", "escape", || escapes(false), || escapes(true)),
];

#[derive(Default)]
struct State {
    todo: Vec<u32>,
    kept: bool,
}

impl State {
    #[memopt::track_alloc]
    fn propagate(&mut self, package: u32) -> u32 {
        let mut seen = 0;
        if self.kept {
            self.todo.clear();
            self.todo.push(package);
            while let Some(next) = self.todo.pop() {
                seen += next & 1;
                self.todo.extend((next > 3).then_some(next / 4));
            }
            return seen;
        }
        let mut todo = vec![package];
        while let Some(next) = todo.pop() {
            seen += next & 1;
            todo.extend((next > 3).then_some(next / 4));
        }
        seen
    }
}

fn solve(kept: bool) {
    let mut state = State { kept, ..State::default() };
    for package in 0..20_000 {
        black_box(state.propagate(package));
    }
}

#[memopt::track_alloc]
fn read_block(from: &[u8], size: usize) -> Vec<u8> {
    let mut block = vec![0; size];
    block.copy_from_slice(&from[..size]);
    block
}

#[memopt::track_alloc]
fn read_into(from: &[u8], block: &mut [u8]) {
    block.copy_from_slice(&from[..block.len()]);
}

#[memopt::track_alloc]
fn copy(kept: bool) {
    let from = [7u8; 8192];
    let mut buffer = Vec::new();
    if kept {
        buffer.resize(8192, 0);
    }
    for _ in 0..2_000 {
        if kept {
            read_into(&from, &mut buffer);
            black_box(&buffer);
        } else {
            black_box(read_block(&from, 8192));
        }
    }
}

#[memopt::track_alloc]
fn paste(kept: bool) {
    let text = lines(4_000);
    let mut out = String::new();
    for line in text.lines() {
        if kept {
            out.clear();
            for word in line.split(' ') {
                out.push_str(word);
            }
            black_box(&out);
        } else {
            let mut joined = String::new();
            for word in line.split(' ') {
                joined.push_str(word);
            }
            black_box(&joined);
        }
    }
}

#[memopt::track_alloc]
fn print(kept: bool) {
    let mut kept_line = String::new();
    for number in 10_000..30_000u32 {
        if kept {
            kept_line.clear();
            let _ = write!(kept_line, "{number}: line");
            black_box(&kept_line);
        } else {
            let line = format!("{number}: line");
            black_box(&line);
        }
    }
}

#[memopt::track_alloc]
fn count(kept: bool) {
    let text = lines(8_000);
    if kept {
        let mut fields: Vec<&str> = Vec::new();
        for line in text.lines() {
            fields.clear();
            fields.extend(line.split(' '));
            black_box(&fields);
        }
        return;
    }
    for line in text.lines() {
        let fields: Vec<&str> = line.split(' ').collect();
        black_box(&fields);
    }
}

#[memopt::track_alloc]
fn send(message: Vec<u8>) {
    black_box(&message);
}

#[memopt::track_alloc]
fn send_slice(message: &[u8]) {
    black_box(message);
}

#[memopt::track_alloc]
fn encode(kept: bool) {
    let mut buffer = Vec::with_capacity(1024);
    for round in 0..20_000u32 {
        if kept {
            buffer.clear();
            buffer.extend_from_slice(&round.to_le_bytes());
            send_slice(&buffer);
        } else {
            let mut message = Vec::with_capacity(512);
            message.extend_from_slice(&round.to_le_bytes());
            send(message);
        }
    }
}

#[memopt::track_alloc]
fn decode(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    out.extend(line.chars().map(|letter| if letter == ' ' { '_' } else { letter }));
    out
}

#[memopt::track_alloc]
fn decode_into(line: &str, out: &mut String) {
    out.clear();
    out.extend(line.chars().map(|letter| if letter == ' ' { '_' } else { letter }));
}

#[memopt::track_alloc]
fn decoded(kept: bool) {
    let text = lines(5_000);
    let mut out = String::new();
    for line in text.lines() {
        if kept {
            decode_into(line, &mut out);
            black_box(&out);
        } else {
            black_box(decode(line));
        }
    }
}

#[memopt::track_alloc]
fn search(start: u32, kept: Option<&mut Vec<u32>>) -> u32 {
    let mut own = Vec::new();
    let stack = kept.unwrap_or(&mut own);
    stack.clear();
    stack.push(start);
    let mut visited = 0;
    while let Some(at) = stack.pop() {
        visited += 1;
        if at > 1 {
            stack.extend([at / 2, at / 3]);
        }
    }
    visited
}

fn searches(kept: bool) {
    let mut stack = Vec::new();
    for start in 0..6_000 {
        black_box(search(start % 90 + 30, kept.then_some(&mut stack)));
    }
}

#[memopt::track_alloc]
fn message(number: u32, kept: Option<&mut Vec<u8>>) -> usize {
    let mut own = Vec::new();
    let bytes = kept.unwrap_or(&mut own);
    bytes.clear();
    for field in 0..40u32 {
        bytes.extend_from_slice(&(number ^ field).to_le_bytes());
    }
    black_box(bytes.len())
}

fn messages(kept: bool) {
    let mut bytes = Vec::new();
    for number in 0..10_000 {
        black_box(message(number, kept.then_some(&mut bytes)));
    }
}

#[memopt::track_alloc]
fn distance(a: &str, b: &str, kept: Option<&mut Vec<usize>>) -> usize {
    let mut own = Vec::new();
    let row = kept.unwrap_or(&mut own);
    row.clear();
    row.extend(0..=b.len());
    for (i, x) in a.bytes().enumerate() {
        let mut corner = i;
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let next = (corner + usize::from(x != y)).min(row[j] + 1).min(row[j + 1] + 1);
            corner = std::mem::replace(&mut row[j + 1], next);
        }
    }
    row[b.len()]
}

fn distances(kept: bool) {
    let mut row = Vec::new();
    for _ in 0..20_000 {
        black_box(distance("kit", "sitting", kept.then_some(&mut row)));
    }
}

#[memopt::track_alloc]
fn whole(kept: bool) {
    let mut buffer: Vec<u32> = Vec::new();
    let mut sum = 0;
    for round in 0..10_000u32 {
        if kept {
            buffer.clear();
            buffer.extend(round..round + 30);
            sum += buffer.iter().filter(|n| *n % 3 == 0).count();
        } else {
            let numbers: Vec<u32> = (round..round + 30).collect();
            sum += numbers.iter().filter(|n| *n % 3 == 0).count();
        }
    }
    black_box(sum);
}

#[memopt::track_alloc]
fn path(folder: &str, number: u32, kept: Option<&mut String>) -> usize {
    let mut own = String::new();
    let path = kept.unwrap_or(&mut own);
    path.clear();
    path.push_str(folder);
    path.push('/');
    let _ = write!(path, "{number}");
    path.len()
}

fn paths(kept: bool) {
    let mut buffer = String::new();
    for number in 0..15_000 {
        black_box(path("a/folder/of/files", number, kept.then_some(&mut buffer)));
    }
}

#[memopt::track_alloc]
fn digits(numbers: &[u32], mut kept: Option<&mut String>) -> usize {
    let mut length = 0;
    for number in numbers {
        if let Some(buffer) = kept.as_deref_mut() {
            buffer.clear();
            let _ = write!(buffer, "{number:>12}");
            length += buffer.len();
        } else {
            let text = format!("{number:>12}");
            length += text.len();
        }
    }
    length
}

fn all_digits(kept: bool) {
    let numbers: [u32; 64] = std::array::from_fn(|n| n as u32 * 977);
    let mut buffer = String::new();
    for _ in 0..200 {
        black_box(digits(&numbers, kept.then_some(&mut buffer)));
    }
}

#[memopt::track_alloc]
fn spread(start: u32, kept: Option<&mut std::collections::VecDeque<u32>>) -> u32 {
    let mut own = std::collections::VecDeque::new();
    let queue = kept.unwrap_or(&mut own);
    queue.clear();
    queue.push_back(start);
    let mut visited = 0;
    while let Some(at) = queue.pop_front() {
        visited += 1;
        if at > 2 {
            queue.extend([at / 2, at / 3]);
        }
    }
    visited
}

fn walks(kept: bool) {
    let mut queue = std::collections::VecDeque::new();
    for start in 0..4_000 {
        black_box(spread(start % 90 + 60, kept.then_some(&mut queue)));
    }
}

#[memopt::track_alloc]
fn escape(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            other => out.push(other),
        }
    }
    out
}

#[memopt::track_alloc]
fn escape_into(text: &str, out: &mut String) {
    out.clear();
    for letter in text.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            other => out.push(other),
        }
    }
}

#[memopt::track_alloc]
fn escapes(kept: bool) {
    let mut out = String::new();
    for _ in 0..4_000 {
        if kept {
            escape_into("<a & b> is longer than it looks", &mut out);
            black_box(&out);
        } else {
            black_box(escape("<a & b> is longer than it looks"));
        }
    }
}

#[memopt::track_alloc]
fn table(rows: u32, direct: bool) -> String {
    let mut html = String::with_capacity(1 << 14);
    for row in 0..rows {
        if direct {
            let _ = write!(html, "<tr><td>{row}</td></tr>");
        } else {
            html += &format!("<tr><td>{row}</td></tr>");
        }
    }
    html
}

fn tables(direct: bool) {
    for _ in 0..100 {
        black_box(table(400, direct));
    }
}

#[memopt::track_alloc]
fn median(samples: &[u32], kept: Option<&mut Vec<u32>>) -> u32 {
    if let Some(sorted) = kept {
        sorted.clear();
        sorted.extend_from_slice(samples);
        sorted.sort_unstable();
        return sorted[sorted.len() / 2];
    }
    let mut sorted = samples.to_vec();
    sorted.sort_unstable();
    sorted[sorted.len() / 2]
}

fn medians(kept: bool) {
    let samples: [u32; 31] = std::array::from_fn(|n| (n as u32 * 7) % 31);
    let mut sorted = Vec::new();
    for _ in 0..8_000 {
        black_box(median(&samples, kept.then_some(&mut sorted)));
    }
}
