#[memopt::arena(resue)]
fn parse() {}

fn main() {
    parse();
}
