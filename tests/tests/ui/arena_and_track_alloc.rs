#[memopt::track_alloc(name = "ingest")]
#[memopt::arena]
fn parse() {}

#[memopt::arena]
#[memopt::track_alloc]
fn print() {}

fn main() {
    parse();
    print();
}
