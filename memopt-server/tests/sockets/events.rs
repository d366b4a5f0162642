//! The stream of events.

use crate::client::get;
use crate::{PATIENCE, monitor, server, start, wait_until};
use memopt_server::builder;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

/// A client that listens.
struct Listener(BufReader<TcpStream>);

/// One event.
#[derive(Debug, PartialEq)]
struct Event {
    id: String,
    kind: String,
    data: String,
}

impl Listener {
    fn new(at: &str, path: &str, last: Option<&str>) -> Self {
        let mut stream = TcpStream::connect(at).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let last = last.map_or(String::new(), |id| format!("last-event-id: {id}\r\n"));
        write!(stream, "GET {path} HTTP/1.1\r\nhost: {at}\r\n{last}\r\n").unwrap();
        Self(BufReader::new(stream))
    }

    fn next(&mut self) -> Event {
        let mut event = Event { id: String::new(), kind: String::new(), data: String::new() };
        loop {
            let mut line = String::new();
            assert!(self.0.read_line(&mut line).unwrap() > 0, "the stream ended");
            let line = line.trim_end();
            if let Some((name, value)) = line.split_once(": ") {
                match name {
                    "id" => event.id = value.to_owned(),
                    "event" => event.kind = value.to_owned(),
                    "data" => {
                        event.data = value.to_owned();
                        return event;
                    }
                    _ => {}
                }
            }
        }
    }

    /// The next that is kept. The others only tell that the server is there.
    fn next_kept(&mut self) -> Event {
        loop {
            let event = self.next();
            if event.kind != "ping" {
                return event;
            }
        }
    }

    fn of_kind(&mut self, kind: &str) -> Event {
        loop {
            let event = self.next();
            if event.kind == kind {
                return event;
            }
        }
    }
}

#[test]
fn readings_come_as_they_are_made_and_are_taken_up_again() {
    let (_server, at) = server();
    let mut first = Listener::new(&at, "/api/v1/events", None);
    let hello: serde_json::Value = serde_json::from_str(&first.next().data).unwrap();
    assert_eq!(hello["pid"], std::process::id());
    let one = first.of_kind("tick");
    // Up to the next tick: a fault or an alert may come between.
    let mut later = vec![first.next_kept()];
    while later.last().is_none_or(|event| event.kind != "tick") {
        later.push(first.next_kept());
    }
    let two = later.last().unwrap();
    assert_ne!(one.id, two.id);
    let data: serde_json::Value = serde_json::from_str(&two.data).unwrap();
    assert!(data["values"]["process.resident"].as_f64().unwrap() > 0.0);
    assert!(data["rates"].get("heap.allocated").is_some(), "{data}");
    // Who comes again with the first id gets what came meanwhile.
    let mut again = Listener::new(&at, "/api/v1/events", Some(&one.id));
    assert_eq!(again.next().kind, "hello");
    for event in &later {
        assert_eq!(again.next_kept(), *event);
    }
    let mut other = Listener::new(&at, "/api/v1/events", Some("1-1"));
    assert_eq!(other.next().kind, "hello");
    assert_eq!(other.next().kind, "resync");
    let mut chosen = Listener::new(&at, "/api/v1/events?types=operation", None);
    assert_eq!(chosen.next().kind, "hello");
    assert_eq!(chosen.next().kind, "ping");
    let clients = get(&at, "/api/v1/health").ok()["server"]["event_clients"].as_u64().unwrap();
    assert_eq!(clients, 4);
}

#[test]
fn listeners_are_bounded() {
    let two = |settings: &mut memopt_server::Settings| settings.limits.event_clients = 2;
    let (_server, at) = start(builder(monitor()).configure(two));
    let mut held = [(); 2].map(|()| Listener::new(&at, "/api/v1/events", None));
    held.iter_mut().for_each(|one| drop(one.next()));
    get(&at, "/api/v1/events").problem(503);
    drop(held);
    wait_until("places are not given back", || {
        get(&at, "/api/v1/health").ok()["server"]["event_clients"] == 0
    });
}
