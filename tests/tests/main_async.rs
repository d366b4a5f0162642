//! `#[memopt::main]` above `#[tokio::main]`: the report comes after the runtime and its tasks are
//! gone.

use memopt_tests::yield_now;
use std::path::PathBuf;
use std::process::Command;

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

const CHILD: &str = "MEMOPT_TESTS_CHILD";

#[memopt::track_alloc]
async fn fill(n: usize) -> Vec<u8> {
    let filled = vec![1; n];
    yield_now().await;
    filled
}

#[memopt::track_alloc]
async fn endless() {
    let _held = fill(10).await;
    std::future::pending::<()>().await;
}

#[memopt::main(report = "text")]
#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), tokio::task::JoinError> {
    if std::env::var_os(CHILD).is_some() {
        tokio::spawn(endless());
        tokio::spawn(async { fill(1000).await.len() }).await?;
        while memopt::report().site("fill").is_ok_and(|fill| fill.calls < 2) {
            tokio::task::yield_now().await;
        }
        return Ok(());
    }
    let program = std::env::current_exe().expect("this program");
    let text =
        Command::new(&program).env(CHILD, "1").env_remove("MEMOPT_REPORT").output().expect("runs");
    assert!(text.status.success());
    assert!(String::from_utf8_lossy(&text.stderr).contains("fill"));

    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("main_async.json");
    let json = Command::new(&program)
        .env(CHILD, "1")
        .env("MEMOPT_REPORT", format!("json:{}", path.display()))
        .output()
        .expect("runs");
    assert!(json.status.success());
    // The environment goes before the argument.
    assert!(!String::from_utf8_lossy(&json.stderr).contains("fill"));
    let report = memopt::Report::from_json(&std::fs::read_to_string(&path).expect("a report"))
        .expect("JSON");
    let fill = report.site("fill").expect("the site");
    assert_eq!((fill.calls, fill.inclusive.bytes), (2, 1010));
    let endless = report.site("endless").expect("the site");
    assert_eq!((endless.calls, endless.cancelled), (1, 1));
    println!("main_async: ok");
    Ok(())
}
