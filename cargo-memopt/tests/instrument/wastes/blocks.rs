//! A block filled anew in each round.

use std::io::Read;

fn checksum(mut input: impl Read) -> u64 {
    let mut sum = 0_u64;
    loop {
        let mut block = vec![0_u8; 65_536];
        let n = input.read(&mut block).unwrap();
        if n == 0 {
            return sum;
        }
        sum = block[..n].iter().fold(sum, |sum, byte| sum.wrapping_mul(31) + u64::from(*byte));
    }
}

fn main() {
    let data: Vec<u8> = (0..100).collect();
    let mut sum = 0_u64;
    for _ in 0..5_000 {
        sum = sum.wrapping_add(checksum(&data[..]));
    }
    println!("{sum}");
}

#[test]
fn bytes_are_summed() {
    assert_eq!(checksum(&[1_u8, 2][..]), 33);
}
