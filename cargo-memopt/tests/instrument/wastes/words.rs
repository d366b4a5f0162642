//! A buffer made anew in each round of a loop.

fn longest(lines: &[&[u32]]) -> usize {
    let mut longest = 0;
    for line in lines {
        let mut words: Vec<u32> = Vec::new();
        for word in line.iter() {
            words.push(*word);
        }
        longest = longest.max(words.len());
    }
    longest
}

fn main() {
    let line = [7; 8];
    let lines: Vec<&[u32]> = vec![&line; 50_000];
    println!("{}", longest(&lines));
}

#[test]
fn the_longest_is_found() {
    assert_eq!(longest(&[&[1], &[1, 2, 3], &[1, 2]]), 3);
}
