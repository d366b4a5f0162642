#[memopt::pooled]
union Word {
    whole: u32,
    parts: [u8; 4],
}

fn main() {
    let _ = (Word { whole: 1 }, Word { parts: [0; 4] });
}
