#[memopt::track_alloc(name = "parse" budget(allocs <= 3))]
fn parse() {}

fn main() {
    parse();
}
