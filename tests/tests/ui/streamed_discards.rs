#[memopt::streamed]
fn f(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for byte in text.bytes() {
        if byte == 0 {
            return Vec::new();
        }
        out.push(byte);
    }
    out
}

fn main() {
    drop(f("a"));
}
