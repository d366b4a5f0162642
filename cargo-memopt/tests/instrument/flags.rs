//! What is measured, by the command line.

use crate::workspace::Workspace;
use memopt_report::Report;
use std::path::Path;

fn sites(workspace: &Workspace, args: &[&str]) -> Vec<String> {
    let run = workspace.memopt(&[&["run", "--bin", "till"], args].concat());
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let report = Report::from_json(&workspace.result("report.json")).unwrap();
    let mut names: Vec<String> = report.sites().iter().map(|site| site.name.clone()).collect();
    names.sort();
    names
}

#[test]
fn functions_are_chosen() {
    let workspace = Workspace::new("choice");
    let all = ["old::total", "shop::items", "shop::name", "till::main", "till::place::here"];
    assert_eq!(sites(&workspace, &[]), all);
    assert_eq!(sites(&workspace, &["--only", "items,place::*"]), [all[1], all[4]]);
    assert_eq!(sites(&workspace, &["--skip", "items,place::*"]), [all[0], all[2], all[3]]);
    assert_eq!(sites(&workspace, &["--depth", "0"]), all[..4]);
}

#[test]
fn the_heap_is_sampled_and_drawn() {
    let workspace = Workspace::new("heap");
    let none = sites(&workspace, &["--no-attributes", "--flamegraph", "--heap=exact"]);
    assert!(none.is_empty(), "{none:?}");
    // What the program still holds is std's own, with its stack.
    assert!(workspace.result("heap.svg").contains("std::rt::lang_start"));
    assert!(Path::new(&workspace.place("heap.pb.gz")).is_file());
    assert!(!sites(&workspace, &["--flamegraph", "--optimize"]).is_empty());
    assert!(workspace.result("flamegraph.svg").contains("till::main"));
}

#[test]
#[cfg(unix)]
fn a_program_that_is_interrupted_is_told() {
    use std::io::{BufRead, BufReader};
    use std::os::unix::process::CommandExt;
    use std::process::{Command, Stdio};

    let workspace = Workspace::new("interrupted");
    assert!(workspace.memopt(&["run", "--bin", "till"]).status.success());
    let mut command = workspace.command(&["run", "--bin", "till", "--", "wait"]);
    // As a terminal does: the whole group is interrupted.
    command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    assert_eq!(line, "it waits\n");
    let group = format!("-{}", child.id());
    assert!(Command::new("kill").args(["-INT", "--", &group]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{told}");
    let report = Report::from_json(&workspace.result("report.json")).unwrap();
    assert_eq!(report.site("main").unwrap().calls, 0, "it is still open");
}
