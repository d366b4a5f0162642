//! `#[memopt::main]` where the program does not return from `main`, and what it says at the start.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

const CHILD: &str = "MEMOPT_TESTS_CHILD";

#[memopt::track_alloc]
fn fill() -> Vec<u8> {
    vec![1; 1000]
}

/// Threads that allocate and hold the standard error stream while the process ends.
fn busy_threads() {
    for _ in 0..4 {
        std::thread::spawn(|| {
            loop {
                std::hint::black_box((0..100).map(|_| fill()).collect::<Vec<_>>());
            }
        });
    }
    std::thread::spawn(|| {
        let _held = std::io::stderr().lock();
        std::thread::sleep(Duration::from_secs(600));
    });
    std::thread::sleep(Duration::from_millis(50));
}

fn child(what: &str) {
    fill();
    match what {
        "returns" => {}
        "exits" => std::process::exit(3),
        "exits while others run" => {
            busy_threads();
            std::process::exit(3);
        }
        "another thread exits" => {
            std::thread::spawn(|| std::process::exit(3)).join().expect("it does not return");
        }
        #[cfg(unix)]
        "a forked child exits" => {
            // SAFETY: the child only ends.
            let child = unsafe { libc::fork() };
            if child == 0 {
                std::process::exit(0);
            }
            let mut status = 0;
            // SAFETY: waits for our own child.
            unsafe { libc::waitpid(child, &raw mut status, 0) };
            let path = std::env::var("MEMOPT_TESTS_PATH").expect("set by the parent");
            // What the child has not written is not there.
            assert!(status == 0 && !Path::new(&path).exists());
        }
        other => panic!("no such child: {other}"),
    }
}

/// Runs this program again as a child, which reports as `report` says.
fn run(what: &str, report: Option<&str>, more: &[(&str, &str)]) -> Output {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.env(CHILD, what).env_remove("MEMOPT_REPORT").env_remove("MEMOPT_QUIET");
    command.env_remove("MEMOPT_HEAP");
    if let Some(report) = report {
        command.env("MEMOPT_REPORT", report);
    }
    command.envs(more.iter().copied()).output().expect("runs")
}

fn path(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("main_exits.{name}"));
    let _ = std::fs::remove_file(&path);
    path
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn exits_write_the_report() {
    for what in ["exits", "exits while others run", "another thread exits"] {
        let path = path("exit.json");
        let output = run(what, Some(&format!("json:{},text", path.display())), &[]);
        assert_eq!(output.status.code(), Some(3), "{what}: {output:?}");
        let text = std::fs::read_to_string(&path).expect(what);
        let report = memopt::Report::from_json(&text).expect("JSON");
        assert!(report.site("fill").expect("the site").calls >= 1);
        // Once.
        let text = stderr(&output);
        assert_eq!(text.matches(" blocks over ").count(), 1, "{what}: {text}");
        // Below the table a line says whether there is anything to change.
        let told = text.matches("\nmemopt: no findings").count()
            + text.matches("; MEMOPT_REPORT=text,findings says what to change").count();
        assert_eq!(told, 1, "{what}: {text}");
    }
}

fn a_forked_child_writes_nothing() {
    let path = path("fork.json");
    let report = format!("json:{}", path.display());
    let place = path.to_str().expect("UTF-8");
    let output = run("a forked child exits", Some(&report), &[("MEMOPT_TESTS_PATH", place)]);
    assert!(output.status.success(), "{output:?}");
    assert!(path.exists());
}

fn what_cannot_be_written_is_told_at_the_start() {
    let good = path("good.json");
    let report = format!("text,foo,json:/nowhere/r.json,json:{}", good.display());
    let text = stderr(&run("returns", Some(&report), &[]));
    let at = |what: &str| text.find(what).unwrap_or_else(|| panic!("`{what}` is not in {text}"));
    let table = at(" blocks over ");
    assert!(at("memopt: `foo` is not a report; MEMOPT_REPORT takes") < table, "{text}");
    assert!(at("memopt: no report can be written to /nowhere/r.json: ") < table, "{text}");
    assert!(text.contains("create the folder /nowhere before the program ends"), "{text}");
    // The good ones are written all the same.
    assert!(good.exists());
}

fn a_path_has_the_process_number() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("main_exits_pids");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    let report = format!("json:{0}/{{pid}}.json,text:{0}/{{pid}}.txt", folder.display());
    for _ in 0..2 {
        assert!(run("returns", Some(&report), &[]).status.success());
    }
    let names = std::fs::read_dir(&folder).expect("the folder").map(|entry| {
        entry.expect("an entry").file_name().into_string().expect("UTF-8").replace('.', " ")
    });
    let names: Vec<String> = names.collect();
    assert_eq!(names.len(), 4, "{names:?}");
    assert!(names.iter().all(|name| name.starts_with(|first: char| first.is_ascii_digit())));
}

fn without_variables_a_line_says_how() {
    let text = stderr(&run("returns", None, &[]));
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.contains("MEMOPT_REPORT=text") && text.contains("MEMOPT_QUIET=1"), "{text}");
    for (variable, value) in [("MEMOPT_QUIET", "1"), ("MEMOPT_HEAP", "off")] {
        assert_eq!(stderr(&run("returns", None, &[(variable, value)])), "", "{variable}");
    }
    assert_eq!(stderr(&run("returns", Some("off"), &[])), "");
    let text = stderr(&run("returns", None, &[("MEMOPT_HEAP", "512KiB")]));
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.contains("MEMOPT_REPORT=heap:"), "{text}");
    assert_ne!(stderr(&run("returns", None, &[("MEMOPT_QUIET", "0")])), "");
}

#[memopt::main]
fn main() {
    if let Ok(what) = std::env::var(CHILD) {
        return child(&what);
    }
    exits_write_the_report();
    if cfg!(unix) {
        a_forked_child_writes_nothing();
    }
    what_cannot_be_written_is_told_at_the_start();
    a_path_has_the_process_number();
    without_variables_a_line_says_how();
    println!("main_exits: ok");
}
