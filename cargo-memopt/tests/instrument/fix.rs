//! Edits of findings, proven from end to end on programs with planted wastes.

use crate::workspace::Workspace;
use std::fs;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

/// Programs of a package that does not depend on memopt, each with one waste.
const PLAIN: [(&str, &str); 14] = [
    ("squares", include_str!("wastes/squares.rs")),
    ("words", include_str!("wastes/words.rs")),
    ("report", include_str!("wastes/report.rs")),
    ("sorted", include_str!("wastes/sorted.rs")),
    ("look", include_str!("wastes/look.rs")),
    ("count", include_str!("wastes/count.rs")),
    ("shapes", include_str!("wastes/shapes.rs")),
    ("blocks", include_str!("wastes/blocks.rs")),
    ("clones", include_str!("wastes/clones.rs")),
    ("quoted", include_str!("wastes/quoted.rs")),
    ("names", include_str!("wastes/names.rs")),
    ("few", include_str!("wastes/few.rs")),
    ("cased", include_str!("wastes/cased.rs")),
    ("ruled", include_str!("wastes/ruled.rs")),
];
/// Programs of one that does.
const MARKED: [(&str, &str); 3] = [
    ("shout", include_str!("wastes/shout.rs")),
    ("tree", include_str!("wastes/tree.rs")),
    ("rows", include_str!("wastes/rows.rs")),
];

/// Those whose edit is a gain only where calls are inlined: they are built for use.
const RELEASE: [&str; 3] = ["names", "few", "cased"];

/// A package in git with these programs.
fn package(name: &str, dependencies: &str, programs: &[(&'static str, &str)]) -> Workspace {
    let manifest = format!(
        "[package]\nname = \"wastes\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n\
         [dependencies]\n{dependencies}\n[workspace]\n"
    );
    let programs = programs.iter().map(|(program, text)| {
        let path: &'static str = format!("src/bin/{program}.rs").leak();
        (path, (*text).to_owned())
    });
    let lock = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock")).unwrap();
    let files = [("Cargo.toml", manifest), ("Cargo.lock", lock)];
    let workspace = Workspace::of(name, files.into_iter().chain(programs));
    workspace.git(&["init", "--quiet"]);
    workspace.git(&["add", "."]);
    workspace.git(&["commit", "--quiet", "--message", "wastes"]);
    workspace
}

/// What `fix` prints for a program.
fn fix(workspace: &Workspace, args: &[&str]) -> String {
    // More turns than it takes by itself: the times of a machine with much to do vary.
    let output = workspace.memopt(&[&["fix", "--turns", "7"], args].concat());
    let [stdout, stderr] =
        [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    assert!(output.status.success(), "{stdout}{stderr}");
    stdout
}

/// Whether an edit of a line was kept.
fn is_kept(told: &str, line: &str) -> bool {
    told.lines().any(|row| row.contains(line) && row.ends_with("  kept"))
}

const SHOWS: &str = r#"fn list(n: usize) -> Vec<usize> {
    let mut out = Vec::new();
    for at in 0..n {
        out.push(at);
    }
    out
}

fn main() {
    let capacity: usize = (0..20_000).map(|n| list(30 + n % 2 * 70).capacity()).sum();
    println!("{capacity}");
}
"#;

#[test]
fn what_is_proven_is_kept_and_all_else_is_taken_back() {
    // It leaves a file beside its sources, as tests of snapshots do.
    let test = r#"
#[test]
fn lists_double() {
    std::fs::write("src/bin/seen", "").unwrap();
    assert_eq!(list(5).capacity(), 8);
}
"#;
    let tested = SHOWS.replace("{capacity}\"", "{}\", capacity > 0") + test;
    let programs = [PLAIN[0], PLAIN[1], ("shows", SHOWS), ("tested", &tested)];
    let workspace = package("fix", "", &programs);
    let before = workspace.files();

    // A patch is written, and no file changes.
    let told = fix(&workspace, &["--dry-run", "--bin", "squares"]);
    assert!(is_kept(&told, "src/bin/squares.rs:4"), "{told}");
    assert_eq!(workspace.files(), before, "a file of the user changed");
    assert!(told.contains("kept: prints the same in every turn, the tests pass"), "{told}");
    let patch = workspace.result("fix.patch");
    assert!(patch.contains("\n+    let mut out = Vec::with_capacity(numbers.len());\n"), "{patch}");

    // What prints something else, and what a test does not bear, is taken back.
    let told = fix(&workspace, &["--bin", "shows"]);
    assert!(told.contains("the program prints something else with it"), "{told}");
    // .. unless that does not count.
    let told = fix(&workspace, &["--any-output", "--bin", "shows"]);
    assert!(is_kept(&told, "src/bin/shows.rs:2"), "{told}");
    assert!(told.contains("kept: ends with the same code in every turn"), "{told}");
    let told = fix(&workspace, &["--bin", "tested"]);
    assert!(told.contains("a test fails with it"), "{told}");
    assert!(!told.contains("  kept\n") && !told.contains("kept: "), "{told}");
    assert_eq!(workspace.files(), before, "a file of the user changed");

    // A file with changes that git does not know is not touched.
    let file = workspace.path().join("src/bin/words.rs");
    let own = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{own}// A note.\n")).unwrap();
    let told = fix(&workspace, &["--write", "--bin", "words"]);
    assert!(told.contains("has changes that are not committed"), "{told}");
    assert_eq!(fs::read_to_string(&file).unwrap(), format!("{own}// A note.\n"));
    fs::write(&file, own).unwrap();

    // Lines change that were flagged, and nothing else.
    let told = fix(&workspace, &["--write", "--bin", "words"]);
    assert!(is_kept(&told, "src/bin/words.rs:5"), "{told}");
    let status = workspace.git(&["diff", "--numstat"]).stdout;
    assert_eq!(String::from_utf8(status).unwrap(), "2\t1\tsrc/bin/words.rs\n");
    let plain = workspace.cargo(&["run", "--quiet", "--bin", "words"]);
    assert_eq!(String::from_utf8(plain.stdout).unwrap(), "8\n");
}

/// Sends a signal to the group of a process.
#[cfg(unix)]
pub(crate) fn signal(name: &str, group: u32) {
    // The shell has a `kill` of its own, where there is no such program. A group that has ended
    // needs none.
    let kill = format!("kill {name} -{group}");
    std::process::Command::new("sh").args(["-c", &kill]).status().unwrap();
}

#[test]
#[cfg(unix)]
fn a_command_that_is_interrupted_ends_and_decides_nothing() {
    use std::io::{BufRead, BufReader, Read};
    use std::os::unix::process::CommandExt;

    let workspace = package("interrupted-fix", "", &PLAIN[1..2]);
    let before = workspace.files();
    let mut command = workspace.command(&["fix", "--write", "--bin", "words"]);
    // As a terminal does: the whole group is interrupted.
    command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut told = String::new();
    while !told.contains("Proving") {
        assert!(stderr.read_line(&mut told).unwrap() > 0, "{told}");
    }
    signal("-INT", child.id());
    stderr.read_to_string(&mut told).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{told}");
    assert!(told.contains("interrupted"), "{told}");
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(printed, "8\n", "the program's own line, and no table");
    assert_eq!(workspace.files(), before, "a file of the user changed");
}

#[test]
fn a_command_that_is_killed_leaves_files_whole() {
    let workspace = package("killed", "", &PLAIN[..2]);
    let before = workspace.files();
    // The first run takes what it takes; the others are ended somewhere on the way.
    fix(&workspace, &["--bin", "words"]);
    for tenths in [2, 7, 15, 30] {
        let mut command = workspace.command(&["fix", "--write", "--bin", "words"]);
        let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(quiet, 0);
        let mut child = quiet.spawn().unwrap();
        sleep(Duration::from_millis(100 * tenths));
        // Cargo too, where it is at work: what it builds later is no part of this.
        #[cfg(unix)]
        signal("-KILL", child.id());
        child.kill().unwrap();
        child.wait().unwrap();
        let after = workspace.files();
        assert!(after.keys().eq(before.keys()), "a file is left or gone: {:?}", after.keys());
        let changed: Vec<_> = before.iter().filter(|(path, text)| after[*path] != **text).collect();
        for (path, _) in changed {
            let text = String::from_utf8(after[path].clone()).unwrap();
            assert!(path.ends_with("words.rs") && text.contains("words.clear();"), "{text}");
            workspace.git(&["checkout", "--quiet", "."]);
        }
    }
}

#[test]
#[ignore = "takes minutes"]
fn wastes_are_mended_in_programs_of_many_kinds() {
    let memopt = concat!(env!("CARGO_MANIFEST_DIR"), "/../memopt");
    let memopt = format!("memopt = {{ path = {memopt:?} }}\n");
    let mut rows = String::new();
    let (mut kept, mut all) = (0, 0);
    // `MEMOPT_WASTES=few,names` tries these alone.
    let only = std::env::var("MEMOPT_WASTES").unwrap_or_default();
    let is_tried = |program: &str| only.is_empty() || only.split(',').any(|name| name == program);
    for (name, dependencies, programs) in
        [("plain", "", &PLAIN[..]), ("marked", memopt.as_str(), &MARKED[..])]
    {
        if !programs.iter().any(|(program, _)| is_tried(program)) {
            continue;
        }
        let workspace = package(name, dependencies, programs);
        for (program, _) in programs.iter().filter(|(program, _)| is_tried(program)) {
            all += 1;
            let plain = workspace.cargo(&["run", "--quiet", "--bin", program]);
            let mut args = vec!["--write", "--bin", program, "--allow-dependency", "smallvec"];
            args.extend(RELEASE.contains(program).then_some("--release"));
            let told = fix(&workspace, &args);
            let fixed = workspace.cargo(&["run", "--quiet", "--bin", program]);
            assert_eq!(fixed.stdout, plain.stdout, "{program}");
            kept += usize::from(told.contains("  kept\n"));
            rows.push_str(&told);
        }
        assert!(workspace.cargo(&["test", "--quiet"]).status.success());
    }
    println!("{rows}");
    // An arena in `tree` is a gain in a program that is built for use.
    assert!(kept + 1 >= all, "{kept} of {all} kept\n{rows}");
}
