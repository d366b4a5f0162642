//! What a report says of the time of calls, and of the process.
#![cfg(all(feature = "track", not(miri)))]

use memopt_runtime::{Alloc, report, scope};
use std::hint::black_box;
use std::thread;
use std::time::Duration;

#[global_allocator]
static ALLOC: Alloc = Alloc::system();

fn inner(first: bool) {
    let _scope = scope!("call_time inner");
    if first {
        // What a first call waits for.
        thread::sleep(Duration::from_millis(50));
    }
    black_box((0..100).fold(0u64, |sum, n| black_box(sum + n)));
}

fn outer(first: bool) {
    let _scope = scope!("call_time outer");
    inner(first);
    inner(false);
}

#[test]
fn first_calls_do_not_lead_the_time_of_a_site() {
    for call in 0..2000 {
        outer(call == 0);
    }
    let report = report();
    let time = |name: &str| {
        let site = report.sites().iter().find(|site| site.name.ends_with(name)).unwrap();
        site.time.unwrap()
    };
    let (inner, outer) = (time("call_time inner"), time("call_time outer"));
    for time in [inner, outer] {
        assert_eq!(time.first_calls, 1, "{time:?}");
        assert!(time.first_mean_ns >= 50e6 && time.max_ns >= 50_000_000, "{time:?}");
        // A call takes microseconds in a build that is not optimised; a machine may be held up.
        assert!(time.median_ns.unwrap() < 5e6, "{time:?}");
    }
    // What is inside does not take longer than what is around it, but for the width of a range.
    assert!(inner.median_ns.unwrap() <= outer.median_ns.unwrap() * 1.3, "{inner:?} {outer:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_report_of_the_process_says_how_large_it_is() {
    let report = report();
    let process = report.process();
    assert!(process.resident_bytes.unwrap() > 100_000 && process.threads.unwrap() >= 1);
    assert!(process.peak_resident_bytes.unwrap() > 100_000 && process.wall_ns.is_some());
    assert!(report.to_string().contains("\n  process        "), "{report}");
    // A recording is a part of the process.
    assert_eq!(memopt_runtime::record(|| ()).report.process().wall_ns, None);
}

/// What is printed by the test below where a shell has run in its process before.
#[cfg(target_os = "linux")]
fn told() -> String {
    let report = report();
    let process = report.process();
    let mut all = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call writes a timespec to the address given.
    assert_eq!(unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut all) }, 0);
    let all = all.tv_sec as u64 * 1_000_000_000 + all.tv_nsec as u64;
    format!("told {} {} {all}", process.wall_ns.unwrap(), process.cpu_ns.unwrap())
}

#[cfg(target_os = "linux")]
#[test]
fn what_ran_in_the_process_before_the_program_is_not_the_programs() {
    const NAME: &str = "what_ran_in_the_process_before_the_program_is_not_the_programs";
    if std::env::var_os("MEMOPT_TEST_REPLACED").is_some() {
        return println!("\n{}", told());
    }
    let script = "sleep 1; i=0; while [ $i -lt 100000 ]; do i=$((i + 1)); done; exec \"$@\"";
    let began = std::time::Instant::now();
    let output = std::process::Command::new("sh")
        .args(["-c", script, "sh"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", NAME, "--nocapture"])
        .env("MEMOPT_TEST_REPLACED", "1")
        .output()
        .unwrap();
    let whole = began.elapsed().as_nanos() as u64;
    let output = String::from_utf8(output.stdout).unwrap();
    let line = output.lines().find_map(|line| line.strip_prefix("told ")).expect(&output);
    let figures: Vec<u64> = line.split(' ').map(|figure| figure.parse().unwrap()).collect();
    let [wall, cpu, all] = figures[..] else { panic!("{line}") };
    assert!(wall + 1_000_000_000 <= whole, "{wall} of {whole} ns, a second of which is a shell's");
    assert!(cpu + 1_000_000 <= all, "{cpu} of {all} ns, of which a shell took some");
}
