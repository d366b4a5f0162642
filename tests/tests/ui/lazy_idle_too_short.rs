//! Idle time is counted in milliseconds.

#[memopt::lazy_load(idle = "500 us")]
fn table() -> Vec<u8> {
    Vec::new()
}

fn main() {
    table();
}
