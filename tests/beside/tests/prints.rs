//! What a test prints is in none of its limits, with the features of memopt that are on by default:
//! no stack tells whose a block is.

use std::process::Command;

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

#[memopt::track_alloc(budget(allocs <= 0))]
fn says(n: u64) {
    println!("{n}");
    eprintln!("{n}");
}

#[memopt::test(max_allocs = 0, max_bytes = 0, max_peak = 0, no_leaks)]
fn prints_are_in_no_limit() {
    for n in 0..20_000 {
        says(n);
    }
}

#[memopt::test(no_leaks)]
fn a_thread_prints() {
    let context = memopt::Context::current();
    std::thread::spawn(move || context.run(|| says(118))).join().unwrap();
}

#[memopt::test(no_leaks)]
fn a_wait_in_a_channel() {
    let (sender, receiver) = std::sync::mpsc::channel();
    let wait = std::time::Duration::from_millis(10);
    let thread = std::thread::spawn(move || {
        std::thread::sleep(wait);
        sender.send(118).unwrap();
    });
    assert_eq!(receiver.recv(), Ok(118));
    thread.join().unwrap();
}

#[cfg(feature = "track")]
#[memopt::test(no_leaks)]
#[should_panic(expected = "no_leaks: 8 bytes in 1 block are left\n    8 bytes in 1 block")]
fn a_text_that_is_left_between_prints() {
    says(1);
    std::mem::forget(String::from(std::hint::black_box("8 bytes.")));
    says(2);
}

/// How to see the stack is told where there is a way.
#[cfg(all(feature = "alone", feature = "track", target_os = "linux"))]
#[memopt::test(no_leaks)]
#[should_panic(expected = "outside of all sites; memopt's feature `heap` shows the stack\n")]
fn a_block_without_a_stack() {
    std::mem::forget(String::from(std::hint::black_box("8 bytes.")));
}

#[test]
fn the_same_holds_where_the_output_is_not_kept() {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let output = command.args(["--nocapture", "--skip", "the_same_holds"]).output().unwrap();
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && out.contains("19999\n"), "{out}");
}
