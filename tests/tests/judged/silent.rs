//! Programs of which nothing is to be said.

use crate::case::lines;
use std::collections::HashMap;
use std::hint::black_box;

pub(crate) const CASES: [(&str, fn()); 27] = [
    ("a few hundred blocks", few),
    ("buffers of very different sizes that stay", sizes),
    ("lines that are sorted", sorted),
    ("a cache that stays", cache),
    ("large blocks, rarely", rare),
    ("one buffer for all", one),
    ("work without blocks", none),
    ("collections of many elements that stay", many),
    ("a string that grows once and stays", once),
    ("a map that is filled and read", map),
    ("a tree that stays", tree),
    ("lists of large elements", large_elements),
    ("a sorted input that is needed whole", whole_input),
    ("a result made once", result),
    ("threads with a buffer each", threads),
    ("a future with a buffer of its own", future),
    ("strings that are made once and stay", names),
    ("a growing log that stays", log),
    ("bytes on the stack", stack),
    ("a few clones of a small value", clones),
    ("texts of which few are a thousand times as long", uneven),
    ("trees that outlive the call that grows them", planted),
    ("variants of an enum of like size", variants),
    ("rows of a triangle", triangle),
    ("answers of a future that stay", answers),
    ("rows that a method leaves in its owner", boards),
    ("words collected for a caller that sorts them", sorted_words),
];

#[memopt::track_alloc]
fn few() {
    for number in 0..200 {
        black_box(format!("{number}"));
    }
    let mut sum = 0u64;
    for number in 0..10_000_000u64 {
        sum = black_box(sum ^ number);
    }
}

#[memopt::track_alloc]
fn sizes() {
    let all: Vec<Box<[u8]>> =
        (0..60usize).map(|n| vec![1; 1 << (n % 14)].into_boxed_slice()).collect();
    black_box(&all);
    work(20_000);
}

#[memopt::track_alloc]
fn sorted() {
    let text = lines(30_000);
    let mut rows: Vec<&str> = Vec::with_capacity(30_000);
    rows.extend(text.lines());
    rows.sort_unstable();
    black_box(&rows);
}

#[memopt::track_alloc]
fn cache() {
    let mut table: HashMap<u32, [u64; 8]> = HashMap::with_capacity(4_000);
    for number in 0..40_000u32 {
        table.entry(number % 3_000).or_insert([u64::from(number); 8]);
    }
    black_box(&table);
}

#[memopt::track_alloc]
fn rare() {
    for _ in 0..3 {
        let block = vec![1u8; 200_000];
        black_box(block.iter().map(|byte| u64::from(*byte)).sum::<u64>());
        work(50_000);
    }
}

#[memopt::track_alloc]
fn one() {
    let mut buffer: Vec<u32> = Vec::with_capacity(64);
    for round in 0..20_000u32 {
        buffer.clear();
        buffer.extend(round..round + 30);
        black_box(&buffer);
    }
}

#[memopt::track_alloc]
fn none() {
    work(100_000);
}

#[memopt::track_alloc]
fn row(number: u64) -> Vec<u64> {
    vec![number; 300]
}

fn many() {
    let mut rows = Vec::with_capacity(300);
    for number in 0..300 {
        rows.push(row(number));
        work(300);
    }
    black_box(&rows);
}

#[memopt::track_alloc]
fn once() {
    let mut text = String::with_capacity(64);
    for number in 0..60u32 {
        text.push_str("seven..");
        black_box(number);
    }
    work(100_000);
    black_box(&text);
}

#[memopt::track_alloc]
fn map() {
    let mut table = HashMap::with_capacity(1_000);
    for number in 0..1_000u32 {
        table.insert(number, u64::from(number));
    }
    let mut sum = 0;
    for number in 0..100_000u32 {
        sum += table.get(&(number % 1_000)).copied().unwrap_or(0);
    }
    black_box(sum);
}

struct Tree(Option<Box<(Tree, Tree)>>);

fn plant(depth: u32) -> Tree {
    Tree((depth > 0).then(|| Box::new((plant(depth - 1), plant(depth - 1)))))
}

#[memopt::track_alloc]
fn one_tree() -> Tree {
    plant(9)
}

fn tree() {
    let mut all = Vec::with_capacity(4);
    for _ in 0..4 {
        all.push(one_tree());
        work(200_000);
    }
    black_box(all.iter().filter(|tree| tree.0.is_some()).count());
}

#[memopt::track_alloc]
fn large_element(number: u64) -> Vec<[u64; 32]> {
    vec![[number; 32]]
}

fn large_elements() {
    let mut all = Vec::with_capacity(400);
    for number in 0..400 {
        all.push(large_element(number));
        work(2_000);
    }
    black_box(&all);
}

#[memopt::track_alloc]
fn whole_input() {
    let text = lines(20_000);
    let mut rows: Vec<&str> = text.lines().collect();
    rows.sort_unstable();
    rows.dedup();
    black_box(&rows);
}

#[memopt::track_alloc]
fn result() {
    let mut out: Vec<u64> = Vec::new();
    out.extend((0..50_000u64).map(|n| n * n));
    work(400_000);
    black_box(&out);
}

fn threads() {
    let context = memopt::Context::current();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| context.run(one));
        }
    });
}

#[memopt::track_alloc]
async fn waiting() -> u64 {
    let buffer = [1u64; 64];
    memopt_tests::yield_now().await;
    buffer.iter().sum()
}

fn future() {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    for _ in 0..1_000 {
        let mut future = std::pin::pin!(waiting());
        while future.as_mut().poll(&mut context).is_pending() {}
    }
}

#[memopt::track_alloc]
fn names() {
    let all: Vec<String> = (0..200).map(|n| format!("name {n}")).collect();
    work(500_000);
    black_box(&all);
}

#[memopt::track_alloc]
fn log() {
    let mut entries: Vec<(u64, u32)> = Vec::new();
    for number in 0..2_000 {
        entries.push((number, 7));
        work(100);
    }
    black_box(&entries);
}

#[memopt::track_alloc]
fn stack() {
    for number in 0..5_000u32 {
        let bytes = [number as u8; 256];
        black_box(&bytes);
    }
}

#[memopt::track_alloc]
fn clones() {
    let name = String::from("a name");
    for _ in 0..20 {
        let copy = name.clone();
        black_box(&copy);
        work(20_000);
    }
}

/// Pre-sized to the longest it would waste most of its room; each stays.
#[memopt::track_alloc]
fn uneven() {
    let mut all = Vec::with_capacity(200);
    for number in 0..200usize {
        let mut text = String::new();
        let words = if number % 50 == 0 { 8_000 } else { 1 };
        for _ in 0..words {
            text.push_str("seven..");
        }
        all.push(text);
        work(20_000);
    }
    black_box(&all);
}

#[memopt::track_alloc]
fn planted_one(depth: u32) -> Tree {
    work(4_000);
    plant(depth)
}

/// An arena of the call would have to outlive it.
fn planted() {
    let all: Vec<Tree> = (0..300).map(|number| planted_one(number % 5)).collect();
    black_box(all.iter().filter(|tree| tree.0.is_some()).count());
}

enum Shape {
    Circle([f64; 3]),
    Square([f64; 4]),
}

#[memopt::track_alloc]
fn variants() {
    let mut all: Vec<Shape> = Vec::with_capacity(60_000);
    for number in 0..60_000u32 {
        let side = f64::from(number);
        all.push(match number % 2 {
            0 => Shape::Circle([side; 3]),
            _ => Shape::Square([side; 4]),
        });
    }
    let size = |shape: &Shape| match shape {
        Shape::Circle(of) => of[2],
        Shape::Square(of) => of[3],
    };
    black_box(all.iter().map(size).sum::<f64>());
    work(600_000);
}

#[memopt::track_alloc]
fn triangle() {
    let mut rows: Vec<Vec<u64>> = Vec::with_capacity(100);
    for length in 1..=100usize {
        rows.push(vec![1; length]);
        work(10_000);
    }
    black_box(&rows);
}

#[memopt::track_alloc]
async fn answer(number: usize) -> Vec<u64> {
    memopt_tests::yield_now().await;
    work(3_000);
    vec![7; 100 + number]
}

fn answers() {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let mut all = Vec::with_capacity(200);
    for number in 0..200 {
        let mut future = std::pin::pin!(answer(number));
        loop {
            if let std::task::Poll::Ready(value) = future.as_mut().poll(&mut context) {
                all.push(value);
                break;
            }
        }
    }
    black_box(&all);
}

#[derive(Default)]
struct Board {
    rows: Vec<Vec<u64>>,
}

impl Board {
    /// What it makes goes when its owner does: the caller that drops that has nothing to pass in.
    #[memopt::track_alloc]
    fn add_row(&mut self, number: u64) {
        work(500);
        self.rows.push(vec![number; 80]);
    }
}

#[memopt::track_alloc]
fn board() -> usize {
    let mut board = Board { rows: Vec::with_capacity(100) };
    (0..100).for_each(|number| board.add_row(number));
    board.rows.len()
}

fn boards() {
    for _ in 0..40 {
        black_box(board());
    }
}

#[memopt::track_alloc]
fn collect_words<'a>(text: &'a str, all: &mut Vec<&'a str>) {
    for word in text.split(' ') {
        all.push(word);
    }
}

#[memopt::track_alloc]
fn sort_collected(text: &str) {
    let mut all = Vec::new();
    collect_words(text, &mut all);
    all.sort_unstable();
    black_box(&all);
}

fn sorted_words() {
    sort_collected(&lines(20_000));
}

/// Time without blocks.
fn work(rounds: u64) {
    let mut state = 1u64;
    for round in 0..rounds {
        state = black_box(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(round));
    }
}
