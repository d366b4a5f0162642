use std::collections::BTreeMap;

#[memopt::track_alloc]
fn rows() -> BTreeMap<u8, u8> {
    #[presize]
    let rows = BTreeMap::new();
    rows
}

fn main() {
    rows();
}
