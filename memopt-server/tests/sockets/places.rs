//! Where the server listens, and how it is found.

use crate::client::{exchange, get, parse};
use crate::{monitor, server};
use memopt_server::{builder, discover};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixStream;
use std::thread::sleep;
use std::time::{Duration, Instant};

#[test]
fn a_port_that_is_taken_is_tried_again_and_told() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = taken.local_addr().unwrap().to_string();
    let server = builder(monitor()).address(&at).start().unwrap();
    assert_eq!(server.address(), None);
    let (_other, other) = self::server();
    let fault = |faults: &serde_json::Value| {
        let faults = faults["faults"].as_array().unwrap().iter();
        faults
            .filter(|fault| fault["part"] == "server")
            .any(|it| it["detail"].to_string().contains(&at))
    };
    wait("the fault is not told", || fault(&get(&other, "/api/v1/health").ok()));
    drop(taken);
    wait("the port is not taken", || server.address().is_some());
    assert_eq!(get(&at, "/livez").status, 200);
    drop(server);
    assert!(std::net::TcpStream::connect(&at).is_err());
}

fn wait(what: &str, mut until: impl FnMut() -> bool) {
    let began = Instant::now();
    while !until() {
        assert!(began.elapsed() < Duration::from_secs(30), "{what}");
        sleep(Duration::from_millis(100));
    }
}

#[test]
fn of_a_range_the_first_free_port_is_taken() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let first = taken.local_addr().unwrap().port();
    let range = format!("127.0.0.1:{first}-{}", first.saturating_add(20));
    let server = builder(monitor()).address(range).start().unwrap();
    let port: u16 = server.address().unwrap().rsplit(':').next().unwrap().parse().unwrap();
    assert!(port > first && port <= first + 20, "{port}");
}

#[test]
fn a_socket_in_the_file_system() {
    let path = std::env::temp_dir().join(format!("memopt-{}.sock", std::process::id()));
    // What a process that was killed left behind.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let server = builder(monitor()).address(format!("unix:{}", path.display())).start().unwrap();
    assert_eq!(server.address(), Some(format!("unix:{}", path.display())));
    let mut stream = UnixStream::connect(&path).unwrap();
    stream
        .write_all(b"GET /livez HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        .unwrap();
    let mut all = Vec::new();
    stream.read_to_end(&mut all).unwrap();
    assert_eq!(parse(&all).text(), "ok\n");
    drop(server);
    assert!(!path.exists());
}

#[test]
fn the_command_line_finds_it() {
    // Other tests of this process have servers too: the file tells of the last, and goes with it.
    let (mut server, mut at) = self::server();
    let own = (0..50).find_map(|_| {
        let found = discover().into_iter().find(|found| found.pid == std::process::id());
        if found.is_none() {
            (server, at) = self::server();
        }
        found
    });
    let own = own.expect("no file tells of it");
    assert!(own.addr.starts_with("127.0.0.1:") || own.addr.starts_with("unix:"), "{own:?}");
    assert_eq!(own.version, env!("CARGO_PKG_VERSION"));
    assert_eq!(get(&at, "/livez").status, 200);
    drop(server);
}

#[test]
fn it_stops_in_time_with_connections_open() {
    let (server, at) = self::server();
    let idle: Vec<_> = (0..5).map(|_| std::net::TcpStream::connect(&at).unwrap()).collect();
    let half = b"GET /livez HTTP/1.1\r\nhost";
    let mut stream = std::net::TcpStream::connect(&at).unwrap();
    stream.write_all(half).unwrap();
    sleep(Duration::from_millis(100));
    let began = Instant::now();
    drop(server);
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    drop(idle);
    assert!(std::panic::catch_unwind(|| exchange(&at, half)).is_err(), "it answers still");
}
