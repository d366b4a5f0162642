//! Many small blocks that are gone when the call ends.

struct Node {
    value: u64,
    next: Option<Box<Node>>,
}

#[memopt::track_alloc]
fn sum(n: u64) -> u64 {
    let mut first = None;
    for value in 0..n {
        first = Some(Box::new(Node { value, next: first }));
    }
    let mut sum = 0;
    while let Some(node) = first {
        sum += node.value;
        first = node.next;
    }
    sum
}

#[memopt::main]
fn main() {
    let mut all = 0;
    for _ in 0..2000 {
        all += sum(200);
    }
    println!("{all}");
}

#[test]
fn values_are_summed() {
    assert_eq!(sum(4), 6);
}
