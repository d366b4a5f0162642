#[memopt::track_alloc("parse")]
fn parse() {}

fn main() {
    parse();
}
