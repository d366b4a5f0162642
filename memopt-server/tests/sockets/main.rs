//! The server over real sockets: each endpoint, happy and unhappy, and what it does not let
//! through.
//!
//! A process has one monitor, so all tests share it; each has a server of its own.
#![forbid(unsafe_code)]

mod api;
mod client;
mod control;
mod doing;
mod events;
mod fleet;
mod guard;
mod limits;
mod mounted;
mod native;
mod places;
mod standard;
mod tricks;

use memopt_monitor::Monitor;
use memopt_server::{Builder, Server, builder};
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

/// The monitor of this process, with a reading and a folder.
fn monitor() -> &'static Monitor {
    static MONITOR: OnceLock<Monitor> = OnceLock::new();
    MONITOR.get_or_init(|| {
        let folder = std::env::temp_dir().join(format!("memopt-sockets-{}", std::process::id()));
        // A process that ended may have had the same number.
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("memopt.toml");
        std::fs::write(&file, "[monitoring]\ninterval = \"200 ms\"\n").unwrap();
        let monitor = Monitor::builder()
            .file(file)
            .folder(&folder)
            .set("profiling.sample_every", "4 KiB")
            .set("analysis.warm_up", "0 s")
            // A test of a limit sets that one alone: the others do not run out meanwhile, however
            // much the machine has to do.
            .set("server.limits.head_time", "10 min")
            .set("server.limits.request_time", "2 min")
            .set("server.limits.write_time", "10 min")
            .start()
            .unwrap();
        wait_until("nothing is read", || monitor.published().is_some());
        work();
        // A reading that was under way knows nothing of the call.
        let called = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
        let is_read = || monitor.published().is_some_and(|now| now.at.unix_ms as u128 > called);
        wait_until("nothing is read again", is_read);
        monitor
    })
}

/// Waits for this as long as a machine with much to do may take.
#[track_caller]
fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// How long a test waits at most for what takes a moment.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the tests look for.
#[memopt::track_alloc(name = "sockets.work")]
fn work() {
    for size in 1..100 {
        std::hint::black_box(vec![1u8; size * 100]);
    }
    inner();
}

#[memopt::track_alloc(name = "sockets.inner")]
fn inner() {
    // It stays, so that something is live.
    std::mem::forget(vec![7u8; 300_000]);
}

/// A server on a free port.
fn server() -> (Server, String) {
    start(builder(monitor()))
}

fn start(builder: Builder) -> (Server, String) {
    let server = builder.address("127.0.0.1:0").start().unwrap();
    let address = server.address().expect("a free port is found");
    (server, address)
}
