#[memopt::track_alloc(bugdet(allocs <= 3))]
fn parse() {}

fn main() {
    parse();
}
