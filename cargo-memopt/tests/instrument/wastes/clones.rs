//! A list copied to loop over it.

struct Basket {
    names: Vec<String>,
}

impl Basket {
    fn letters(&self) -> usize {
        let mut sum = 0;
        for name in self.names.clone() {
            sum += name.len();
        }
        sum
    }
}

fn main() {
    let basket = Basket { names: (0..100).map(|n| format!("a name of some length {n}")).collect() };
    let mut sum = 0;
    for _ in 0..2000 {
        sum += basket.letters();
    }
    println!("{sum}");
}

#[test]
fn letters_are_counted() {
    assert_eq!(Basket { names: vec!["ab".to_owned(), "c".to_owned()] }.letters(), 3);
}
