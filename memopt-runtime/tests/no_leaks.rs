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
            "no_leaks: 100 bytes in 1 block are left\n    100 bytes in 1 block in \
             `no_leaks::keep::keeper`"
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
    // What a site inside the named one made is excused as well.
    let inside = || {
        let _scope = scope!("outer");
        keep();
    };
    let allowed = TestLimits { may_leak: &["outer"], ..NO_LEAKS };
    assert_eq!(failure(allowed, inside), None);
    let text = failure(allowed, keep).unwrap();
    assert!(text.contains("no_leaks: 2000000 bytes in 1000 blocks are left"), "{text}");
    drop(full);
}

#[test]
fn a_site_that_is_named_excuses_what_is_made_inside_it() {
    let _one = one();
    let allowed = TestLimits { may_leak: &["outer"], ..NO_LEAKS };
    let inside = || {
        let _scope = scope!("outer");
        keep(100);
    };
    assert_eq!(failure(allowed, inside), None);
    assert!(failure(allowed, || keep(100)).is_some());
    assert!(failure(NO_LEAKS, inside).unwrap().contains("excuses what is allocated inside it too"));
}

#[test]
fn a_name_that_no_site_has_is_told_where_a_test_fails() {
    let _one = one();
    let allowed = TestLimits { may_leak: &["keepr", "nothing::like::it"], ..NO_LEAKS };
    let text = failure(allowed, || keep(100)).unwrap();
    assert!(
        text.contains("\n  no_leaks: no site is named `keepr`; did you mean `keeper`?"),
        "{text}"
    );
    let other = "\n  no_leaks: no site is named `nothing::like::it` of those that the test entered";
    assert!(text.contains(other), "{text}");
}

#[test]
fn a_name_that_no_site_has_is_noted_where_a_test_passes() {
    const CHILD: &str = "MEMOPT_TESTS_CHILD";
    const NAME: &str = "a_name_that_no_site_has_is_noted_where_a_test_passes";
    if std::env::var_os(CHILD).is_some() {
        let allowed = TestLimits { may_leak: &["keepr", "keeper"], ..NO_LEAKS };
        assert_eq!(failure(allowed, || keep(100)), None);
        return;
    }
    let mut test = std::process::Command::new(std::env::current_exe().unwrap());
    let run = test.args(["--exact", NAME]).env(CHILD, "1").output().unwrap();
    let said = String::from_utf8(run.stderr).unwrap();
    assert!(run.status.success(), "{said}");
    let note = "note: in `no_leaks(except(..))` of `it`: no site is named `keepr`; did you mean \
                `keeper`?\n";
    assert_eq!(said, note);
}
