//! A list that grows although its length is known.

fn squares(numbers: &[u64]) -> Vec<u64> {
    let mut out = Vec::new();
    for number in numbers {
        out.push(number * number);
    }
    out
}

fn main() {
    let numbers: Vec<u64> = (0..1000).collect();
    let mut sum = 0_u64;
    for _ in 0..2000 {
        sum = sum.wrapping_add(squares(&numbers).iter().sum::<u64>());
    }
    println!("{sum}");
}

#[test]
fn squares_are() {
    assert_eq!(squares(&[1, 2, 3]), [1, 4, 9]);
}
