//! `allocation-counter`: depending on it installs its allocator; `measure` counts what one closure
//! does on its thread.

use std::hint::black_box;
use std::time::Duration;

use allocation_counter::measure;
use memopt_subjects::{Bench, alloc, plus, serve};

mod bare {
    memopt_subjects::functions!(memopt_subjects::calls::nothing);
}

fn measured(run: fn(u64) -> Duration, iterations: u64) -> Duration {
    let mut taken = Duration::ZERO;
    black_box(measure(|| taken = run(iterations)));
    taken
}

const BENCHES: &[Bench] = &[
    Bench::new("alloc64", &[plus(alloc::pairs)]),
    Bench::new("alloc64_in_scope", &[plus(|iterations| measured(alloc::pairs, iterations))]),
    Bench::new("json1m", &[plus(|iterations| measured(bare::json, iterations))]),
];

fn main() {
    serve(BENCHES, || ());
}
