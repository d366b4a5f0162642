//! Ten thousand connections are held, and others are answered.
//!
//! The clients are a process of their own: each end needs 10,100 descriptors, which `prlimit` of
//! util-linux asks for. Where they are not allowed, the test says so and holds nothing.
#![forbid(unsafe_code)]

#[path = "sockets/client.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod client;

use memopt_monitor::Monitor;
use memopt_server::builder;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

const HELD: usize = 10_000;
const DESCRIPTORS: usize = HELD + 100;
/// Tells the process of the clients where to go.
const VARIABLE: &str = "MEMOPT_HELD_AT";

/// Whether this process may have so many descriptors.
fn raised() -> bool {
    let own = std::process::id().to_string();
    let limit = format!("--nofile={DESCRIPTORS}");
    let asked = Command::new("prlimit").args(["--pid", &own, &limit]).output();
    asked.is_ok_and(|asked| asked.status.success())
}

/// Bytes in memory.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}

/// Holds all places but one until its standard input ends, and looks at some of them again.
fn clients(at: &str) {
    let mut held: Vec<TcpStream> = Vec::with_capacity(HELD);
    for _ in 1..HELD {
        // One after the other: the queue of those who knock is short.
        let mut stream = TcpStream::connect(at).unwrap();
        asks(&mut stream, at);
        is_answered(&mut stream);
        held.push(stream);
    }
    println!("held");
    let mut word = String::new();
    std::io::stdin().read_line(&mut word).unwrap();
    for stream in held.iter_mut().step_by(997) {
        asks(stream, at);
        is_answered(stream);
    }
    println!("answered");
    std::io::stdin().read_line(&mut word).unwrap();
}

fn asks(stream: &mut TcpStream, at: &str) {
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    write!(stream, "GET /livez HTTP/1.1\r\nhost: {at}\r\n\r\n").unwrap();
}

fn is_answered(stream: &mut TcpStream) {
    let mut part = [0; 2048];
    let read = stream.read(&mut part).unwrap();
    assert!(part[..read].starts_with(b"HTTP/1.1 200"), "a connection was not answered");
}

#[test]
fn ten_thousand_connections_are_held() {
    if !raised() {
        eprintln!("LEFT OUT: {DESCRIPTORS} descriptors are not allowed here");
        return;
    }
    if let Ok(at) = std::env::var(VARIABLE) {
        return clients(&at);
    }
    let monitor = Monitor::builder().start().unwrap();
    let server = builder(&monitor).address("127.0.0.1:0").configure(|settings| {
        settings.limits.connections = HELD;
        settings.limits.requests_per_second = 1_000_000;
        settings.limits.head_time = Duration::from_secs(900);
    });
    let server = server.start().unwrap();
    let at = server.address().unwrap();
    let (before, began) = (resident(), Instant::now());
    let mut clients = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "ten_thousand_connections_are_held", "--nocapture"])
        .env(VARIABLE, &at)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(clients.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(said.any(|line| line.ends_with("held")), "the clients failed");
    let (made, each) = (began.elapsed(), resident().saturating_sub(before) / HELD);
    let health = client::get(&at, "/api/v1/health").ok();
    assert_eq!(health["server"]["connections"], HELD);
    let mut times: Vec<Duration> = (0..50)
        .map(|_| {
            let began = Instant::now();
            assert_eq!(client::get(&at, "/livez").status, 200);
            began.elapsed()
        })
        .collect();
    times.sort_unstable();
    println!(
        "{HELD} connections in {made:.1?}, {each} bytes each; another is answered in {:.1?}",
        times[25]
    );
    assert!(each < 32 << 10, "{each} bytes a connection");
    // Those that were answered first are still there.
    let mut tell = clients.stdin.take().unwrap();
    tell.write_all(b"again\n").unwrap();
    assert!(said.any(|line| line == "answered"), "a connection was lost");
    // All places are taken: a further connection is closed.
    let last = TcpStream::connect(&at).unwrap();
    sleep(Duration::from_millis(200));
    let mut refused = TcpStream::connect(&at).unwrap();
    refused.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    assert!(matches!(refused.read(&mut [0]), Ok(0) | Err(_)));
    drop((tell, last));
    assert!(clients.wait().unwrap().success());
    let began = Instant::now();
    loop {
        sleep(Duration::from_millis(100));
        let answer = std::panic::catch_unwind(|| client::get(&at, "/api/v1/health").ok());
        if answer.is_ok_and(|health| health["server"]["connections"] == 1) {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(120), "places are not given back");
    }
}
