//! Whole inputs and results that are held at once.

use crate::case::{Case, lines};
use std::collections::HashMap;
use std::hint::black_box;
use std::io::{BufRead, BufReader, Cursor, Read, Write, sink};

const fn case(name: &'static str, site: &'static str, before: fn(), after: fn()) -> Case {
    Case { name, code: "memopt::stream", site, before, after, measured: false }
}

pub(crate) const CASES: [Case; 4] = [
    case("the whole input read to be translated", "translate", || tr(false), || tr(true)),
    case("an input read whole beside its table", "tally", || tallies(false), || tallies(true)),
    case("all squares collected to be summed", "squares", || sums(false), || sums(true)),
    case("a whole text between two steps", "keep", || steps(false), || steps(true)),
];

#[memopt::track_alloc]
fn translate(reader: &mut dyn Read, by_piece: bool) -> usize {
    let upper = |bytes: &[u8]| bytes.iter().filter(|byte| byte.is_ascii_lowercase()).count();
    if by_piece {
        let (mut piece, mut found) = ([0; 4096], 0);
        while let Ok(read @ 1..) = reader.read(&mut piece) {
            found += upper(&piece[..read]);
        }
        return found;
    }
    let mut input = Vec::new();
    let _ = reader.read_to_end(&mut input);
    upper(&input)
}

fn tr(by_piece: bool) {
    let mut reader = Cursor::new(lines(60_000)).take(u64::MAX);
    black_box(translate(&mut reader, by_piece));
}

#[memopt::track_alloc]
fn squares(count: u64, by_piece: bool) -> u64 {
    let numbers = (0..count).filter(|n| n % 3 != 0).map(|n| n * n % 1000);
    if by_piece {
        return numbers.sum();
    }
    let all: Vec<u64> = numbers.collect();
    all.iter().sum()
}

fn sums(by_piece: bool) {
    black_box(squares(600_000, by_piece));
}

type Table = HashMap<[u8; 7], [u64; 10]>;

fn count(table: &mut Table, line: &str) {
    if let Some(key) = line.as_bytes().first_chunk() {
        table.entry(*key).or_default()[0] += 1;
    }
}

#[memopt::track_alloc]
fn tally(reader: &mut dyn Read, table: &mut Table, by_line: bool) {
    if by_line {
        let (mut reader, mut line) = (BufReader::new(reader), String::new());
        while let Ok(1..) = reader.read_line(&mut line) {
            count(table, &line);
            line.clear();
        }
        return;
    }
    let input = std::io::read_to_string(reader).unwrap_or_default();
    for line in input.split('\n') {
        count(table, line);
    }
}

#[memopt::track_alloc]
fn tallies(by_line: bool) {
    let mut table = HashMap::with_capacity(40_000);
    let mut reader = Cursor::new(lines(40_000)).take(u64::MAX);
    tally(&mut reader, &mut table, by_line);
    black_box(table.len());
}

#[memopt::track_alloc]
fn keep(input: &mut dyn BufRead, output: &mut dyn Write, is_kept: &dyn Fn(u8) -> bool) {
    let mut line = Vec::new();
    while let Ok(1..) = input.read_until(b'\n', &mut line) {
        line.retain(|byte| is_kept(*byte));
        if output.write_all(&line).is_err() {
            return;
        }
        line.clear();
    }
}

#[memopt::track_alloc]
fn keep_twice(input: &mut dyn BufRead, by_piece: bool) {
    let (no_blank, no_vowel) = (|byte| byte != b' ', |byte| !b"aeiou".contains(&byte));
    if by_piece {
        keep(input, &mut sink(), &|byte| no_blank(byte) && no_vowel(byte));
        return;
    }
    let mut between = Vec::new();
    keep(input, &mut between, &no_blank);
    keep(&mut between.as_slice(), &mut sink(), &no_vowel);
}

fn steps(by_piece: bool) {
    keep_twice(&mut Cursor::new(lines(60_000)), by_piece);
}
