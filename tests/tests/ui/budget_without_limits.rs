#[memopt::track_alloc(budget())]
fn parse() {}

fn main() {
    parse();
}
