//! A process that is suspended goes on without a spike and without an alert.
//!
//! The test starts itself as a child that allocates at an even pace and watches itself, stops the
//! child for a while, and lets it say what it saw.
#![cfg(unix)]

use memopt_monitor::Monitor;
use memopt_monitor::alerts::State;
use memopt_monitor::engine::own;
use memopt_monitor::history::Window;
use memopt_monitor::series::Key;
use memopt_monitor::source::heap;
use memopt_report::untracked;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

const CHILD: &str = "MEMOPT_TEST_SUSPENDED";
const INTERVAL: Duration = Duration::from_millis(50);
const STOPPED: Duration = Duration::from_secs(2);

/// Allocates and frees until it is told to end.
fn work(ends: &AtomicBool) {
    while !ends.load(SeqCst) {
        drop(std::hint::black_box(vec![1_u8; 64 << 10]));
        thread::sleep(Duration::from_millis(1));
    }
}

/// Not a test of its own: what the child does.
#[test]
fn child() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    // A machine that is busy is no reason for longer intervals.
    let monitor = Monitor::builder().interval(INTERVAL).set("monitoring.cpu_budget", "50 %");
    let monitor = monitor.start().expect("it starts");
    let ends = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| work(&ends));
        thread::sleep(Duration::from_secs(1));
        println!("ready");
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).expect("the parent speaks");
        thread::sleep(Duration::from_secs(1));
        ends.store(true, SeqCst);
    });
    untracked(|| {
        let allocated = monitor.history().series(&Key::new(heap::ALLOCATED.name), Window::All);
        let rates = allocated.rate(INTERVAL * 200).values();
        let most = rates.iter().copied().fold(0.0, f64::max);
        let now = monitor.published().expect("it was read");
        let missed = now.frame.get(&Key::new(own::MISSED.name)).expect("it is told");
        let changes = monitor.alert_history();
        let fired = changes.iter().filter(|change| change.to == State::Firing).count();
        println!("saw {missed} {fired} {most}");
    });
}

fn signal(child: &Child, signal: libc::c_int) {
    // SAFETY: a signal to a child that was not waited for yet.
    assert_eq!(unsafe { libc::kill(child.id() as libc::pid_t, signal) }, 0);
}

#[test]
fn a_process_that_is_stopped_for_a_while_sees_a_gap() {
    let mut child = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "child", "--nocapture"])
        .env(CHILD, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let mut after = |word: &str| loop {
        let line = lines.next().expect("it goes on").expect("it is text");
        // The harness may write in front of it.
        if let Some((_, rest)) = line.split_once(word) {
            return rest.to_owned();
        }
    };
    after("ready");
    signal(&child, libc::SIGSTOP);
    let stopped = Instant::now();
    thread::sleep(STOPPED);
    signal(&child, libc::SIGCONT);
    let stopped = stopped.elapsed();
    child.stdin.take().expect("a pipe").write_all(b"go on\n").expect("it listens");
    let saw = after("saw");
    assert!(child.wait().expect("it ends").success());
    let numbers: Vec<f64> = saw.split_whitespace().map(|word| word.parse().unwrap()).collect();
    let [missed, alerts, most] = numbers[..] else { panic!("{saw}") };
    let ticks = stopped.as_secs_f64() / INTERVAL.as_secs_f64();
    assert!(missed >= ticks * 0.9, "{missed} of {ticks}");
    assert!(alerts < 0.5, "{alerts}: {saw}");
    // 64 KiB in a millisecond at most, and what the child does beside.
    assert!(most < f64::from(128 << 20), "{saw}");
}
