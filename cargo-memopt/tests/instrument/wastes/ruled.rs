//! A margin that is made anew for each line.

struct Page {
    margin: usize,
}

fn lines(page: &Page, words: &[&str]) -> usize {
    let mut length = 0;
    for word in words {
        let margin = " ".repeat(page.margin + 1);
        length += margin.len() + word.len();
    }
    length
}

fn main() {
    let words = ["a", "rather", "long", "line"].repeat(5000);
    println!("{}", lines(&Page { margin: 40 }, &words));
}

#[test]
fn each_line_has_a_margin() {
    assert_eq!(lines(&Page { margin: 2 }, &["ab", "c"]), 9);
    assert_eq!(lines(&Page { margin: 2 }, &[]), 0);
}
