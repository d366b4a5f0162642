//! `stats_alloc`: process-wide atomic counters; a `Region` is the difference of two readings.

use std::alloc::System;
use std::hint::black_box;
use std::time::Duration;

use memopt_subjects::{Bench, alloc, plus, serve};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOC: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

mod bare {
    memopt_subjects::functions!(memopt_subjects::calls::nothing);
}

fn in_region(iterations: u64) -> Duration {
    let region = Region::new(ALLOC);
    let taken = alloc::pairs(iterations);
    black_box(region.change());
    taken
}

fn json(iterations: u64) -> Duration {
    let region = Region::new(ALLOC);
    let taken = bare::json(iterations);
    black_box(region.change());
    taken
}

const BENCHES: &[Bench] = &[
    Bench::new("alloc64", &[plus(alloc::pairs)]),
    Bench::new("alloc64_in_scope", &[plus(in_region)]),
    Bench::new("json1m", &[plus(json)]),
];

fn main() {
    serve(BENCHES, || ());
}
