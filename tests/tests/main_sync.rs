//! `#[memopt::main]` on a sync `main` that returns an error: the report is written all the same,
//! with what `main` dropped last.

use std::path::PathBuf;
use std::process::Command;

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

const CHILD: &str = "MEMOPT_TESTS_CHILD";

#[memopt::track_alloc]
fn fill() -> Vec<u8> {
    vec![1; 1000]
}

struct AtTheEnd;

impl Drop for AtTheEnd {
    fn drop(&mut self) {
        fill();
    }
}

#[memopt::main]
fn main() -> Result<(), String> {
    if std::env::var_os(CHILD).is_some() {
        let _last = AtTheEnd;
        fill();
        return Err("wanted".to_owned());
    }
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("main_sync.json");
    let output = Command::new(std::env::current_exe().expect("this program"))
        .env(CHILD, "1")
        .env("MEMOPT_REPORT", format!("json:{}", path.display()))
        .output()
        .expect("runs");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("wanted"));
    let report = memopt::Report::from_json(&std::fs::read_to_string(&path).expect("a report"))
        .expect("JSON");
    let fill = report.site("fill").expect("the site");
    assert_eq!((fill.calls, fill.inclusive.bytes), (2, 2000));
    println!("main_sync: ok");
    Ok(())
}
