//! The report of the whole process: the records, and what the other rooms know beside them.

use crate::report::{ProcessUse, Report};
use crate::thread::state::now_ns;
use crate::{costs, heap, optimizer, process, record, remedy, untracked};

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
    untracked(|| {
        let (now, most) = process::resident();
        let mut known = ProcessUse::new(process::program_cpu_ns(), now, most);
        // The process may be older than the program, which replaced another in it, and younger,
        // if it was forked.
        let wall_ns = process::wall_ns().map(|ns| ns.min(now_ns()));
        (known.threads, known.wall_ns) = (process::threads(), wall_ns);
        record::process_report()
            .with_process(known)
            .with_costs(costs::measured())
            .with_reclaimable(remedy::registry::reports())
            .with_actions(optimizer::log())
            .with_heap(heap::known())
    })
}
