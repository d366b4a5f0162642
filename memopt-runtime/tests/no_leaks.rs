//! `no_leaks` where blocks were sampled in another way before, where tables are full, and where
//! some sites may keep what they made.
#![cfg(all(feature = "track", not(miri)))]

use memopt_runtime::__private::{TestLimits, run_test};
use memopt_runtime::{Alloc, heap, scope};
use std::hint::black_box;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};

#[global_allocator]
static ALLOC: Alloc = Alloc::system();

const NO_LEAKS: TestLimits = TestLimits { no_leaks: true, ..TestLimits::NONE };

/// One test at a time: the mode is the process's.
fn one() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How a test with these limits and this body fails; `None` where it passes.
fn failure(limits: TestLimits, body: impl FnOnce()) -> Option<String> {
    let failed = catch_unwind(AssertUnwindSafe(|| run_test("it", limits, body))).err()?;
    Some(*failed.downcast::<String>().unwrap())
}

#[inline(never)]
fn keep(size: usize) {
    let _scope = scope!("keeper");
    std::mem::forget(black_box(vec![1u8; size]));
}

#[test]
fn a_leak_is_named_with_its_stack_while_samples_are_taken() {
    let _one = one();
    heap::start_sampling(1 << 30).unwrap();
    let text = failure(NO_LEAKS, || keep(100)).unwrap();
    assert!(
        text.contains(
            "no_leaks: 100 bytes in 1 block are left\n    100 bytes in 1 block in `no_leaks::keep::keeper`"
        ),
        "{text}"
    );
    assert!(text.contains("\n      at no_leaks::keep ("), "{text}");
    assert!(text.ends_with("`no_leaks(except(\"site\"))`"), "{text}");
    assert!(!text.contains(":0)"), "{text}");
    assert_eq!(failure(NO_LEAKS, || drop(black_box(vec![1u8; 100]))), None);
}

#[test]
fn where_the_tables_are_full_the_counts_tell() {
    let _one = one();
    heap::start_exact().unwrap();
    // More blocks above 1 KiB than the table of large ones holds.
    let full: Vec<Vec<u8>> = (0..140_000).map(|_| Vec::with_capacity(1100)).collect();
    // Some of them may find one of the last places.
    let keep = || (0..1000).for_each(|_| keep(2000));
    let text = failure(NO_LEAKS, keep).unwrap();
    let counted =
        "no_leaks: 2000000 bytes in 1000 blocks are left\n    2000000 in `no_leaks::keep::keeper`";
    assert!(text.contains(counted), "{text}");
    assert!(
        text.contains("\n    told by the counts, as ")
            && text.contains(" found no room in the tables"),
        "{text}"
    );
    let allowed = TestLimits { may_leak: &["keeper"], ..NO_LEAKS };
    assert_eq!(failure(allowed, keep), None);
    let text = failure(allowed, || {
        keep();
        std::mem::forget(black_box(vec![1u8; 3000]));
    });
    assert!(text.unwrap().contains("no_leaks: 3000 bytes in 1 block are left"));
    drop(full);
}
