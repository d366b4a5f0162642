//! A text that grows to about the same size each time.

fn quoted(words: &[&str]) -> String {
    let mut out = String::new();
    for word in words {
        out.push('"');
        out.push_str(word);
        out.push_str("\", ");
    }
    out
}

fn main() {
    let text = "some words that are quoted ".repeat(40);
    let words: Vec<&str> = text.split(' ').collect();
    let mut length = 0;
    for _ in 0..20_000 {
        length += quoted(&words).len();
    }
    println!("{length}");
}

#[test]
fn words_are_quoted() {
    assert_eq!(quoted(&["a"]), "\"a\", ");
}
