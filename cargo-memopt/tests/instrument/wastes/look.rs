//! A key copied for each look-up.

use std::collections::HashMap;

fn known(table: &HashMap<String, u32>, words: &[&str]) -> u32 {
    let mut sum = 0;
    for word in words {
        if let Some(value) = table.get(&word.to_string()) {
            sum += value;
        }
    }
    sum
}

fn main() {
    let names: Vec<String> = (0..1000).map(|n| format!("a rather long name {n}")).collect();
    let table: HashMap<String, u32> = names.iter().cloned().zip(0..).collect();
    let words: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut sum = 0;
    for _ in 0..100 {
        sum += known(&table, &words);
    }
    println!("{sum}");
}

#[test]
fn what_is_known_counts() {
    let table = HashMap::from([("a".to_owned(), 3)]);
    assert_eq!(known(&table, &["a", "b", "a"]), 6);
}
