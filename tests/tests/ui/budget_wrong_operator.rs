#[memopt::track_alloc(budget(allocs < 3))]
fn parse() {}

fn main() {
    parse();
}
