//! A buffer that each call makes and drops.

#[memopt::track_alloc]
fn shout(words: &[&str]) -> usize {
    let mut line = String::new();
    for word in words {
        line.push_str(word);
    }
    line.len()
}

#[memopt::main]
fn main() {
    let words = ["some", "words", "that", "are", "shouted", "loudly"];
    let mut sum = 0;
    for _ in 0..50_000 {
        sum += shout(&words);
    }
    println!("{sum}");
}

#[test]
fn letters_are_counted() {
    assert_eq!(shout(&["a", "bc"]), 3);
}
