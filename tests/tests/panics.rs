//! A panic unwinds through scopes and recordings: counted once each, and what is open afterwards is
//! right.

use memopt_runtime::report::SiteReport;
use memopt_runtime::{Alloc, Context, Report, record, report, scope};
use std::hint::black_box;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

#[global_allocator]
static ALLOC: Alloc = Alloc::system();

fn touch(size: usize) {
    drop(black_box(Vec::<u8>::with_capacity(size)));
}

/// Unwinds without the hook's output.
fn panic_quietly() -> ! {
    resume_unwind(Box::new(()))
}

fn caught(work: impl FnOnce()) {
    catch_unwind(AssertUnwindSafe(work)).unwrap_err();
}

fn site<'a>(report: &'a Report, name: &str) -> &'a SiteReport {
    report
        .sites()
        .iter()
        .find(|s| s.name.ends_with(name))
        .unwrap_or_else(|| panic!("no site {name}"))
}

#[test]
fn a_panic_is_counted_in_every_scope_it_leaves() {
    let recording = record(|| {
        let _outer = scope!("catches");
        for n in 0..10 {
            caught(|| {
                let _middle = scope!("unwound outer");
                let _inner = scope!("unwound inner");
                touch(8);
                if n % 2 == 0 {
                    let _innermost = scope!("unwound innermost");
                    panic_quietly();
                }
                panic_quietly();
            });
            // Back in the scope that caught it.
            touch(1);
        }
    });
    let report = &recording.report;
    for (name, calls, panics) in [
        ("catches", 1, 0),
        ("unwound outer", 10, 10),
        ("unwound inner", 10, 10),
        ("unwound innermost", 5, 5),
    ] {
        let site = site(report, name);
        assert_eq!(
            (site.calls, site.panics, site.open, site.bytes.count()),
            (calls, panics, 0, calls),
            "{name}"
        );
    }
    // Ten blocks of its own; the language frees the panics' blocks where they are caught.
    let catches = site(report, "catches");
    assert_eq!((catches.own.allocs, catches.own.bytes, catches.own.frees), (10, 10, 20));
    assert_eq!(
        (site(report, "unwound inner").own.allocs, report.tree().nodes().len()),
        (10 + 5, 4)
    );
}

struct WorksWhenDropped;

impl Drop for WorksWhenDropped {
    fn drop(&mut self) {
        let _scope = scope!("cleans up");
        touch(5);
        // A panic that begins and ends within the destructor.
        caught(|| {
            let _scope = scope!("fails in clean-up");
            panic_quietly();
        });
    }
}

#[test]
fn a_scope_entered_while_unwinding_has_not_panicked() {
    let recording = record(|| {
        caught(|| {
            let _scope = scope!("holds it");
            let _cleans = WorksWhenDropped;
            panic_quietly();
        });
    });
    let of = |name: &str| site(&recording.report, name);
    assert_eq!((of("holds it").calls, of("holds it").panics), (1, 1));
    assert_eq!((of("cleans up").calls, of("cleans up").panics, of("cleans up").open), (1, 0, 0));
    assert_eq!(of("fails in clean-up").calls, 1);
}

#[test]
fn an_unwound_recording_is_closed() {
    let recording = record(|| {
        caught(|| {
            let _within = record(|| {
                let _scope = scope!("in an unwound recording");
                touch(10);
                std::mem::forget(scope!("forgotten in an unwound recording"));
                panic_quietly();
            });
        });
        // Neither the inner recording nor what it left open gets this.
        touch(100);
        let after = record(|| touch(7));
        after.report.total().bytes
    });
    assert_eq!(recording.value, 7);
    let report = &recording.report;
    let site_in = site(report, "in an unwound recording");
    assert_eq!((site_in.calls, site_in.panics, site_in.own.bytes), (1, 1, 10));
    assert_eq!(site(report, "forgotten in an unwound recording").open, 0);
    let unattributed = report.unattributed();
    assert_eq!((unattributed.allocs, unattributed.bytes), (2, 107));
}

#[test]
fn a_context_is_left_when_its_work_panics() {
    let recording = record(|| {
        let context = {
            let _scope = scope!("given away");
            Context::current()
        };
        caught(|| {
            context.run(|| {
                touch(3);
                panic_quietly();
            });
        });
        touch(40);
    });
    let given = site(&recording.report, "given away");
    assert_eq!((given.calls, given.panics, given.open), (1, 0, 0));
    // Its block of 3 bytes and the panic's.
    assert_eq!((given.own.allocs, given.own.frees), (2, 1));
    assert_eq!(recording.report.unattributed().bytes, 40);
    assert_eq!(recording.report.unattributed().frees, 2);
}

#[test]
fn a_panicking_thread_closes_its_scopes() {
    let context = Context::current();
    std::thread::spawn(move || {
        context.run(|| {
            let _scope = scope!("ends its thread");
            panic_quietly();
        });
    })
    .join()
    .unwrap_err();
    let report = report();
    let site = site(&report, "ends its thread");
    assert_eq!((site.calls, site.panics, site.open), (1, 1, 0));
}

/// In a debug build a guard holds more than in a release build.
#[test]
fn guards_pass_where_a_panic_is_caught() {
    fn is<T: std::panic::UnwindSafe + std::panic::RefUnwindSafe>(_: &T) {}
    let scope = scope!("caught");
    is(&scope);
}
