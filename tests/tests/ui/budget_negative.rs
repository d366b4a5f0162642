#[memopt::track_alloc(budget(bytes <= -1))]
fn parse() {}

fn main() {
    parse();
}
