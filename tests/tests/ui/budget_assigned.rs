#[memopt::track_alloc(budget(bytes = "4 KiB"))]
fn parse() {}

fn main() {
    parse();
}
