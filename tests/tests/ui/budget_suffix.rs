#[memopt::track_alloc(budget(bytes <= 4KiB))]
fn parse() {}

fn main() {
    parse();
}
