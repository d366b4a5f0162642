//! The work of the benches in which blocks are tracked: by a sample of them, or all.

use std::hint::black_box;
use std::time::Duration;

use crate::alloc;
use crate::bench::{Bench, Part, plus, timed};
use crate::scopes;

/// A map of 10 000 strings built and dropped, over and over.
pub fn btree(iterations: u64) -> Duration {
    let entries = scopes::entries();
    timed(iterations, |_| _ = black_box(scopes::btree(black_box(entries))))
}

/// All of them, for a tool that needs nothing said before. The JSON document is parsed by the
/// functions of [`functions!`](crate::functions), which may have the tool's attribute.
pub const fn benches(json: &'static [Part]) -> [Bench; 4] {
    const MAP: &[Part] = &[plus(btree)];
    const PAIRS: &[Part] = &[plus(alloc::pairs)];
    [
        Bench::new("sampled_json1m", json),
        Bench::new("sampled_btree", MAP),
        Bench::new("sampled_alloc64", PAIRS),
        Bench::new("exact_json1m", json),
    ]
}
