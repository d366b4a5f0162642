#[memopt::streamed]
fn f(text: &str) -> Vec<&str> {
    text.lines().collect()
}

fn main() {
    drop(f("a"));
}
