#[derive(memopt::remedy::Pooled)]
struct Line<'a> {
    text: &'a str,
}

fn main() {
    let _ = Line { text: "" }.text;
}
