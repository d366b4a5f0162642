//! Names that are copied in small letters to be compared.

use std::cmp::Ordering;

fn order(one: &[u8], other: &[u8]) -> Ordering {
    one.to_ascii_lowercase().cmp(&other.to_ascii_lowercase())
}

fn main() {
    let names: Vec<String> = (0..200).map(|n| format!("a rather Long name {n}")).collect();
    let mut less = 0;
    for one in &names {
        for other in &names {
            less += usize::from(order(one.as_bytes(), other.as_bytes()) == Ordering::Less);
        }
    }
    println!("{less}");
}

#[test]
fn letters_are_of_one_size() {
    assert_eq!(order(b"Ab", b"aB"), Ordering::Equal);
    assert_eq!(order(b"ab", b"ABC"), Ordering::Less);
}
