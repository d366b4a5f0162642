//! What a test with limits says where memopt is built without tracking.
#![cfg(not(feature = "track"))]

use std::process::{Command, Output};

#[memopt::test(max_allocs = 0)]
fn limited() {
    assert_eq!(vec![1u8; 10].len(), 10);
}

/// Runs [`limited`] alone, in a process of its own.
fn run(require: &str) -> Output {
    let mut program = Command::new(std::env::current_exe().unwrap());
    program.args(["--exact", "limited"]).env("MEMOPT_REQUIRE_TRACKING", require);
    program.output().unwrap()
}

#[test]
fn limits_that_are_not_judged_are_told_although_the_test_passes() {
    let output = run("");
    assert!(output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("the memory limits of `off::limited` were not judged"), "{said}");
}

#[test]
fn a_run_that_requires_tracking_fails() {
    let output = run("1");
    assert!(!output.status.success());
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("the memory limits of `off::limited` cannot be judged"), "{said}");
}
