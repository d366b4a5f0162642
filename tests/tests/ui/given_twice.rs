#[memopt::track_alloc]
#[memopt::track_alloc(name = "parse")]
fn parse() {}

fn main() {
    parse();
}
