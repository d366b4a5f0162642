//! A list of a length that only the input knows.

#[memopt::track_alloc]
fn rows(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    for row in text.split(';') {
        if !row.is_empty() {
            out.push(row);
        }
    }
    out
}

#[memopt::main]
fn main() {
    let text = "a row;".repeat(500);
    let mut sum = 0;
    for _ in 0..5000 {
        sum += rows(&text).len();
    }
    println!("{sum}");
}

#[test]
fn empty_rows_are_none() {
    assert_eq!(rows("a;;b"), ["a", "b"]);
}
