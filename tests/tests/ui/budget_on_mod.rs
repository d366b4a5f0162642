#[memopt::track_alloc(budget(allocs <= 3))]
mod parser {
    pub fn parse() {}
}

fn main() {
    parser::parse();
}
