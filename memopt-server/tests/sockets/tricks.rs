//! Clients that mean ill, or break off.

use crate::client::{exchange, get_in_time, parse, request};
use crate::{PATIENCE, monitor, server, start, wait_until};
use memopt_server::{Settings, builder};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

fn open(at: &str) -> u64 {
    get_in_time(at, "/api/v1/health").ok()["server"]["connections"].as_u64().unwrap()
}

/// Waits until the connection that asks is the only one.
fn all_are_freed(at: &str) {
    wait_until("others are open", || open(at) == 1);
}

#[test]
fn drops_of_a_head_do_not_hold_a_connection() {
    let quick = |settings: &mut Settings| settings.limits.head_time = Duration::from_millis(400);
    let (_server, at) = start(builder(monitor()).configure(quick));
    let mut slow: Vec<TcpStream> = (0..40).map(|_| TcpStream::connect(&at).unwrap()).collect();
    let head = format!("GET /livez HTTP/1.1\r\nhost: {at}\r\nx-y: ");
    let mut drops = head.bytes().chain(std::iter::repeat(b'z'));
    // More come until all are left.
    wait_until("drops hold a connection", || {
        let byte = drops.next().unwrap();
        for stream in &mut slow {
            // It fails once the server has left.
            let _ = stream.write_all(&[byte]);
        }
        // Others are answered all the while.
        assert_eq!(get_in_time(&at, "/livez").status, 200);
        open(&at) == 1
    });
}

#[test]
fn who_takes_nothing_of_an_answer_is_left() {
    let quick = |settings: &mut Settings| settings.limits.write_time = Duration::from_millis(300);
    let (_server, at) = start(builder(monitor()).configure(quick));
    let mut deaf = TcpStream::connect(&at).unwrap();
    // More than all buffers between the two take.
    let one = format!("GET /openapi.json HTTP/1.1\r\nhost: {at}\r\n\r\n");
    deaf.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
    let _ = deaf.write_all(one.repeat(400).as_bytes());
    all_are_freed(&at);
    assert_eq!(get_in_time(&at, "/livez").status, 200);
}

#[test]
fn who_shuts_one_way_is_answered_or_left() {
    let (_server, at) = server();
    let mut half = TcpStream::connect(&at).unwrap();
    half.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(half, "GET /livez HTTP/1.1\r\nhost: {at}\r\n\r\n").unwrap();
    half.shutdown(Shutdown::Write).unwrap();
    let mut all = Vec::new();
    half.read_to_end(&mut all).unwrap();
    assert_eq!(parse(&all).text(), "ok\n");
    // A body that was announced and does not come.
    let mut cut = TcpStream::connect(&at).unwrap();
    cut.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(
        cut,
        "POST /api/v1/bundle HTTP/1.1\r\nhost: {at}\r\ncontent-type: application/json\r\n\
         content-length: 99\r\n\r\n{{\"why\""
    )
    .unwrap();
    cut.shutdown(Shutdown::Write).unwrap();
    let mut all = Vec::new();
    let _ = cut.read_to_end(&mut all);
    assert!(all.is_empty() || parse(&all).status == 400, "{:?}", parse(&all).status);
    // Resets amid an answer.
    for _ in 0..50 {
        let mut gone = TcpStream::connect(&at).unwrap();
        write!(gone, "GET /openapi.json HTTP/1.1\r\nhost: {at}\r\n\r\n").unwrap();
        drop(gone);
    }
    all_are_freed(&at);
}

#[test]
fn no_path_leads_out_of_the_page() {
    let (_server, at) = server();
    for (path, statuses) in [
        ("/assets/../../Cargo.toml", &[400][..]),
        ("/assets/%2e%2e/%2e%2e/etc/passwd", &[400]),
        ("/assets/..%5c..%5cetc", &[400]),
        ("/assets/%252e%252e/etc/passwd", &[404]),
        ("/assets/x/..;/y", &[404]),
        ("/metrics/%00", &[400]),
        ("/metrics/", &[404]),
        ("/API/v1/sites", &[404]),
        ("/api/v1/sites/", &[404]),
        ("/api//v1/sites", &[400]),
        ("http://evil.example/livez", &[400, 421]),
        ("/livez#x", &[200, 400]),
        ("livez", &[400]),
        ("*", &[400]),
    ] {
        let text = format!("GET {path} HTTP/1.1\r\nhost: {at}\r\nconnection: close\r\n\r\n");
        let answer = parse(&exchange(&at, text.as_bytes()));
        assert!(statuses.contains(&answer.status), "{path}: {} {}", answer.status, answer.text());
        assert!(!answer.text().contains("root:") && !answer.text().contains("[package]"));
    }
}

#[test]
fn heads_that_two_readers_take_in_two_ways_are_refused() {
    let (_server, at) = server();
    for (more, what) in [
        ("content-length: 2\r\ncontent-length: 3\r\n", "two lengths"),
        ("transfer-encoding: chunked\r\ncontent-length: 5\r\n", "both"),
        ("transfer-encoding: xchunked\r\n", "another encoding"),
        ("content-length: +5\r\n", "a sign"),
        ("content-length : 5\r\n", "a space"),
        (" folded: 5\r\n", "a folded line"),
    ] {
        let text = format!(
            "POST /api/v1/bundle HTTP/1.1\r\nhost: {at}\r\ncontent-type: application/json\r\n\
             connection: close\r\n{more}\r\n0\r\n\r\nGET /livez HTTP/1.1\r\nhost: {at}\r\n\r\n"
        );
        let all = String::from_utf8_lossy(&exchange(&at, text.as_bytes())).into_owned();
        let answers = all.matches("HTTP/1.1 ").count();
        assert!(answers <= 1, "{what}: a request was smuggled in: {all}");
        assert!(!all.contains("HTTP/1.1 2"), "{what}: {all}");
    }
}

#[test]
fn a_page_of_another_site_gets_no_leave_to_ask() {
    let (_server, at) = server();
    let evil = ("origin", "http://evil.example");
    let ask = ("access-control-request-method", "POST");
    for path in ["/api/v1/sites", "/api/v1/silences", "/login", "/metrics"] {
        let answer = request(&at, "OPTIONS", path, &[evil, ask], "");
        assert!(answer.status >= 400, "{path}: {}", answer.status);
        let leave = answer.headers.iter().find(|(name, _)| name.starts_with("access-control"));
        assert_eq!(leave, None, "{path}");
    }
    // What a form can send without asking before.
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
        let headers = [evil, ("content-type", kind)];
        request(&at, "POST", "/api/v1/silences", &headers, "{}").problem(403);
        request(&at, "POST", "/login", &headers, "{}").problem(403);
        request(&at, "PUT", "/api/v1/config", &headers, "").problem(403);
    }
    // A name of theirs that leads here.
    for method in ["POST", "HEAD", "PUT", "DELETE", "OPTIONS"] {
        let host = [("host", "rebound.evil.example")];
        assert_eq!(request(&at, method, "/api/v1/sites", &host, "").status, 421, "{method}");
    }
}
