//! The monitor stopped and started by a request, in a process of its own: other tests need one that
//! reads.
#![forbid(unsafe_code)]

use memopt_monitor::Monitor;
use memopt_server::{Role, builder};
use std::cell::Cell;
use std::fmt;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::{Duration, Instant};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

const OPERATE: &str = "operate-token-0123456789";
const READ: &str = "read-token-0123456789";

/// Events of the audit, as text.
#[derive(Clone, Default)]
struct Audit(Arc<Mutex<Vec<String>>>);

struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing into a String cannot fail.
        let _ = fmt::Write::write_fmt(&mut self.0, format_args!("{}={value:?} ", field.name()));
    }
}

impl Subscriber for Audit {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "memopt::audit"
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        let mut text = Text(String::new());
        event.record(&mut text);
        self.0.lock().unwrap().push(text.0);
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// The status and the body.
fn ask(at: &str, method: &str, path: &str, token: &str) -> (u16, serde_json::Value) {
    let mut stream = TcpStream::connect(at).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nhost: {at}\r\nauthorization: Bearer {token}\r\n\
         content-length: 0\r\nconnection: close\r\n\r\n"
    )
    .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap_or_default())
}

#[test]
fn it_reads_nothing_while_it_is_stopped() {
    let audit = Audit::default();
    tracing::subscriber::set_global_default(audit.clone()).unwrap();
    let monitor = Monitor::builder().set("monitoring.interval", "50 ms").start().unwrap();
    let server = builder(&monitor)
        .address("127.0.0.1:0")
        .token(Role::Read, READ)
        .token(Role::Operate, OPERATE)
        .start()
        .unwrap();
    let at = server.address().unwrap();
    let at_ms = || ask(&at, "GET", "/api/v1/health", READ).1["at_ms"].as_i64();
    let wait = |what: &str, until: &dyn Fn() -> bool| {
        let began = Instant::now();
        while !until() {
            assert!(began.elapsed() < Duration::from_secs(60), "{what}");
            sleep(Duration::from_millis(20));
        }
    };
    wait("nothing is read", &|| at_ms().is_some());
    assert_eq!(ask(&at, "POST", "/api/v1/control/stop", READ).0, 403);
    let (status, stopped) = ask(&at, "POST", "/api/v1/control/stop", OPERATE);
    assert_eq!((status, &stopped["is_paused"]), (200, &true.into()));
    assert_eq!(ask(&at, "GET", "/api/v1/status", READ).1["monitoring"], "paused");
    // A reading that was under way may be published still.
    let then = Cell::new(at_ms());
    wait("readings go on, though it is paused", &|| {
        sleep(Duration::from_millis(400));
        then.replace(at_ms()) == then.get()
    });
    let then = then.get();
    assert_eq!(ask(&at, "GET", "/api/v1/health", READ).1["monitoring"]["is_paused"], true);
    let (status, started) = ask(&at, "POST", "/api/v1/control/start", OPERATE);
    assert_eq!((status, &started["is_paused"]), (200, &false.into()));
    wait("it does not go on", &|| at_ms() > then);
    assert_eq!(ask(&at, "GET", "/api/v1/status", READ).1["monitoring"], "running");

    let told = audit.0.lock().unwrap().join("\n");
    let line =
        |part: &str| told.lines().find(|line| line.contains(part)).unwrap_or(&told).to_owned();
    let refused = line("status=403");
    assert!(
        refused.contains("method=POST path=\"/api/v1/control/stop\" role=\"none\""),
        "{refused}"
    );
    let done = line("status=200");
    assert!(done.contains("role=\"operate\"") && done.contains("request_id="), "{done}");
    assert!(!told.contains("GET") && !told.contains(OPERATE), "{told}");

    drop(monitor);
    assert_eq!(ask(&at, "POST", "/api/v1/control/stop", OPERATE).0, 503);
}
