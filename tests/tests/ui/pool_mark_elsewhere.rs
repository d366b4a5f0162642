#[memopt::pooled]
fn parse() -> usize {
    #[pool]
    println!("not a let");
    1
}

fn main() {
    parse();
}
