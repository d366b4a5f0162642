//! What memopt makes in its own sections is not freed outside of them when it ends: else the live
//! bytes of the program would sink with each monitor and server that was started and stopped.
#![forbid(unsafe_code)]

use memopt_monitor::Monitor;
use memopt_server::builder;
use std::thread::sleep;
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

/// Threads of memopt.
fn threads() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let names = tasks.filter_map(|it| std::fs::read_to_string(it.path().join("comm")).ok());
    names.filter(|name| name.starts_with("memopt-")).count()
}

fn once() {
    let monitor = Monitor::builder().start().unwrap();
    let server = builder(&monitor).address("127.0.0.1:0").start().unwrap();
    assert!(server.address().is_some());
    drop(server);
    drop(monitor);
    let began = Instant::now();
    while threads() > 0 {
        assert!(began.elapsed() < Duration::from_secs(60), "{} threads go on", threads());
        sleep(Duration::from_millis(5));
    }
}

fn live() -> i64 {
    memopt::report().total().live_bytes()
}

#[test]
fn the_live_bytes_of_the_program_stay() {
    const TIMES: i64 = 20;
    (0..3).for_each(|_| once());
    let before = live();
    (0..TIMES).for_each(|_| once());
    let drift = (live() - before) / TIMES;
    println!("{drift} bytes a time");
    // What std keeps for each of ten threads is made by one thread and freed by another.
    assert!(drift.abs() < 4_096, "{drift} bytes a time");
}
