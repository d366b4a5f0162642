use memopt::prelude::*;

fn parse() -> usize {
    #[pool]
    let mut line = String::new();
    line.push('x');
    line.len()
}

fn main() {
    parse();
}
