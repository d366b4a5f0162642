//! What both orders of `#[memopt::main]` and `#[track_alloc]` on `main` have to give.

use std::path::PathBuf;
use std::process::Command;

const CHILD: &str = "MEMOPT_TESTS_CHILD";

/// As the child it allocates in `main` itself; as the parent it runs the child and reads its
/// report.
pub fn run(name: &str) {
    if std::env::var_os(CHILD).is_some() {
        drop(std::hint::black_box(vec![1u8; 123_456]));
        return;
    }
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.json"));
    let output = Command::new(std::env::current_exe().expect("this program"))
        .env(CHILD, "1")
        .env("MEMOPT_REPORT", format!("json:{}", path.display()))
        .output()
        .expect("runs");
    assert!(output.status.success(), "{output:?}");
    let report = memopt::Report::from_json(&std::fs::read_to_string(&path).expect("a report"))
        .expect("JSON");
    let main = report.site("main").expect("the site");
    assert_eq!((main.name.as_str(), main.calls), (format!("{name}::main").as_str(), 1));
    assert!(main.peak.max() >= 123_456, "{main:?}");
    println!("{name}: ok");
}
