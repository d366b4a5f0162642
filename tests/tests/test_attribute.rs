//! `#[memopt::test]`: what passes, and what fails with which words.

#![allow(clippy::vec_box)]

use memopt_tests::yield_now;
use std::hint::black_box;

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

#[memopt::track_alloc]
fn boxes(n: usize) -> Vec<Box<[u8; 100]>> {
    let mut all = Vec::with_capacity(n);
    all.resize_with(n, || Box::new([0; 100]));
    all
}

#[memopt::track_alloc(budget(allocs <= 2))]
fn budgeted(n: usize) {
    black_box(boxes(n));
}

/// The vector and four boxes of 100 bytes: 5 blocks, 4 · 8 + 4 · 100 = 432 bytes.
#[memopt::test(max_allocs = 5, max_bytes = 432, max_peak = 432, no_leaks)]
fn exactly_the_limits_passes() {
    black_box(boxes(4));
}

#[memopt::test(max_allocs = 4)]
#[should_panic(
    expected = "`test_attribute::one_block_too_many` broke its memory limits\n  max_allocs: \
                limit 4, actual 5"
)]
fn one_block_too_many() {
    black_box(boxes(4));
}

#[memopt::test(max_bytes = 431)]
#[should_panic(expected = "max_bytes: limit 431, actual 432\n    432 in `test_attribute::boxes`")]
fn one_byte_too_many() {
    black_box(boxes(4));
}

#[memopt::test(max_peak = 431)]
#[should_panic(expected = "max_peak: limit 431, actual 432")]
fn one_byte_too_many_at_once() {
    drop(black_box(boxes(4)));
}

#[memopt::track_alloc]
fn one() {
    black_box(Box::new(1u8));
}

#[memopt::track_alloc]
fn two() {
    drop((Box::new(black_box(1u8)), Box::new(black_box(2u8))));
}

#[memopt::track_alloc]
fn three() {
    drop((Box::new(black_box([1u8; 3])), two()));
    one();
}

#[memopt::track_alloc]
fn four() {
    black_box(Box::new(1u8));
    three();
}

/// 5 in `boxes`, 2 in `two`, 1 in `three`, 1 in `one` and 1 here.
#[memopt::test(max_allocs = 9)]
#[should_panic(expected = "max_allocs: limit 9, actual 10\n    5 in `test_attribute::boxes` (")]
fn the_sites_with_most_are_named() {
    black_box((boxes(4), Box::new(1)));
    three();
}

#[memopt::test(max_allocs = 9)]
#[should_panic(expected = ")\n    2 in 2 other sites\n    1 outside of all sites")]
fn what_other_sites_and_no_site_have_is_told() {
    black_box((boxes(4), Box::new(1)));
    four();
}

/// A line that counts one site would be no shorter than the site.
#[memopt::test(max_allocs = 9)]
#[should_panic(
    expected = ")\n    1 in `test_attribute::one` (tests/tests/test_attribute.rs:51:4)\n    \
                1 outside of all sites"
)]
fn one_other_site_is_named() {
    black_box((boxes(4), Box::new(1)));
    three();
}

/// Peaks do not add up.
#[memopt::test(max_peak = 431)]
#[should_panic(expected = "max_peak: limit 431, actual 532\n    432 in `test_attribute::boxes` \
                (tests/tests/test_attribute.rs:12:4)")]
fn a_peak_has_no_rest() {
    drop(black_box((Box::new([0u8; 100]), boxes(4))));
}

#[memopt::test(no_leaks)]
#[should_panic(expected = "no_leaks: 108 bytes in 2 blocks are left")]
fn a_leak() {
    std::mem::forget(boxes(1));
}

#[memopt::test(no_leaks)]
#[should_panic(expected = "\n    100 bytes in 1 block in `test_attribute::boxes` \
                (tests/tests/test_attribute.rs:12:4)\n      at test_attribute::boxes::{{closure}}")]
fn a_leak_is_named_by_its_site() {
    std::mem::forget(boxes(1));
}

#[memopt::test(no_leaks)]
#[should_panic(expected = "at test_attribute::boxes (")]
fn a_leak_is_named_by_its_stack() {
    std::mem::forget(boxes(1));
}

#[memopt::test(no_leaks)]
#[should_panic(expected = "no_leaks: 108 bytes in 2 blocks are left")]
fn a_leak_in_a_recording_of_its_own() {
    memopt::record(|| std::mem::forget(boxes(1)));
}

#[memopt::test(no_leaks)]
#[should_panic(expected = "no_leaks: 1 byte in 1 block is left\n    1 byte in 1 block\n")]
fn one_byte_is_no_plural() {
    std::mem::forget(black_box(Box::new(1u8)));
}

#[memopt::test]
#[should_panic(expected = "exceeded by 1 of 1 call\n")]
fn one_call_is_no_plural() {
    budgeted(2);
}

#[memopt::test(no_leaks(except("test_attribute::boxes")))]
fn a_site_that_may_keep_what_it_made() {
    std::mem::forget(boxes(1));
}

#[memopt::test(no_leaks(except("boxes")))]
#[should_panic(expected = "no_leaks: 7 bytes in 1 block are left")]
fn another_site_may_not() {
    std::mem::forget(boxes(1));
    std::mem::forget(black_box(vec![0u8; 7]));
}

#[memopt::test]
#[should_panic(expected = "allocs: limit 2, actual 3")]
fn a_budget_broken_on_the_way() {
    budgeted(1);
    budgeted(2);
}

#[memopt::test(max_allocs = 0)]
#[should_panic(expected = "from the body")]
fn a_panic_in_the_body_comes_first() {
    black_box(boxes(1));
    panic!("from the body");
}

#[memopt::test(max_allocs = 0, no_leaks)]
fn a_result_to_return() -> Result<(), std::num::ParseIntError> {
    let n: usize = "0".parse()?;
    if n == 0 {
        return Ok(());
    }
    black_box(boxes(n));
    Ok(())
}

#[memopt::test(max_allocs = 0)]
fn an_opaque_type_to_return() -> impl std::process::Termination {
    std::process::ExitCode::SUCCESS
}

#[memopt::test(max_allocs = 3, no_leaks)]
#[tokio::test]
async fn an_async_test() {
    yield_now().await;
    black_box(boxes(2));
}

#[memopt::test(max_allocs = 2)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[should_panic(expected = "`test_attribute::an_async_test_that_fails` broke its memory limits\n  \
                max_allocs: limit 2, actual 3")]
async fn an_async_test_that_fails() {
    yield_now().await;
    black_box(boxes(2));
}

mod inner {
    #[memopt::test(max_allocs = 0)]
    #[should_panic(expected = "`test_attribute::inner::match` broke")]
    fn r#match() {
        std::hint::black_box(Box::new(1));
    }
}
