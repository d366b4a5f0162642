#[memopt::arena]
const fn parse() {}

fn main() {
    parse();
}
