#[memopt::track_alloc(name = "one", name = "two")]
fn parse() {}

fn main() {
    parse();
}
