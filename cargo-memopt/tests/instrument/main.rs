//! Programs instrumented from end to end: what they print, what is told, and that no file changes.

mod fix;
mod flags;
mod together;
mod workspace;

use memopt_report::Report;
use std::fs;
use std::process::Output;
use workspace::Workspace;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn said(output: &Output) -> String {
    text(&output.stderr)
}

#[test]
fn a_program_runs_as_it_does_and_its_functions_are_counted() {
    let workspace = Workspace::new("run");
    let before = workspace.files();
    let plain = workspace.cargo(&["run", "--quiet", "--bin", "till"]);
    let run = workspace.memopt(&["run", "--bin", "till", "--", "7"]);
    assert_eq!(run.status.code(), Some(7), "{}", said(&run));
    assert_eq!(text(&run.stdout), text(&plain.stdout));
    assert_eq!(workspace.files(), before, "a file of the user changed");

    let report = Report::from_json(&workspace.result("report.json")).unwrap();
    let site = report.site("name").unwrap();
    assert_eq!((site.calls, site.file.as_str(), site.line), (100, "shop/src/lib.rs", 9));
    let site = report.site("here").unwrap();
    assert_eq!((site.file.as_str(), site.line, site.column), ("till/src/place.rs", 4, 8));
    assert_eq!(report.site("total").unwrap().allocs.total(), 1);

    // What does not compile is left, and named with its place and the error.
    let told = said(&run);
    let left = "`Shelf::new` at shop/src/lib.rs:15 is as it was: an attribute that strict";
    assert!(told.contains(left), "{told}");

    // Nothing is compiled again, and the plain program is still fresh.
    let again = workspace.memopt(&["run", "--bin", "till"]);
    assert!(!said(&again).contains("Compiling"), "{}", said(&again));
    let plain = workspace.cargo(&["build", "--bin", "till"]);
    assert!(!said(&plain).contains("Compiling"), "{}", said(&plain));
}

#[test]
fn tests_pass_as_they_do() {
    let workspace = Workspace::new("test");
    let before = workspace.files();
    let tests = workspace.memopt(&["test", "--workspace", "--every"]);
    assert!(tests.status.success(), "{}", said(&tests));
    assert!(text(&tests.stdout).contains("test tests::items_have_names ... ok"));
    let none = workspace.memopt(&["test", "--workspace", "--every", "no_test_has_this_name"]);
    let told = text(&none.stdout);
    assert!(none.status.success() && told.contains("0 passed"), "{told}{}", said(&none));
    assert!(!told.contains("items_have_names"), "{told}");
    assert_eq!(workspace.files(), before, "a file of the user changed");
}

#[test]
fn an_error_of_the_user_is_rustc_s_own() {
    let workspace = Workspace::new("error");
    let path = workspace.path().join("till/src/place.rs");
    let broken = fs::read_to_string(&path).unwrap().replace("String::new()", "7_u8");
    fs::write(&path, broken).unwrap();
    let plain = workspace.cargo(&["build", "--bin", "till"]);
    let run = workspace.memopt(&["run", "--bin", "till"]);
    assert_eq!(run.status.code(), Some(101), "{}", said(&run));
    let errors = |output: &Output| {
        said(output)
            .lines()
            .filter(|line| line.contains("place.rs"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert!(!errors(&plain).is_empty());
    assert_eq!(errors(&run), errors(&plain));

    // No function is left for it: when the error is mended all are counted.
    let broken = fs::read_to_string(&path).unwrap().replace("7_u8", "String::new()");
    fs::write(&path, broken).unwrap();
    let run = workspace.memopt(&["run", "--bin", "till"]);
    assert_eq!(run.status.code(), Some(0), "{}", said(&run));
    let left: Vec<String> = said(&run)
        .lines()
        .filter(|line| line.contains("is as it was"))
        .map(str::to_owned)
        .collect();
    assert!(left.iter().all(|line| line.contains("Shelf::new")), "{left:?}");
}
