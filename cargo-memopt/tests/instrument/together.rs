//! Commands at once, and commands that are ended on the way: no file of the user changes, and what
//! comes next works.

use crate::workspace::Workspace;
use memopt_report::Report;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

#[test]
fn commands_at_once_do_not_clash() {
    let workspace = Workspace::new("together");
    let before = workspace.files();
    let all = ["--sites=30", "--every", "--only=items"].map(|choice| {
        let mut command = workspace.command(&["run", "--bin", "till", choice, "--", "7"]);
        (choice, command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    });
    for (choice, child) in all {
        let output = child.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(7), "{told}");
        // Each has the program of its own choice.
        let is_counted = |name: &str| told.lines().any(|line| line.contains(name));
        assert!(is_counted("items  "), "{told}");
        assert_eq!(is_counted("till::main  "), !choice.contains("only"), "{told}");
    }
    assert_eq!(workspace.files(), before, "a file of the user changed");
    assert!(Report::from_json(&workspace.result("report.json")).is_ok());
}

#[test]
fn a_run_that_is_killed_changes_nothing_and_the_next_one_works() {
    let workspace = Workspace::new("killed-run");
    let before = workspace.files();
    // Linked, so that what is killed is at work on the program.
    assert!(workspace.memopt(&["run", "--bin", "till"]).status.success());
    for (round, tenths) in [1, 3, 6, 10, 15, 22].into_iter().enumerate() {
        // Another choice each time, so that there is something to build.
        let choice = format!("--skip=none{round}");
        let mut command = workspace.command(&["run", "--bin", "till", &choice]);
        let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(quiet, 0);
        let mut child = quiet.spawn().unwrap();
        sleep(Duration::from_millis(100 * tenths));
        #[cfg(unix)]
        crate::fix::signal("-KILL", child.id());
        // It may have ended.
        let _ = child.kill();
        child.wait().unwrap();
        assert_eq!(workspace.files(), before, "a file of the user changed");
        let next = workspace.memopt(&["run", "--bin", "till", &choice]);
        assert!(next.status.success(), "{}", String::from_utf8_lossy(&next.stderr));
        let report = Report::from_json(&workspace.result("report.json")).unwrap();
        assert_eq!(report.site("name").unwrap().calls, 100);
    }
}

const MANIFEST: &str = r#"[package]
name = "measured"
version = "0.1.0"
edition = "2021"

[[bench]]
name = "make"
harness = false

[workspace]
"#;

const MAKE: &str = r#"fn make(name: &str) -> String {
    name.repeat(9)
}

fn main() {
    let name = std::env::args().nth(1).unwrap_or_default();
    let all: usize = (0..50).map(|_| make(&name).len()).sum();
    println!("{name} {all}");
}
"#;

#[test]
fn benchmarks_are_counted() {
    let files =
        [("Cargo.toml", MANIFEST), ("src/lib.rs", "//! Nothing.\n"), ("benches/make.rs", MAKE)];
    let files = files.map(|(file, text)| (file, text.to_owned()));
    let workspace = Workspace::of("bench", files);
    // Cargo gives its own flag to each benchmark, behind what is asked for.
    let run = workspace.memopt(&["bench", "--bench", "make", "abc"]);
    let told = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{told}");
    assert_eq!(String::from_utf8_lossy(&run.stdout), "abc 1350\n");
    let report = Report::from_json(&workspace.result("report.json")).unwrap();
    assert_eq!(report.site("make").unwrap().calls, 50);
}
