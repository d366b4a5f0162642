//! `dhat`: a backtrace for each allocation, aggregated in the process, while a `Profiler` lives. It
//! has no scopes; its region is the life of the profiler, which is how it runs here.

use memopt_subjects::{Bench, Part, alloc, plus, serve, tracked};

#[global_allocator]
static ALLOC: dhat::Alloc = dhat::Alloc;

mod bare {
    memopt_subjects::functions!(memopt_subjects::calls::nothing);
}

const BENCHES: &[Bench] =
    &[Bench::new("alloc64", &[plus(alloc::pairs)]), Bench::new("json1m", &[plus(bare::json)])];

const JSON: &[Part] = &[plus(bare::json)];

fn main() {
    let profiler = dhat::Profiler::new_heap();
    let tracked = tracked::benches(JSON);
    let benches: Vec<Bench> = BENCHES.iter().copied().chain(tracked).collect();
    serve(&benches, || ());
    // Its report would name every backtrace of a benchmark.
    std::mem::forget(profiler);
}
