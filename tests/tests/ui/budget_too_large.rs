#[memopt::track_alloc(budget(bytes <= "99999999999 GiB"))]
fn parse() {}

fn main() {
    parse();
}
