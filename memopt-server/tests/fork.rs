//! A forked child serves nothing, and takes nothing from its parent.
#![cfg(unix)]

#[path = "sockets/client.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod client;

use axum::body::Body;
use axum::http::Request;
use memopt_monitor::Monitor;
use memopt_server::{builder, discover};
use std::time::{Duration, Instant};
use tower::ServiceExt;

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

#[test]
fn a_forked_child_serves_nothing() {
    let monitor = Monitor::builder().start().unwrap();
    let server = builder(&monitor).address("127.0.0.1:0").start().unwrap();
    let mounted = builder(&monitor).router().unwrap();
    let at = server.address().unwrap();
    let began = Instant::now();
    while monitor.published().is_none() {
        assert!(began.elapsed() < Duration::from_secs(60), "nothing is read");
        std::thread::sleep(Duration::from_millis(20));
    }
    let asked = || Request::get("/livez").header("host", "localhost").body(Body::empty()).unwrap();
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let status = runtime().block_on(mounted.clone().oneshot(asked())).unwrap().status();
    assert_eq!(status, 200);
    // SAFETY: the child makes what it needs anew, and ends by `_exit`. Where another thread held a
    // lock of the allocator, glibc and memopt let the child have it.
    let child = unsafe { libc::fork() };
    if child == 0 {
        // SAFETY: it ends this process, should it hang.
        unsafe { libc::alarm(60) };
        let status = runtime().block_on(mounted.oneshot(asked())).unwrap().status();
        // Dropping the handles ends nothing of the parent's.
        drop(server);
        drop(monitor);
        // SAFETY: it ends this process and nothing else.
        unsafe { libc::_exit(i32::from(status != 503)) };
    }
    assert!(child > 0, "no child was made");
    let mut outcome = 0;
    // SAFETY: `outcome` is a live place for an `int`, and `child` is a child of this process.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut outcome, 0) }, child);
    assert_eq!(outcome, 0, "the child answered as its parent would, or failed");
    // The parent's address, and the file that tells of it, are as they were.
    let health = client::get(&at, "/api/v1/health").ok();
    assert_eq!(health["pid"], std::process::id());
    assert!(discover().iter().any(|found| found.pid == std::process::id()));
    drop((server, monitor));
}
