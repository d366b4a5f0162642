#[memopt::track_alloc(budget(allocs <= 3, allocs <= 4))]
fn parse() {}

fn main() {
    parse();
}
