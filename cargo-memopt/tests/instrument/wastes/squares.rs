//! A list that grows although its length is known.

fn squares(numbers: &[u64]) -> Vec<u64> {
    let mut out = Vec::new();
    for number in numbers {
        out.push(number * number);
    }
    out
}

fn main() {
    // Blocks this small do not grow where they lie.
    let numbers: Vec<u64> = (0..40).collect();
    let mut sum = 0_u64;
    for _ in 0..50_000 {
        sum = sum.wrapping_add(squares(&numbers).iter().sum::<u64>());
    }
    println!("{sum}");
}

#[test]
fn squares_are() {
    assert_eq!(squares(&[1, 2, 3]), [1, 4, 9]);
}
