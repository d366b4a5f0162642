#[memopt::track_alloc(colour = "red")]
fn parse() {}

fn main() {
    parse();
}
