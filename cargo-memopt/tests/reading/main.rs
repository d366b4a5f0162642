//! The commands that read reports, as people run them: arguments in, texts and exit codes out.
//!
//! What is printed is compared with golden files in `tests/golden`; `MEMOPT_GOLDEN=overwrite`
//! renews them.

mod agents;
mod fixture;
mod init;

use fixture::Folder;
use std::path::Path;

#[test]
fn report_shows_sites_and_findings() {
    let folder = Folder::new("report");
    folder.golden("report.txt", &["report", "after.json"], 0);
    folder.golden("report-80.txt", &["report", "after.json", "--limit", "2"], 0);
    folder.golden("report-tree.txt", &["report", "after.json", "--format", "tree"], 0);
    folder.golden("report.csv", &["report", "after.json", "--format", "csv"], 0);
    folder.golden("report-heap.txt", &["report", "heap.json"], 0);
    folder.golden("report-two.txt", &["report", "before.json", "heap.json", "--findings", "0"], 0);
}

#[test]
fn json_reads_back() {
    let folder = Folder::new("json");
    let out = folder.run(&["report", "after.json", "--format", "json"], 0);
    assert_eq!(out.stdout, std::fs::read_to_string(folder.path("after.json")).unwrap() + "\n");
}

#[test]
fn the_standard_input_is_a_file() {
    let folder = Folder::new("stdin");
    let text = std::fs::read(folder.path("after.json")).unwrap();
    let piped = folder.run_with(&["report", "-"], &text, 0).stdout;
    assert_eq!(piped, folder.run(&["report", "after.json"], 0).stdout);
}

#[test]
fn diff_says_what_matters_first() {
    let folder = Folder::new("diff");
    folder.golden("diff.txt", &["diff", "before.json", "after.json"], 0);
    let noise = ["diff", "before.json", "after.json", "--noise", "after.json"];
    folder.golden("diff-noise.txt", &noise, 0);
    folder.golden("diff.csv", &["diff", "before.json", "after.json", "--format", "csv"], 0);
    folder.golden("diff.json", &["diff", "before.json", "after.json", "--format", "json"], 0);
}

#[test]
fn colours_are_an_aid_and_nothing_is_lost_without_them() {
    let folder = Folder::new("colour");
    for command in [
        vec!["report", "after.json"],
        vec!["diff", "before.json", "after.json"],
        vec!["check", "after.json", "--baseline", "before.json"],
    ] {
        let code = if command[0] == "check" { 2 } else { 0 };
        let plain = folder.run(&command, code).stdout;
        assert!(!plain.contains('\u{1b}'), "{plain}");
        let coloured = folder.run(&[command.as_slice(), &["--color", "always"]].concat(), code);
        assert!(coloured.stdout.contains('\u{1b}'));
        let stripped = fixture::without_escapes(&coloured.stdout);
        // Findings are set by another writer, which breaks their lines alike.
        assert_eq!(stripped, plain);
    }
}

#[test]
fn export_writes_what_other_tools_read() {
    let folder = Folder::new("export");
    folder.golden("sites.folded", &["export", "after.json", "--format", "folded"], 0);
    folder.golden("heap.folded", &["export", "heap.json", "--format", "folded"], 0);
    for (file, start) in [
        ("out.pb.gz", &b"\x1f\x8b"[..]),
        ("out.svg", b"<?xml"),
        ("out.html", b"<!doctype html>"),
        ("out.csv", b"site"),
    ] {
        folder.run(&["export", "after.json", "-o", file], 0);
        let bytes = std::fs::read(folder.path(file)).unwrap();
        assert!(bytes.starts_with(start), "{file}: {:?}", &bytes[..20]);
    }
    for (file, word) in
        [("heap.dhat.json", "dhatFileVersion"), ("heap.speedscope.json", "speedscope")]
    {
        folder.run(&["export", "heap.json", "-o", file], 0);
        assert!(std::fs::read_to_string(folder.path(file)).unwrap().contains(word), "{file}");
    }
    let out = folder.run(&["export", "after.json"], 1);
    assert!(out.stderr.contains("--format"), "{}", out.stderr);
    let out = folder.run(&["export", "after.json", "--format", "dhat"], 1);
    assert!(out.stderr.contains("the report has no stacks; run the program"), "{}", out.stderr);
}

#[test]
fn flamegraph_draws_one_run_or_two() {
    let folder = Folder::new("flamegraph");
    let out = folder.run(&["flamegraph", "after.json"], 0);
    assert_eq!(out.stderr, "       Wrote flamegraph.svg\n");
    folder.run(&["flamegraph", "before.json", "after.json", "-o", "two.svg"], 0);
    for file in ["flamegraph.svg", "two.svg"] {
        let svg = std::fs::read_to_string(folder.path(file)).unwrap();
        assert!(svg.contains("app::parse") || svg.contains("parse ("), "{file}");
    }
    let out = folder.run(&["flamegraph", "after.json", "--weight", "live"], 1);
    assert!(out.stderr.contains("no stacks of what is live; give a heap report"), "{}", out.stderr);
}

#[test]
fn a_page_is_one_file_that_allows_what_is_in_it() {
    let folder = Folder::new("page");
    for files in [vec!["after.json"], vec!["before.json", "after.json"]] {
        let args = [&["export"], files.as_slice(), &["--html", "-o", "page.html"]].concat();
        folder.run(&args, 0);
        let page = std::fs::read_to_string(folder.path("page.html")).unwrap();
        assert!(page.contains("default-src 'none'; style-src 'sha256-"));
        assert!(!page.contains("unsafe-inline"));
        assert!(page.contains("app::parse"));
    }
    let same = folder.run(&["report", "after.json", "--format", "html"], 0).stdout;
    assert!(same.starts_with("<!doctype html>"));
}

#[test]
fn check_compares_with_a_baseline_by_name() {
    let folder = Folder::new("baseline");
    folder.golden_error("check-no-baseline.txt", &check(&["--baseline", "main"]), 4);
    let save = ["check", "before.json", "--save-baseline", "main", "--baselines", "kept"];
    let out = folder.run(&save, 0);
    let path = Path::new("kept").join("main.json");
    assert_eq!(out.stderr, format!("       Saved baseline `main` in {}\n", path.display()));
    folder.golden("check-baseline.txt", &check(&["--baseline", "main"]), 2);
    let again = ["check", "before.json", "--baselines", "kept", "--baseline", "main"];
    folder.golden("check-passed.txt", &again, 0);
    let most = ["--baseline", "main", "--growth", "1000 %"];
    folder.run(&check(&most), 0);
}

fn check<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["check", "after.json", "--baselines", "kept"], more].concat()
}

#[test]
fn check_judges_by_the_limits_of_the_settings() {
    let folder = Folder::new("limits");
    folder.write(
        "memopt.toml",
        "[monitoring]\ninterval = \"5 s\"\n\n[gate]\nprofile = \"ci\"\n\
         baseline = \"before.json\"\n\n\
         [gate.profiles.ci]\ninherits = \"base\"\nfindings.max = 0\n\n\
         [gate.profiles.base.growth]\ntotal.bytes = \"any\"\ncall.bytes = \"50 %\"\n\n\
         [[gate.profiles.base.sites]]\nsite = \"read\"\nallocs = 1\n\n\
         [[gate.profiles.base.allow]]\nsite = \"total\"\nreason = \"the input is larger\"\n",
    );
    for (format, end) in [
        ("human", "txt"),
        ("json", "json"),
        ("github", "github"),
        ("sarif", "sarif"),
        ("junit", "xml"),
        ("markdown", "md"),
    ] {
        let args = ["check", "after.json", "--message-format", format];
        folder.golden(&format!("check-limits.{end}"), &args, 2);
    }
    folder.golden("check-base.txt", &["check", "after.json", "--policy", "base"], 2);
    folder.golden_error("check-no-profile.txt", &["check", "after.json", "--policy", "bse"], 1);
    folder.write("memopt.toml", "[gate]\nbaselin = \"x\"\n");
    folder.golden_error("check-bad-settings.txt", &["check", "after.json"], 1);
}

#[test]
fn check_refuses_what_it_cannot_judge() {
    let folder = Folder::new("nothing");
    folder.golden_error("check-nothing.txt", &["check", "after.json"], 1);
    folder.golden_error("check-off.txt", &["check", "off.json", "--baseline", "before.json"], 1);
}

#[test]
fn a_file_that_is_no_report_is_refused_with_the_next_step() {
    let folder = Folder::new("input");
    let report = std::fs::read_to_string(folder.path("after.json")).unwrap();
    folder.write("cut.json", &report[..150]);
    folder.write("newer.json", &report.replacen("\"version\":2", "\"version\":77", 1));
    folder.write("dhat.json", "{\"dhatFileVersion\":2,\"mode\":\"rust-heap\"}");
    folder.write("empty.json", "");
    let deep = "[".repeat(100_000);
    folder
        .write("deep.json", &format!("{{\"format\":\"memopt-report\",\"version\":2,\"x\":{deep}"));
    let mut all = String::new();
    for file in ["cut", "newer", "dhat", "empty", "deep", "missing", "."] {
        let name = if file == "." { ".".to_owned() } else { format!("{file}.json") };
        all.push_str(&folder.run(&["report", &name], 1).stderr);
    }
    fixture::golden("input-errors.txt", &all);
    let out = folder.run(&["diff", "heap.json", "after.json"], 1);
    assert!(out.stderr.contains("holds a heap report, and a report of sites is needed"));
}

/// Cut and changed at each of many places, a report is read or refused, and never more than that.
#[test]
fn a_damaged_report_is_refused_and_nothing_else_happens() {
    let folder = Folder::new("damaged");
    let report = std::fs::read(folder.path("after.json")).unwrap();
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random % below as u64) as usize
    };
    for round in 0..40 {
        let mut bytes = report.clone();
        if round % 2 == 0 {
            bytes.truncate(next(report.len()));
        } else {
            for _ in 0..=next(4) {
                let at = next(bytes.len());
                bytes[at] = b"0-9\"{}[],:x\xff"[next(12)];
            }
        }
        let code = folder.try_run(&["check", "-", "--baseline", "before.json"], &bytes);
        assert!([Some(0), Some(1), Some(2)].contains(&code), "round {round}: {code:?}");
    }
}

/// A file of a gigabyte is refused by its size, and a stream without end by what was read.
#[test]
#[cfg(target_os = "linux")]
fn what_is_huge_is_refused_in_bounded_memory() {
    let folder = Folder::new("huge");
    let head = b"{\"format\":\"memopt-report\",\"version\":2,";
    std::fs::write(folder.path("huge.json"), head).unwrap();
    let file = std::fs::OpenOptions::new().write(true).open(folder.path("huge.json")).unwrap();
    file.set_len(1 << 30).unwrap();
    for (kibibytes, command) in [
        (300_000, "exec \"$0\" memopt report huge.json"),
        (1_000_000, "{ cat huge.json; yes '\"a\":1,'; } | \"$0\" memopt report -"),
    ] {
        let limited = format!("ulimit -v {kibibytes}; {command}");
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", &limited, env!("CARGO_BIN_EXE_cargo-memopt")]);
        let output = shell.current_dir(folder.path("")).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{command}: {told}");
        assert!(told.contains("is larger than the limit of 256 MiB"), "{command}: {told}");
    }
}
