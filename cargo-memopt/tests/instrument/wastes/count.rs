//! A key copied for each count.

use std::collections::HashMap;

fn count(text: &str) -> HashMap<String, usize> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for word in text.split_whitespace() {
        *counts.entry(word.to_string()).or_insert(0) += 1;
    }
    counts
}

fn main() {
    let text = "the quick brown fox jumps over the lazy dog ".repeat(10_000);
    let mut all: Vec<_> = count(&text).into_iter().collect();
    all.sort();
    println!("{all:?}");
}

#[test]
fn words_are_counted() {
    assert_eq!(count("a b a")["a"], 2);
}
