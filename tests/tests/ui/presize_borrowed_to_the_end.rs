use std::io::{BufWriter, Write};

#[memopt::track_alloc]
fn rows() {
    #[presize]
    let mut rows: Vec<u8> = Vec::new();
    let mut writer = BufWriter::new(&mut rows);
    writer.write_all(b"x").unwrap();
}

fn main() {
    rows();
}
