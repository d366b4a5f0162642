//! What one server takes at most.

use crate::client::{exchange, get, get_in_time, parse, post, request};
use crate::{PATIENCE, monitor, server, start, wait_until};
use memopt_server::builder;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

#[test]
fn bodies_and_heads_are_bounded() {
    let (_server, at) = server();
    let large = format!(r#"{{"why":"{}"}}"#, "x".repeat(2 << 20));
    let answer = post(&at, "/api/v1/bundle", &large);
    answer.problem(413);
    let long = format!("GET /livez HTTP/1.1\r\nhost: {at}\r\nx: {}\r\n\r\n", "y".repeat(200_000));
    assert_eq!(parse(&exchange(&at, long.as_bytes())).status, 431);
    let no_http = parse(&exchange(&at, b"\x16\x03\x01 no http\r\n\r\n"));
    assert_eq!(no_http.status, 400);
    post(&at, "/api/v1/bundle", "{").problem(422);
    request(&at, "POST", "/api/v1/bundle", &[], "{}").problem(415);
    assert_eq!(get(&at, "/livez").status, 200);
}

#[test]
fn slow_heads_and_idle_connections_are_left() {
    let quick = |settings: &mut memopt_server::Settings| {
        settings.limits.head_time = Duration::from_millis(300);
    };
    let (_server, at) = start(builder(monitor()).configure(quick));
    for sent in [&b""[..], b"GET /livez HTTP/1.1\r\nhost: "] {
        let began = Instant::now();
        let mut stream = TcpStream::connect(&at).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        // It fails where the server has left already.
        let _ = stream.write_all(sent);
        let mut all = Vec::new();
        let _ = stream.read_to_end(&mut all);
        assert!(began.elapsed() < PATIENCE, "{sent:?}");
    }
    assert_eq!(get_in_time(&at, "/livez").status, 200);
}

#[test]
fn a_body_that_never_comes_is_left() {
    let quick = |settings: &mut memopt_server::Settings| {
        settings.limits.request_time = Duration::from_millis(300);
    };
    let (_server, at) = start(builder(monitor()).configure(quick));
    let head = format!(
        "POST /api/v1/bundle HTTP/1.1\r\nhost: {at}\r\ncontent-type: application/json\r\n\
         content-length: 9\r\nconnection: close\r\n\r\n{{"
    );
    parse(&exchange(&at, head.as_bytes())).problem(503);
}

#[test]
fn connections_are_bounded_and_freed() {
    let few = |settings: &mut memopt_server::Settings| {
        settings.limits.connections = 4;
        settings.limits.head_time = Duration::from_millis(500);
    };
    let (_server, at) = start(builder(monitor()).configure(few));
    let held: Vec<TcpStream> = (0..50).map(|_| TcpStream::connect(&at).unwrap()).collect();
    // Those that are idle are left after the time for a head; a further one is answered then.
    wait_until("no connection is free", || get(&at, "/livez").status == 200);
    drop(held);
}

#[test]
fn requests_in_one_connection_are_answered_in_their_order() {
    let (_server, at) = server();
    let one = |path: &str, more: &str| format!("GET {path} HTTP/1.1\r\nhost: {at}\r\n{more}\r\n");
    let all =
        one("/livez", "") + &one("/api/v1/session", "") + &one("/no", "connection: close\r\n");
    let text = String::from_utf8(exchange(&at, all.as_bytes())).unwrap();
    let statuses: Vec<&str> =
        text.match_indices("HTTP/1.1 ").map(|(at, _)| &text[at + 9..at + 12]).collect();
    assert_eq!(statuses, ["200", "200", "404"]);
}

#[test]
fn too_many_requests_are_refused() {
    let slow = |settings: &mut memopt_server::Settings| settings.limits.requests_per_second = 1;
    let (_server, at) = start(builder(monitor()).configure(slow));
    // Faster than one in a second, however slow the machine is.
    let ask = || get(&at, "/api/v1/session");
    let refused = (0..200).map(|_| ask()).find(|answer| answer.status != 200).unwrap();
    refused.problem(429);
    assert_eq!(refused.header("retry-after"), "1");
    // Whoever looks whether the program lives is answered all the same.
    assert_eq!(get(&at, "/livez").status, 200);
}
