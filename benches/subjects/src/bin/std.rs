//! No wrapper at all: what the program costs with the standard library's default allocator. For
//! information; ratios are against `plain`.

use memopt_subjects::{Bench, alloc, plus, serve};

mod bare {
    memopt_subjects::functions!(memopt_subjects::calls::nothing);
}

const BENCHES: &[Bench] = &[
    Bench::new("alloc64", &[plus(alloc::pairs)]),
    Bench::new("alloc64_in_scope", &[plus(alloc::pairs)]),
    Bench::new("json1m", &[plus(bare::json)]),
];

fn main() {
    serve(BENCHES, || ());
}
