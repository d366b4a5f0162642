#[memopt::main]
fn start() {}

fn main() {
    start();
}
