//! An enum with one large variant.

enum Shape {
    Label(String),
    Grid([u64; 64]),
}

fn shapes(n: u32) -> Vec<Shape> {
    let mut out = Vec::with_capacity(n as usize);
    for at in 0..n {
        out.push(if at % 100 == 0 { Shape::Grid([7; 64]) } else { Shape::Label(at.to_string()) });
    }
    out
}

fn sum(shapes: &[Shape]) -> u64 {
    shapes
        .iter()
        .map(|shape| match shape {
            Shape::Label(text) => text.len() as u64,
            Shape::Grid(cells) => cells.iter().sum(),
        })
        .sum()
}

fn main() {
    let all = shapes(20_000);
    println!("{}", sum(&all));
}

#[test]
fn shapes_have_sums() {
    assert_eq!(sum(&shapes(3)), 448 + 1 + 1);
}
