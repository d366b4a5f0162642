//! What a report takes of the processor is not told as the program's: short programs would show
//! little else.
#![cfg(all(feature = "track", unix, not(miri)))]

use memopt_runtime::__private::thread_cpu_ns;
use memopt_runtime::{Alloc, report};

#[global_allocator]
static ALLOC: Alloc = Alloc::system();

#[test]
fn a_report_is_no_work_of_the_program() {
    // Before its first report a process measures what calls to the allocator cost.
    let began = thread_cpu_ns().unwrap();
    let first = report().process().cpu_ns.unwrap();
    let took = thread_cpu_ns().unwrap() - began;
    let passed = report().process().cpu_ns.unwrap() - first;
    assert!(passed < took / 4, "{passed} ns between two reports, of which the first took {took}");
}
