#[memopt::streamed]
fn f(odd: bool) -> Vec<u8> {
    let mut out = Vec::new();
    let mut other = Vec::new();
    out.push(1);
    other.push(2);
    if odd { other } else { out }
}

fn main() {
    drop(f(true));
}
