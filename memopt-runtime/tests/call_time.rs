//! What a report says of the time of calls, and of the process.
#![cfg(all(feature = "track", not(miri)))]

use memopt_runtime::{Alloc, report, scope};
use std::hint::black_box;
use std::thread;
use std::time::Duration;

#[global_allocator]
static ALLOC: Alloc = Alloc::system();

fn inner(first: bool) {
    let _scope = scope!("call_time inner");
    if first {
        // What a first call waits for.
        thread::sleep(Duration::from_millis(50));
    }
    black_box((0..100).fold(0u64, |sum, n| black_box(sum + n)));
}

fn outer(first: bool) {
    let _scope = scope!("call_time outer");
    inner(first);
    inner(false);
}

#[test]
fn first_calls_do_not_lead_the_time_of_a_site() {
    for call in 0..2000 {
        outer(call == 0);
    }
    let report = report();
    let time = |name: &str| {
        let site = report.sites().iter().find(|site| site.name.ends_with(name)).unwrap();
        site.time.unwrap()
    };
    let (inner, outer) = (time("call_time inner"), time("call_time outer"));
    for time in [inner, outer] {
        assert_eq!(time.first_calls, 1, "{time:?}");
        assert!(time.first_mean_ns >= 50e6 && time.max_ns >= 50_000_000, "{time:?}");
        // A call takes microseconds in a build that is not optimised; a machine may be held up.
        assert!(time.median_ns.unwrap() < 5e6, "{time:?}");
    }
    // What is inside does not take longer than what is around it, but for the width of a range.
    assert!(inner.median_ns.unwrap() <= outer.median_ns.unwrap() * 1.3, "{inner:?} {outer:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_report_of_the_process_says_how_large_it_is() {
    let report = report();
    let process = report.process();
    assert!(process.resident_bytes.unwrap() > 100_000 && process.threads.unwrap() >= 1);
    assert!(process.peak_resident_bytes.unwrap() > 100_000 && process.wall_ns.is_some());
    assert!(report.to_string().contains("\n  process        "), "{report}");
    // A recording is a part of the process.
    assert_eq!(memopt_runtime::record(|| ()).report.process().wall_ns, None);
}
