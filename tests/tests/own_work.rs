//! What memopt hands out is the caller's from then on: it is counted when it is freed, so it must
//! have been when it was made.

use memopt::optimizer::Mode;
use memopt::remedy::{Pressure, reclaim};

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

/// Holds that a call which gives everything back leaves nothing, the first time and later.
fn leaves_nothing(what: &str, call: impl Fn()) {
    for time in ["first", "second"] {
        let left = memopt::record(&call).report;
        let total = left.total();
        assert_eq!((total.live_bytes(), total.live_blocks()), (0, 0), "{what}, the {time} time");
    }
}

#[memopt::track_alloc]
fn handle(n: usize) -> Vec<String> {
    (0..n).map(|i| i.to_string()).collect()
}

#[test]
fn what_is_handed_out_was_counted_when_it_was_made() {
    memopt::heap::start_exact().unwrap();
    (0..200).for_each(|n| drop(handle(n)));
    leaves_nothing("report", || drop(memopt::report()));
    leaves_nothing("report of a report", || drop(memopt::report().clone()));
    leaves_nothing("findings", || drop(memopt::report().findings()));
    leaves_nothing("findings' text", || {
        drop(memopt::report().findings().table().color(true).to_string())
    });
    leaves_nothing("text", || drop(memopt::report().to_string()));
    leaves_nothing("JSON there and back", || {
        drop(memopt::Report::from_json(&memopt::report().to_json()).unwrap());
    });
    leaves_nothing("CSV", || drop(memopt::report().to_csv()));
    leaves_nothing("diff", || drop(memopt::report().diff(&memopt::report()).to_string()));
    memopt::heap::start_exact_with_stacks().unwrap();
    (0..200).for_each(|n| drop(handle(n)));
    leaves_nothing("heap", || drop(memopt::heap::snapshot()));
    leaves_nothing("heap, named", || {
        let mut heap = memopt::heap::snapshot();
        memopt::heap::resolve(&mut heap);
        drop((
            heap.to_string(),
            heap.to_dhat(),
            heap.to_speedscope(),
            heap.to_csv(),
            heap.to_json(),
        ));
        heap.write_pprof(Vec::new()).unwrap();
    });
    memopt::heap::stop();
    leaves_nothing("threads and tasks", || drop(memopt::runtime::concurrency().to_string()));
    leaves_nothing("threads and tasks, copied", || drop(memopt::runtime::concurrency().clone()));
    leaves_nothing("record", || drop(memopt::record(|| handle(10))));
    for mode in [Mode::Suggest, Mode::Apply, Mode::Off] {
        memopt::optimizer().set_mode(mode);
        leaves_nothing(mode.name(), || {
            (0..300).for_each(|n| drop(handle(n)));
            drop(memopt::optimizer().tick());
            drop(memopt::optimizer().log());
        });
    }
    leaves_nothing("reclaim", || drop(reclaim(Pressure::Critical).to_string()));
    leaves_nothing("errors", || {
        drop(memopt::heap::dump_above(1, "heap.what").unwrap_err());
        drop(memopt::Report::from_json("{}").unwrap_err());
        drop(
            memopt::Report::from_json(
                &memopt::report().to_json().replace("\"sites\":[", "\"sites\":[7,"),
            )
            .unwrap_err(),
        );
        drop(memopt::report().site("nothing").unwrap_err().to_string());
    });
}
