#[memopt::track_alloc(budget(bytes <= "4 kib"))]
fn parse() {}

fn main() {
    parse();
}
