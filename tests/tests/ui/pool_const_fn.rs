#[memopt::pooled]
const fn parse() -> usize {
    #[pool]
    let sum: usize = 0;
    sum
}

fn main() {
    parse();
}
