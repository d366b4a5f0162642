use memopt::prelude::*;

fn read() -> Vec<u8> {
    #[presize]
    let mut rows = Vec::new();
    rows.push(1);
    rows
}

fn main() {
    read();
}
