//! What a test prints, what the standard library makes once and what tokio's runtime keeps is in no
//! limit of the test, whether the harness keeps the output or not.

use std::fmt;
use std::hint::black_box;
use std::process::{Command, Output};
use std::sync::mpsc;
use std::time::Duration;

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

#[memopt::track_alloc(budget(allocs <= 0))]
fn says(n: u64) {
    println!("{n}");
    eprintln!("{n}");
    dbg!(n);
}

/// 3,000 lines of 100 bytes.
#[memopt::track_alloc]
fn says_much() {
    for n in 0..3000 {
        println!("{n:>99}");
    }
}

/// Its text is made in a block of its own.
struct Allocates;

impl fmt::Display for Allocates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&black_box("x".repeat(100)))
    }
}

/// The first print is in a function that may allocate nothing.
#[memopt::test(max_allocs = 0, max_bytes = 0, max_peak = 0, no_leaks)]
fn prints_are_in_no_limit() {
    says(118);
}

/// What the harness keeps of it grows to 512 KiB.
#[memopt::test(max_allocs = 0, max_bytes = 0, max_peak = 0, no_leaks)]
fn many_prints_are_in_no_limit() {
    says_much();
}

#[memopt::test(no_leaks)]
fn a_thread_prints() {
    let context = memopt::Context::current();
    std::thread::spawn(move || context.run(says_much)).join().unwrap();
}

#[memopt::test(no_leaks)]
fn threads_of_a_scope_print() {
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(says_much);
        }
    });
}

#[memopt::test(max_allocs = 0, no_leaks)]
#[tokio::test]
async fn an_async_test_prints() {
    says_much();
}

/// The text is the program's own: one block of 100 bytes each time.
#[memopt::test(max_allocs = 2, max_bytes = 200, no_leaks)]
fn a_text_that_a_print_makes_fits() {
    println!("{Allocates}{Allocates}");
}

#[memopt::test(max_allocs = 1)]
#[should_panic(expected = "max_allocs: limit 1, actual 2\n")]
fn a_text_that_a_print_makes_is_counted() {
    println!("{Allocates}{Allocates}");
}

#[memopt::test(max_bytes = 99_999)]
#[should_panic(expected = "max_bytes: limit 99999, actual 100000\n")]
fn a_buffer_of_the_tests_own_is_counted() {
    let mut text = String::with_capacity(4096);
    println!("{}", text.len());
    text.reserve_exact(100_000);
    println!("{}", black_box(text).capacity());
}

#[memopt::test(no_leaks)]
#[should_panic(expected = "no_leaks: 8 bytes in 1 block are left\n")]
fn a_text_that_is_left_between_prints() {
    says(118);
    std::mem::forget(black_box(String::from("8 bytes.")));
    says_much();
}

#[memopt::test(no_leaks)]
#[should_panic(expected = "\n    not counted: 4096 bytes in 1 block of the test harness, which \
                           keeps what the test prints")]
fn what_is_not_counted_is_told_with_what_is() {
    println!("118");
    std::mem::forget(black_box(String::from("8 bytes.")));
}

#[memopt::test(no_leaks)]
fn a_wait_in_a_channel() {
    let (_sender, receiver) = mpsc::channel::<u8>();
    assert!(receiver.recv_timeout(Duration::from_millis(1)).is_err());
}

#[memopt::test(no_leaks)]
fn a_caught_panic() {
    assert!(std::panic::catch_unwind(|| panic!("{}", 118)).is_err());
}

#[memopt::test(max_allocs = 0, no_leaks)]
fn the_standard_input() {
    let _ = black_box(std::io::stdin().lock());
}

/// The runtime keeps the names and handles of its threads, and the room of its queues.
#[memopt::test(no_leaks)]
#[tokio::test]
async fn a_runtime_keeps_its_own() {
    tokio::task::yield_now().await;
    let tasks: Vec<_> = (0..300).map(|n| tokio::spawn(async move { n })).collect();
    for task in tasks {
        task.await.unwrap();
    }
    tokio::task::spawn_blocking(|| says(118)).await.unwrap();
}

#[memopt::test(no_leaks)]
#[tokio::test]
#[should_panic(expected = "128 bytes in 1 block\n      at tokio::runtime::task::core::Cell")]
async fn a_task_that_never_ends_is_left() {
    drop(tokio::spawn(std::future::pending::<()>()));
    tokio::task::yield_now().await;
}

#[memopt::test(no_leaks)]
#[tokio::test]
#[should_panic(expected = "\n    not counted: 64 bytes in 1 block of tokio's runtime, which keeps")]
async fn what_the_runtime_keeps_is_told_with_what_is_left() {
    tokio::task::yield_now().await;
    std::mem::forget(black_box(String::from("8 bytes.")));
}

#[memopt::test(no_leaks)]
#[tokio::test]
#[should_panic(expected = "at tokio::sync::mpsc::")]
async fn a_channel_is_left() {
    std::mem::forget(tokio::sync::mpsc::channel::<u8>(1));
}

#[memopt::test(no_leaks)]
#[should_panic(expected = "at tokio::runtime::")]
fn a_runtime_is_left() {
    std::mem::forget(tokio::runtime::Builder::new_current_thread().enable_time().build());
}

/// Runs tests of this program in a process of their own.
fn run(arguments: &[&str], backtraces: &str) -> Output {
    let mut command = Command::new(std::env::current_exe().expect("a test knows its program"));
    command.args(arguments).env("RUST_BACKTRACE", backtraces);
    let output = command.output().expect("the test's own program can be run");
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && out.contains(" passed"), "{out}");
    output
}

#[test]
fn the_same_holds_where_the_output_is_not_kept() {
    let told_only_if_kept = "what_is_not_counted";
    let output =
        run(&["--nocapture", "--skip", "the_same_holds", "--skip", told_only_if_kept], "0");
    // 3,000 lines each: two tests, one thread, four threads.
    let lines = String::from_utf8_lossy(&output.stdout).matches("   2999\n").count();
    assert_eq!(lines, 8, "{} lines", output.stdout.iter().filter(|b| **b == b'\n').count());
}

#[test]
fn the_same_holds_for_one_test_after_another() {
    run(&["--test-threads=1", "--skip", "the_same_holds"], "0");
}

#[test]
fn the_same_holds_where_backtraces_are_printed() {
    for capture in ["--show-output", "--nocapture"] {
        let output = run(&["--exact", "a_caught_panic", capture], "1");
        let text = [output.stdout, output.stderr].concat();
        assert!(String::from_utf8_lossy(&text).contains("stack backtrace:"), "{capture}");
    }
}
