//! The report of the whole process: the records, and what the other rooms know beside them.

use crate::report::{ProcessUse, Report};
use crate::{costs, heap, optimizer, process, record, remedy, untracked};

/// How long the program runs. The process may be older, where the program replaced another in it,
/// and younger, if it was forked.
fn wall_ns(process: u64, program: u64) -> u64 {
    /// The system tells hundredths of a second.
    const KNOWN_TO_NS: u64 = 20_000_000;
    if process + KNOWN_TO_NS < program { process } else { program }
}

/// What every site of the process allocated so far.
///
/// # Cost
///
/// It merges the histograms of each site and thread: a thousand sites that eight threads entered
/// took about half a second on a busy machine. No other thread stops or waits. What it allocates is
/// not counted. The first report also measures what calls to the allocator cost here, in a
/// millisecond; a later one does so in a fifth of that, where the last measurement was 50 ms ago.
///
/// Guide: [Reduce allocations](https://docs.rs/memopt/latest/memopt/docs/reduce_allocations/).
pub fn report() -> Report {
    // What a report takes, and measuring what calls cost, is no CPU time of the program: a later
    // report of a short program would show little else.
    let work = || {
        let cpu_ns = process::program_cpu_ns();
        let (now, most) = process::resident();
        let mut known = ProcessUse::new(cpu_ns, now, most);
        known.threads = process::threads();
        known.built_at_unix_ns = process::built_at_unix_ns();
        let report = record::process_report();
        let elapsed = report.elapsed().as_nanos() as u64;
        known.wall_ns = process::wall_ns().map(|ns| wall_ns(ns, elapsed));
        report
            .with_process(known)
            .with_costs(costs::measured())
            .with_reclaimable(remedy::registry::reports())
            .with_actions(optimizer::log())
            .with_heap(heap::known())
    };
    untracked(|| process::apart(work))
}
