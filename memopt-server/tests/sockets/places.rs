//! Where the server listens, and how it is found.

use crate::client::{exchange, get, parse};
use crate::{PATIENCE, monitor, server, wait_until};
use memopt_server::{builder, discover};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixStream;
use std::thread::sleep;
use std::time::{Duration, Instant};

#[test]
fn a_port_that_is_taken_is_tried_again_and_told() {
    // No other test takes a port of this address.
    let taken = TcpListener::bind("127.0.0.2:0").unwrap();
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
    wait_until("the fault is not told", || fault(&get(&other, "/api/v1/health").ok()));
    drop(taken);
    wait_until("the port is not taken", || server.address().is_some());
    assert_eq!(get(&at, "/livez").status, 200);
    drop(server);
    assert!(std::net::TcpStream::connect(&at).is_err());
}

#[test]
fn of_a_range_the_first_free_port_is_taken() {
    let bind = || TcpListener::bind("127.0.0.1:0").unwrap();
    let first = |taken: &TcpListener| taken.local_addr().unwrap().port();
    // Far enough from the last port there is.
    let low = |taken: &TcpListener| first(taken) < 65_000;
    let taken = std::iter::repeat_with(bind).find(low).unwrap();
    let first = first(&taken);
    let range = format!("127.0.0.1:{first}-{}", first + 20);
    let server = builder(monitor()).address(range).start().unwrap();
    let port: u16 = server.address().unwrap().rsplit(':').next().unwrap().parse().unwrap();
    assert!(port > first && port <= first + 20, "{port}");
}

#[test]
fn a_socket_in_the_file_system() {
    let path = std::env::temp_dir().join(format!("memopt-{}.sock", std::process::id()));
    // A process that ended may have had the same number.
    let _ = std::fs::remove_file(&path);
    // What a process that was killed left behind.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let server = builder(monitor()).address(format!("unix:{}", path.display())).start().unwrap();
    assert_eq!(server.address(), Some(format!("unix:{}", path.display())));
    let mut stream = UnixStream::connect(&path).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
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
    assert!(own.addr.starts_with("127.0.0.") || own.addr.starts_with("unix:"), "{own:?}");
    assert_eq!(own.version, env!("CARGO_PKG_VERSION"));
    assert_eq!(get(&at, "/livez").status, 200);
    drop(server);
}

#[test]
fn it_stops_in_time_with_connections_open() {
    // No other test takes a port of this address.
    let server = builder(monitor()).address("127.0.0.3:0").start().unwrap();
    let at = server.address().unwrap();
    let idle: Vec<_> = (0..5).map(|_| std::net::TcpStream::connect(&at).unwrap()).collect();
    let half = b"GET /livez HTTP/1.1\r\nhost";
    let mut stream = std::net::TcpStream::connect(&at).unwrap();
    stream.write_all(half).unwrap();
    sleep(Duration::from_millis(100));
    let began = Instant::now();
    drop(server);
    // Their own time, for a head, is ten minutes.
    assert!(began.elapsed() < PATIENCE, "{:?}", began.elapsed());
    drop(idle);
    assert!(std::panic::catch_unwind(|| exchange(&at, half)).is_err(), "it answers still");
}
