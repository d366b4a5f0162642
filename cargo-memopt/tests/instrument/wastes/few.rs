//! Lists of a few numbers that each call makes.

fn factors(mut n: u32) -> u32 {
    let mut list: Vec<u32> = Vec::new();
    let mut at = 2;
    while n > 1 {
        if n % at == 0 {
            list.push(at);
            n /= at;
        } else {
            at += 1;
        }
    }
    list.iter().sum::<u32>() + list.len() as u32
}

fn main() {
    let mut sum = 0;
    for n in 0..200_000_u32 {
        sum += factors(n % 250);
    }
    println!("{sum}");
}

#[test]
fn factors_are_summed() {
    assert_eq!(factors(12), 2 + 2 + 3 + 3);
}
