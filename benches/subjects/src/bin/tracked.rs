//! memopt with blocks tracked: none (`counting`), sampled at 512 KiB, all blocks, all
//! blocks with stacks.

use std::sync::Once;
use std::time::Duration;

use memopt_subjects::bench::Run;
use memopt_subjects::{Bench, alloc, plus, serve, tracked};

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

mod annotated {
    memopt_subjects::functions!(memopt_subjects::calls::nothing, #[memopt::track_alloc]);
}

/// Starts following, once in a process, and does the work.
fn with(start: fn() -> Result<(), memopt::Error>, work: Run, iterations: u64) -> Duration {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| start().expect("following can be started"));
    work(iterations)
}

fn sampled(work: Run, iterations: u64) -> Duration {
    with(|| memopt::heap::start_sampling(512 << 10), work, iterations)
}

const BENCHES: &[Bench] = &[
    Bench::new("sampled_json1m/counting", &[plus(annotated::json)]),
    Bench::new("sampled_btree/counting", &[plus(tracked::btree)]),
    Bench::new("sampled_alloc64/counting", &[plus(alloc::pairs)]),
    Bench::new("sampled_json1m/memopt", &[plus(|n| sampled(annotated::json, n))]),
    Bench::new("sampled_btree/memopt", &[plus(|n| sampled(tracked::btree, n))]),
    Bench::new("sampled_alloc64/memopt", &[plus(|n| sampled(alloc::pairs, n))]),
    Bench::new(
        "exact_json1m/memopt",
        &[plus(|n| with(memopt::heap::start_exact, annotated::json, n))],
    ),
    Bench::new(
        "exact_json1m/memopt_stacks",
        &[plus(|n| with(memopt::heap::start_exact_with_stacks, annotated::json, n))],
    ),
];

fn main() {
    serve(BENCHES, || ());
}
