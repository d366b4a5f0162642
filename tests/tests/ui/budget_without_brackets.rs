#[memopt::track_alloc(budget = 3)]
fn parse() {}

fn main() {
    parse();
}
