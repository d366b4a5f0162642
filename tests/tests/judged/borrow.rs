//! Copies made to compare, to look up or to pass on.

use crate::case::{Case, lines};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hint::black_box;

const fn case(name: &'static str, site: &'static str, before: fn(), after: fn()) -> Case {
    Case { name, code: "memopt::borrow", site, before, after, measured: true }
}

pub(crate) const CASES: [Case; 12] = [
    case("another case for each comparison", "equal", || compare(false), || compare(true)),
    case("a key made to look it up", "look_up", || look_ups(false), || look_ups(true)),
    case("a field returned as a copy", "field", || fields(false), || fields(true)),
    case("keys cloned to sort by", "sort", || sorted(false), || sorted(true)),
    case("a word copied to be counted", "tally", || tallies(false), || tallies(true)),
    case("a key made for each entry", "count_in", || entries(false), || entries(true)),
    case("lower case to sort by", "sort_names", || by_name(false), || by_name(true)),
    case("words cloned into a set", "distinct", || sets(false), || sets(true)),
    case("copies below a scope", "longest", || scoped(false), || scoped(true)),
    case("a slice copied to be summed", "sum", || sums(false), || sums(true)),
    case("words copied beside the text of an error", "parse", || parsed(false), || parsed(true)),
    case("words copied beside a table that fills", "read", || reads(false), || reads(true)),
];

#[memopt::track_alloc]
fn equal(a: &str, b: &str, in_place: bool) -> bool {
    if in_place {
        return a.eq_ignore_ascii_case(b);
    }
    a.to_ascii_lowercase() == b.to_ascii_lowercase()
}

fn compare(in_place: bool) {
    for _ in 0..10_000 {
        black_box(equal(black_box("Content-Type"), black_box("content-type"), in_place));
    }
}

#[memopt::track_alloc]
fn look_up(table: &HashMap<String, u32>, key: &str, in_place: bool) -> u32 {
    if in_place {
        return table.get(key).copied().unwrap_or(0);
    }
    table.get(&key.to_string()).copied().unwrap_or(0)
}

fn look_ups(in_place: bool) {
    let table = HashMap::from([("alpha-beta-gamma".to_owned(), 1)]);
    for _ in 0..20_000 {
        black_box(look_up(&table, black_box("alpha-beta-gamma"), in_place));
    }
}

#[memopt::track_alloc]
fn field(line: &str, number: usize) -> String {
    line.split(' ').nth(number).unwrap_or_default().to_owned()
}

#[memopt::track_alloc]
fn field_of(line: &str, number: usize) -> &str {
    line.split(' ').nth(number).unwrap_or_default()
}

#[memopt::track_alloc]
fn fields(in_place: bool) {
    let text = lines(8_000);
    for line in text.lines() {
        if in_place {
            black_box(field_of(line, 2));
        } else {
            black_box(field(line, 2));
        }
    }
}

#[memopt::track_alloc]
fn sort(rows: &mut [(String, u32)], in_place: bool) {
    if in_place {
        rows.sort_by(|a, b| a.0.cmp(&b.0));
    } else {
        rows.sort_by_key(|row| row.0.clone());
    }
}

fn sorted(in_place: bool) {
    let text = lines(500);
    let rows: Vec<(String, u32)> = text.lines().map(|line| (line.to_owned(), 1)).collect();
    for _ in 0..3 {
        sort(&mut rows.clone(), in_place);
    }
}

#[memopt::track_alloc]
fn tally(counts: &mut HashMap<String, u32>, word: &str, in_place: bool) {
    if in_place {
        if let Some(count) = counts.get_mut(word) {
            *count += 1;
        }
        return;
    }
    let key = word.to_string();
    if let Some(count) = counts.get_mut(&key) {
        *count += 1;
    }
}

fn tallies(in_place: bool) {
    let mut counts = HashMap::from([("something".to_owned(), 0)]);
    for _ in 0..20_000 {
        tally(&mut counts, black_box("something"), in_place);
    }
}

#[memopt::track_alloc]
fn sum(numbers: &[u32], in_place: bool) -> u32 {
    if in_place {
        return numbers.iter().sum();
    }
    let own = numbers.to_vec();
    own.iter().sum()
}

fn sums(in_place: bool) {
    let numbers = [3; 20];
    for _ in 0..20_000 {
        black_box(sum(black_box(&numbers), in_place));
    }
}

#[memopt::track_alloc]
fn count_in(counts: &mut HashMap<String, u32>, word: &str, in_place: bool) {
    if in_place && let Some(count) = counts.get_mut(word) {
        *count += 1;
        return;
    }
    *counts.entry(word.to_string()).or_insert(0) += 1;
}

fn entries(in_place: bool) {
    let mut counts = HashMap::new();
    for number in 0..20_000 {
        count_in(&mut counts, ["first", "second", "third"][number % 3], in_place);
    }
    black_box(&counts);
}

#[memopt::track_alloc]
fn sort_names(names: &mut [&str], in_place: bool) {
    if in_place {
        names.sort_by(|a, b| {
            let lower = |byte: u8| byte.to_ascii_lowercase();
            a.bytes().map(lower).cmp(b.bytes().map(lower))
        });
    } else {
        names.sort_by_key(|name| name.to_lowercase());
    }
}

fn by_name(in_place: bool) {
    let text = lines(400);
    for _ in 0..3 {
        let mut names: Vec<&str> = text.lines().collect();
        sort_names(&mut names, in_place);
    }
}

#[memopt::track_alloc]
fn distinct(words: &[String]) -> usize {
    let all: HashSet<String> = words.iter().cloned().collect();
    all.len()
}

#[memopt::track_alloc]
fn distinct_borrowed(words: &[String]) -> usize {
    let all: HashSet<&String> = words.iter().collect();
    all.len()
}

fn sets(borrowed: bool) {
    let text = lines(1_000);
    let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    for _ in 0..4 {
        black_box(if borrowed { distinct_borrowed(&words) } else { distinct(&words) });
    }
}

fn scoped(borrowed: bool) {
    let text = lines(2_000);
    let mut most = 0;
    for line in text.lines() {
        let _scope = memopt::scope!("longest");
        for word in line.split(' ') {
            most = most.max(if borrowed { black_box(word).len() } else { word.to_owned().len() });
        }
    }
    black_box(most);
}

#[memopt::track_alloc]
fn parse(text: &str, in_place: bool) -> Result<usize, String> {
    let mut longest = 0;
    for word in text.split_whitespace() {
        if in_place {
            longest = longest.max(black_box(word).len());
            continue;
        }
        let own = word.to_owned();
        if !own.is_ascii() {
            return Err(format!("{own} is not of this alphabet"));
        }
        longest = longest.max(own.len());
    }
    Ok(longest)
}

fn parsed(in_place: bool) {
    let text = lines(4_000);
    let _ = black_box(parse(&text, in_place));
}

#[derive(Default)]
struct Table(BTreeMap<u64, [u64; 6]>);

impl Table {
    #[memopt::track_alloc]
    fn note(&mut self, word: &str) {
        let key = word.bytes().fold(7u64, |key, byte| key.wrapping_mul(31) + u64::from(byte));
        self.0.entry(key).or_default()[0] += 1;
    }

    #[memopt::track_alloc]
    fn middle(&self) -> u64 {
        let mut all: Vec<[u64; 6]> = self.0.values().copied().collect();
        all.sort_unstable();
        all[all.len() / 2][0]
    }
}

/// What is left in the table, and what comes after, is most of the peak; of the copies few are in
/// use at once.
#[memopt::track_alloc]
fn read(text: &str, in_place: bool) -> u64 {
    let mut table = Table::default();
    for line in text.lines() {
        if in_place {
            line.split(' ').for_each(|word| table.note(word));
            continue;
        }
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        words.iter().for_each(|word| table.note(word));
    }
    table.middle()
}

fn reads(in_place: bool) {
    let text = lines(10_000);
    black_box(read(&text, in_place));
}
