#[memopt::track_alloc(name = "")]
fn parse() {}

fn main() {
    parse();
}
