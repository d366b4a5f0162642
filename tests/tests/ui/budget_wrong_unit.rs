#[memopt::track_alloc(budget(bytes <= "4 kbi"))]
fn parse() {}

fn main() {
    parse();
}
