#[memopt::track_alloc(budget(alloc <= 3))]
fn parse() {}

fn main() {
    parse();
}
