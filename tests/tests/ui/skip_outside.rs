#[memopt::track_alloc(skip)]
fn parse() {}

fn main() {
    parse();
}
