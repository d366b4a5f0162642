//! The baseline of what changes how a scope allocates: the system allocator behind a wrapper, and
//! no scopes.

use memopt_subjects::wrapped::Wrapped;
use memopt_subjects::{Bench, alloc, plus, serve};

#[global_allocator]
static ALLOC: Wrapped = Wrapped;

mod work {
    memopt_subjects::scoped!([], []);
}

const IDLE: Bench = Bench::new("hook_idle_arena/plain", &[plus(alloc::pairs)]);

fn main() {
    let benches: Vec<Bench> = work::BENCHES.iter().copied().chain([IDLE]).collect();
    serve(&benches, || ());
}
