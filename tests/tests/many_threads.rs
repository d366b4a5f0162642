//! Ten thousand threads come and go: their counts stay, their room is used again.

use memopt_runtime::{Alloc, Context, memory_used, record, report, scope};
use std::hint::black_box;
use std::thread;

#[global_allocator]
static ALLOC: Alloc = Alloc::system();

fn life(n: usize) {
    let _scope = scope!("a life");
    drop(black_box(Vec::<u8>::with_capacity(1 + n % 1000)));
    if n.is_multiple_of(3) {
        std::mem::forget(scope!("never left"));
    }
}

#[test]
fn ten_thousand_threads_come_and_go_in_the_room_of_one() {
    const THREADS: usize = 10_000;
    let turn = |n| thread::spawn(move || life(n)).join().unwrap();
    // Every size once, so that what is kept of values is made.
    (0..1000).for_each(turn);
    let used = memory_used();
    assert!(used > 0 && used < 1 << 20, "{used} bytes for one thread's two sites");
    (1000..THREADS).for_each(turn);
    // A call that takes longer than any before has room made for its time.
    let grown = memory_used() - used;
    assert!(grown < 1 << 10, "{grown} bytes more after 9000 threads");

    let report = report();
    let find = |name: &str| report.sites().iter().find(|s| s.name.ends_with(name)).unwrap();
    let site = find("a life");
    // Sizes from 1 to 1000, ten times each.
    assert_eq!((site.calls, site.own.allocs, site.own.bytes), (10_000, 10_000, 10 * 500_500));
    assert_eq!((site.own.frees, site.own.freed_bytes, site.open), (10_000, 10 * 500_500, 0));
    assert_eq!((site.bytes.min(), site.bytes.max(), site.bytes.count()), (1, 1000, 10_000));
    assert_eq!((find("never left").calls, find("never left").open), (3334, 0));
    assert!(report.threads() < 100, "{} threads are kept", report.threads());

    // Recordings whose context went to threads leave nothing behind either.
    let recorded = |n: usize| {
        let recording = record(|| {
            let context = Context::current();
            thread::spawn(move || context.run(|| life(n))).join().unwrap();
        });
        let site = recording.report.sites().iter().find(|s| s.name.ends_with("a life")).unwrap();
        assert_eq!((site.calls, site.own.allocs), (1, 1));
    };
    (0..50).for_each(recorded);
    let used = memory_used();
    (50..1000).for_each(recorded);
    let grown = memory_used() - used;
    assert!(grown < 8 << 10, "{grown} bytes more after 950 recordings");
}
