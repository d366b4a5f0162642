//! The items of a streamed function are given out before it ends.

use memopt::{arena, streamed};

#[arena]
#[streamed]
fn above() -> Vec<u8> {
    let mut out = Vec::new();
    out.push(1);
    out
}

#[streamed]
#[arena]
fn below() -> Vec<u8> {
    let mut out = Vec::new();
    out.push(1);
    out
}

fn main() {
    above();
    below();
}
