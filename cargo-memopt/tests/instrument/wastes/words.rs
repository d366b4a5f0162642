//! A buffer made anew in each round of a loop.

fn longest(lines: &[&str]) -> usize {
    let mut longest = 0;
    for line in lines {
        let mut words: Vec<&str> = Vec::new();
        for word in line.split(' ') {
            words.push(word);
        }
        longest = longest.max(words.len());
    }
    longest
}

fn main() {
    let text = "a b c d e f g h\n".repeat(20_000);
    let lines: Vec<&str> = text.lines().collect();
    println!("{}", longest(&lines));
}

#[test]
fn the_longest_is_found() {
    assert_eq!(longest(&["a", "a b c", "a b"]), 3);
}
