//! divan's `AllocProfiler`: per-thread tallies, read by its benchmark loop. It has no scopes, so
//! the region is left out; on Linux it counts on every thread and at any time.

use divan::AllocProfiler;
use memopt_subjects::{Bench, alloc, plus, serve};

#[global_allocator]
static ALLOC: AllocProfiler = AllocProfiler::system();

mod bare {
    memopt_subjects::functions!(memopt_subjects::calls::nothing);
}

const BENCHES: &[Bench] =
    &[Bench::new("alloc64", &[plus(alloc::pairs)]), Bench::new("json1m", &[plus(bare::json)])];

fn main() {
    serve(BENCHES, || ());
}
