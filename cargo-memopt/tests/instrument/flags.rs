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
    let all = ["old::sums::total", "shop::items", "shop::name", "till::main", "till::place::here"];
    assert_eq!(sites(&workspace, &[]), all);
    assert_eq!(sites(&workspace, &["--only", "items,place::*"]), [all[1], all[4]]);
    assert_eq!(sites(&workspace, &["--skip", "items,place::*"]), [all[0], all[2], all[3]]);
    assert_eq!(sites(&workspace, &["--depth", "0"]), all[1..4]);
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
fn processes_are_told_as_one() {
    let workspace = Workspace::new("children");
    let run = workspace.memopt(&["run", "--bin", "till", "--children", "--", "parent"]);
    let told = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{told}");
    assert!(told.contains("Merged the reports of 2 processes"), "{told}");
    let all = Report::from_json(&workspace.result("processes.json")).unwrap();
    let one = Report::from_json(&workspace.result("report.json")).unwrap();
    let calls = |report: &Report| report.site("name").unwrap().calls;
    assert_eq!((calls(&one), calls(&all)), (100, 200));
    assert!(all.total().allocs > one.total().allocs);
    // One table, of both.
    assert_eq!(told.matches("site  ").count(), 1, "{told}");
}

#[test]
fn a_triple_is_built_for_however_it_is_named() {
    let workspace = Workspace::new("triple");
    let said = std::process::Command::new("rustc").arg("-vV").output().unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    let host = said.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let of_flag = sites(&workspace, &["--target", host]);
    assert!(of_flag.contains(&"shop::items".to_owned()), "{of_flag:?}");
    let place = workspace.place(&format!("target/{host}/debug/till"));
    assert!(Path::new(&place).is_file(), "{place}");
    std::fs::remove_file(workspace.place("report.json")).unwrap();
    let mut command = workspace.command(&["run", "--bin", "till"]);
    let run = command.env("CARGO_BUILD_TARGET", host).output().unwrap();
    let told = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success() && !told.contains("Compiling till"), "{told}");
    let report = Report::from_json(&workspace.result("report.json")).unwrap();
    assert_eq!(report.sites().len(), of_flag.len());
}

#[test]
fn dependencies_are_chosen_anew_each_time() {
    let workspace = Workspace::new("dependencies");
    let own = workspace.path();
    let edit = |file: &str, from: &str, to: &str| {
        let text = std::fs::read_to_string(own.join(file)).unwrap();
        std::fs::write(own.join(file), text.replace(from, to)).unwrap();
    };
    for name in ["first", "second"] {
        std::fs::create_dir_all(own.join(name).join("src")).unwrap();
        let manifest = format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\n");
        std::fs::write(own.join(name).join("Cargo.toml"), manifest).unwrap();
        let source = "pub fn text() -> String {\n    String::from(\"text\")\n}\n";
        std::fs::write(own.join(name).join("src/lib.rs"), source).unwrap();
        let needs = "[dependencies]\n";
        let with = format!("{needs}{name} = {{ path = \"../{name}\" }}\n");
        edit("till/Cargo.toml", needs, &with);
        let call = format!("    {name}::text();\n    let items");
        edit("till/src/main.rs", "    let items", &call);
    }
    edit("Cargo.toml", "members", "exclude = [\"first\", \"second\"]\nmembers");
    let chosen = |args: &[&str]| {
        let mut sites = sites(&workspace, args);
        sites.retain(|site| site.ends_with("::text"));
        sites
    };
    assert!(chosen(&[]).is_empty());
    assert_eq!(chosen(&["--crates", "first"]), ["first::text"]);
    assert_eq!(chosen(&["--crates", "second"]), ["second::text"]);
    assert_eq!(chosen(&["--crates", "first,second"]), ["first::text", "second::text"]);
    // Nothing is compiled for what was chosen before.
    let run = workspace.memopt(&["run", "--bin", "till", "--crates", "first"]);
    let told = String::from_utf8_lossy(&run.stderr);
    assert!(!told.contains("Compiling"), "{told}");
}

#[test]
#[cfg(unix)]
fn a_wrapper_of_the_user_compiles_what_is_not_instrumented() {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    let workspace = Workspace::new("wrapped");
    let own = workspace.path();
    let edit = |file: &str, from: &str, to: &str| {
        let text = fs::read_to_string(own.join(file)).unwrap();
        assert!(text.contains(from), "{file}");
        fs::write(own.join(file), text.replace(from, to)).unwrap();
    };
    // A crate that is no member of the workspace.
    fs::create_dir_all(own.join("apart/src")).unwrap();
    let manifest = "[package]\nname = \"apart\"\nversion = \"0.1.0\"\nedition = \"2021\"\n";
    fs::write(own.join("apart/Cargo.toml"), manifest).unwrap();
    fs::write(own.join("apart/src/lib.rs"), "pub fn one() -> u8 {\n    1\n}\n").unwrap();
    edit("Cargo.toml", "members", "exclude = [\"apart\"]\nmembers");
    let needs = "[dependencies]\n";
    edit("till/Cargo.toml", needs, &format!("{needs}apart = {{ path = \"../apart\" }}\n"));
    edit("till/src/main.rs", "    let items", "    assert_eq!(apart::one(), 1);\n    let items");

    // It notes what it compiles, as a cache does.
    let (wrapper, log) = (own.join("cache.sh"), own.join("cache.log"));
    let script = format!("#!/bin/sh\necho \"$*\" >> '{}'\nexec \"$@\"\n", log.display());
    fs::write(&wrapper, script).unwrap();
    fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = workspace.command(&["run", "--bin", "till"]);
    let run = command.env("RUSTC_WRAPPER", &wrapper).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let compiled = || fs::read_to_string(&log).unwrap_or_default();
    assert!(compiled().contains("--crate-name apart "), "{}", compiled());
    // A cache does not know what is read beside the crate's own files.
    assert!(!compiled().contains("--crate-name till "), "{}", compiled());
    // Cargo's settings may name it, by a path that begins beside them.
    fs::remove_file(&log).unwrap();
    edit("apart/src/lib.rs", "    1\n", "    2 - 1\n");
    fs::create_dir_all(own.join(".cargo")).unwrap();
    fs::write(own.join(".cargo/config.toml"), "[build]\nrustc-wrapper = \"./cache.sh\"\n").unwrap();
    let run = workspace.memopt(&["run", "--bin", "till"]);
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    assert!(compiled().contains("--crate-name apart "), "{}", compiled());
    assert!(!compiled().contains("--crate-name till "), "{}", compiled());
    let report = Report::from_json(&workspace.result("report.json")).unwrap();
    assert_eq!(report.site("name").unwrap().calls, 100);
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
    // The shell has a `kill` of its own, where there is no such program.
    let kill = format!("kill -INT -{}", child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{told}");
    let report = Report::from_json(&workspace.result("report.json")).unwrap();
    assert_eq!(report.site("main").unwrap().calls, 0, "it is still open");
}
