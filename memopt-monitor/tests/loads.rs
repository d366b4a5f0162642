//! Four programs under the default rules, a minute each with all times sixty times shorter: one
//! leaks, one spikes, one has days, one is healthy.
//!
//! `cargo test --release -p memopt-monitor --test loads -- --ignored --exact four_loads`

use memopt_monitor::Monitor;
use memopt_monitor::alerts::{Change, State, default_rules};
use memopt_report::untracked;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

const LOAD: &str = "MEMOPT_TEST_LOAD";
const TIME: Duration = Duration::from_secs(60);
const STEP: Duration = Duration::from_millis(20);
const MIB: usize = 1 << 20;

/// What a program holds at a moment, MiB, beside what it leaks.
fn holds(load: &str, seconds: f64) -> f64 {
    // Caches fill in the first seconds.
    let base = 20.0 * (seconds / 4.0).min(1.0) + 2.0 * (seconds * 3.1).sin().abs();
    match load {
        "spike" if (40.0..46.0).contains(&seconds) => base + 175.0,
        "days" => base + 20.0 + 20.0 * (seconds * std::f64::consts::TAU / 8.0).sin(),
        _ => base,
    }
}

#[memopt::track_alloc(name = "cache")]
fn block() -> Vec<u8> {
    vec![1; MIB / 4]
}

#[memopt::track_alloc(name = "hoard")]
fn hoard() -> Vec<u8> {
    vec![2; MIB / 16]
}

/// The program: prints each alert that begins or ends.
#[test]
#[ignore = "a program that `four_loads` starts"]
fn program() {
    let Ok(load) = std::env::var(LOAD) else { return };
    let monitor = Monitor::builder()
        .interval(Duration::from_millis(50))
        .set("analysis.interval", "500 ms")
        .set("analysis.warm_up", "6 s")
        .set("analysis.forecast_horizon", "10 min")
        .set("profiling.sample_every", "16 KiB")
        .set("thresholds.memory_limit", "200 MiB")
        .set("monitoring.cpu_budget", "20 %")
        .configure(|config| {
            config.alerts.interval = Duration::from_millis(100);
            for mut rule in default_rules() {
                for time in [&mut rule.hold, &mut rule.keep_firing_for, &mut rule.cooldown] {
                    *time /= 60;
                }
                config.alerts.rules.push(rule);
            }
        })
        .start()
        .unwrap();
    let began = Instant::now();
    let (mut held, mut leaked) = (Vec::new(), Vec::new());
    while began.elapsed() < TIME {
        let seconds = began.elapsed().as_secs_f64();
        let wanted = (holds(&load, seconds) * 4.0) as usize;
        held.resize_with(wanted, block);
        while load == "leak" && leaked.len() < (seconds * 60.0) as usize {
            leaked.push(hoard());
        }
        thread::sleep(STEP);
    }
    untracked(|| {
        // What another alert explains is told to nobody, nor its end.
        let mut told = Vec::new();
        for Change { alert, to, .. } in monitor.alert_history() {
            match to {
                State::Firing if alert.quiet.is_none() => told.push(alert.fingerprint),
                State::Resolved if told.contains(&alert.fingerprint) => {}
                _ => continue,
            }
            let site = alert.labels.get("site").map_or("", String::as_str);
            println!("alert {} {to} {site}", alert.rule);
        }
    });
    drop(monitor);
}

/// The alerts of a program, in their order.
fn alerts(output: &str) -> Vec<&str> {
    output.lines().filter_map(|line| line.strip_prefix("alert ")).map(str::trim).collect()
}

#[test]
#[ignore = "a minute"]
fn four_loads() {
    let start = |load: &'static str| {
        let program = std::env::current_exe().unwrap();
        let mut command = Command::new(program);
        command.args(["--ignored", "--exact", "program", "--nocapture"]).env(LOAD, load);
        thread::spawn(move || command.output().unwrap())
    };
    let programs = ["leak", "spike", "days", "healthy"].map(|load| (load, start(load)));
    let outputs = programs.map(|(load, program)| {
        let output = program.join().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{load}: {text}");
        println!("{load}: {:?}", alerts(&text));
        (load, text)
    });
    for (load, text) in &outputs {
        let alerts = alerts(text);
        match *load {
            "leak" => {
                let place = |wanted: &str| alerts.iter().position(|alert| *alert == wanted);
                let leak = place("MemoryLeak firing hoard");
                let full = place("MemoryAtLimit firing");
                assert!(leak.is_some() && leak < full, "{alerts:?}");
                assert!(alerts.iter().all(|alert| !alert.contains("cache")), "{alerts:?}");
            }
            "spike" => {
                assert_eq!(alerts, ["MemoryAtLimit firing", "MemoryAtLimit resolved"]);
            }
            _ => assert!(alerts.is_empty(), "{load}: {alerts:?}"),
        }
    }
}
