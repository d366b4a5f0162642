#[memopt::arena(magasine)]
fn parse() {}

fn main() {
    parse();
}
