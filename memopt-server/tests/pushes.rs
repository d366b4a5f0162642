//! What is pushed, to a receiver over a real socket that judges it by itself.
#![forbid(unsafe_code)]

use flate2::read::GzDecoder;
use memopt_monitor::Monitor;
use memopt_server::Push;
use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};
use std::thread::sleep;
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

/// The line of the function below.
const LINE: u32 = line!() + 2;
#[memopt::track_alloc(name = "push.work")]
fn work() {
    std::mem::forget(vec![7u8; 300_000]);
}

/// Waits until no more comes: one that was under way may come late.
fn ends(received: &Receiver<Request>) {
    let waits = Duration::from_millis(700);
    wait("pushes go on", || received.recv_timeout(waits).is_err());
}

/// A request that was received.
#[derive(Debug)]
struct Request {
    path: String,
    headers: String,
    body: Vec<u8>,
}

/// A receiver that answers with these statuses, then with 200.
fn receiver(statuses: &[&'static str]) -> (String, Receiver<Request>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = format!("http://{}", listener.local_addr().unwrap());
    let (sender, received) = channel();
    let mut statuses: Vec<&str> = statuses.iter().rev().copied().collect();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let request = read(stream.as_ref().unwrap());
            let status = statuses.pop().unwrap_or("200 OK");
            write!(stream.unwrap(), "HTTP/1.1 {status}\r\ncontent-length: 2\r\n\r\n{{}}").unwrap();
            let _ = sender.send(request);
        }
    });
    (at, received)
}

fn read(stream: &TcpStream) -> Request {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let path = line.split(' ').nth(1).unwrap().to_owned();
    let mut headers = String::new();
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            break;
        }
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        headers.push_str(&lower);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    Request { path, headers, body }
}

fn next(from: &Receiver<Request>) -> Request {
    from.recv_timeout(Duration::from_secs(60)).expect("nothing is pushed")
}

fn get(at: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(at).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {at}\r\nconnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

/// The value of a metric of the server's own.
fn counter(at: &str, line: &str) -> f64 {
    let text = get(at, "/metrics");
    let found = text.lines().find_map(|it| it.strip_prefix(line));
    found.unwrap_or_else(|| panic!("no {line}: {text}")).trim().parse().unwrap()
}

fn wait(what: &str, until: impl Fn() -> bool) {
    let began = Instant::now();
    while !until() {
        assert!(began.elapsed() < Duration::from_secs(60), "{what}");
        sleep(Duration::from_millis(50));
    }
}

/// One monitor at a time.
static TURN: Mutex<()> = Mutex::new(());

fn monitor(set: &[(&str, &str)]) -> Monitor {
    let mut builder = Monitor::builder()
        .set("monitoring.interval", "100 ms")
        .set("monitoring.program", "shop")
        .set("monitoring.instance", "shop-1")
        .set("monitoring.version", "1.2.3")
        .set("profiling.sample_every", "4 KiB")
        .set("server.address", "127.0.0.1:0");
    for (path, value) in set {
        builder = builder.set(path, value);
    }
    builder.start().unwrap()
}

/// The text of an attribute.
fn attribute<'a>(of: &'a Value, key: &str) -> &'a Value {
    let all = of["attributes"].as_array().unwrap();
    all.iter().find(|it| it["key"] == key).map_or(&Value::Null, |it| &it["value"])
}

#[test]
fn metrics_by_otlp() {
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    work();
    let (url, received) = receiver(&["503 Service Unavailable", "200 OK", "400 Bad Request"]);
    let monitor = monitor(&[
        ("server.otlp.url", &format!("{url}/v1/metrics")),
        ("server.otlp.interval", "300 ms"),
        ("server.otlp.token", "collector"),
        ("server.otlp.labels", "region=north"),
    ]);
    let server = memopt_server::start(&monitor).unwrap();
    let first = next(&received);
    assert_eq!(first.path, "/v1/metrics");
    assert!(first.headers.contains("content-type: application/json"), "{}", first.headers);
    assert!(first.headers.contains("authorization: bearer collector"), "{}", first.headers);
    // It was not taken: the same comes again.
    assert_eq!(next(&received).body, first.body);
    // The next has the same start: another one would be a reset of the counters.
    let second: Value = serde_json::from_slice(&next(&received).body).unwrap();

    let all: Value = serde_json::from_slice(&first.body).unwrap();
    let of = &all["resourceMetrics"][0];
    for (key, expected) in [
        ("service.name", "shop"),
        ("service.instance.id", "shop-1"),
        ("service.version", "1.2.3"),
        ("region", "north"),
    ] {
        assert_eq!(attribute(&of["resource"], key)["stringValue"], expected);
    }
    let pid = std::process::id().to_string();
    assert_eq!(attribute(&of["resource"], "process.pid")["intValue"], pid.as_str());
    assert_eq!(of["scopeMetrics"][0]["scope"]["name"], "memopt");
    let metrics = of["scopeMetrics"][0]["metrics"].as_array().unwrap();
    let named = |name: &str| {
        metrics.iter().find(|it| it["name"] == name).unwrap_or_else(|| panic!("no {name}"))
    };
    // Cumulative sums, of which memory falls too; a gauge has no temporality.
    for (name, unit, is_monotonic) in [
        ("process.memory.usage", "By", false),
        ("process.cpu.time", "s", true),
        ("process.thread.count", "{thread}", false),
        ("memopt.heap.allocated", "By", true),
        ("memopt.site.calls", "{count}", true),
    ] {
        let metric = named(name);
        assert_eq!(metric["unit"], unit, "{name}");
        assert_eq!(metric["sum"]["aggregationTemporality"], 2, "{name}");
        assert_eq!(metric["sum"]["isMonotonic"], is_monotonic, "{name}");
        let point = &metric["sum"]["dataPoints"][0];
        let ns = |key: &str| point[key].as_str().unwrap().parse::<u64>().unwrap();
        assert!(ns("startTimeUnixNano") < ns("timeUnixNano"), "{point}");
        assert!(ns("startTimeUnixNano") > 1_600_000_000_000_000_000, "{point}");
    }
    let starts = |all: &Value| {
        let metrics = all["resourceMetrics"][0]["scopeMetrics"][0]["metrics"].clone();
        let points = |metric: &Value| metric["sum"]["dataPoints"].as_array().cloned();
        let points = metrics.as_array().unwrap().iter().filter_map(points).flatten();
        points.map(|it| it["startTimeUnixNano"].as_str().unwrap().to_owned()).collect()
    };
    let both: [BTreeSet<String>; 2] = [starts(&all), starts(&second)];
    assert!(both[0].len() == 1 && both[0] == both[1], "{both:?}");
    let live = named("memopt.heap.live");
    let held = live["gauge"]["dataPoints"][0]["asDouble"].as_f64().unwrap();
    assert!(held >= 300_000.0, "{held}");
    assert!(live["sum"].is_null() && live["gauge"]["aggregationTemporality"].is_null());
    let calls = named("memopt.site.calls")["sum"]["dataPoints"].as_array().unwrap();
    let work = calls
        .iter()
        .find(|point| attribute(point, "code.function.name")["stringValue"] == "push.work")
        .unwrap();
    let file = attribute(work, "code.file.path")["stringValue"].as_str().unwrap();
    assert!(file.ends_with("tests/pushes.rs"), "{file}");
    assert_eq!(attribute(work, "code.line.number")["intValue"], LINE.to_string());
    assert!(work["asDouble"].as_f64().unwrap() >= 1.0);

    // What is refused for good is dropped, and told; what comes next is sent.
    next(&received);
    let at = server.address().unwrap();
    let value = |what: &str| counter(&at, &format!("memopt_push_{what}{{to=\"otlp\"}}"));
    wait("two are sent", || value("sent_total") >= 2.0);
    assert_eq!((value("failed_total"), value("dropped_total")), (2.0, 1.0));
    // What was made while the receiver was waited for is sent too.
    wait("more than the newest waits", || value("waiting") <= 1.0);
}

#[test]
fn what_nobody_takes_is_bounded_and_told() {
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let monitor = monitor(&[
        // Nobody listens there.
        ("server.otlp.url", "http://127.0.0.1:9/v1/metrics"),
        ("server.otlp.interval", "100 ms"),
        ("server.otlp.queue", "3"),
    ]);
    let began = Instant::now();
    let server = memopt_server::start(&monitor).unwrap();
    let at = server.address().unwrap();
    let value = |what: &str| counter(&at, &format!("memopt_push_{what}{{to=\"otlp\"}}"));
    wait("nothing is dropped", || value("dropped_total") >= 3.0);
    assert_eq!((value("waiting"), value("sent_total")), (3.0, 0.0));
    // Attempts come a second apart at least, and not with each body.
    let failed = value("failed_total");
    assert!(failed <= 2.0 + began.elapsed().as_secs_f64(), "{failed}");
    let told = || {
        let now = monitor.published().unwrap();
        now.faults.iter().any(|fault| fault.part == "otlp" && fault.detail.contains("127.0.0.1:9"))
    };
    wait("the fault is not told", told);
    // The program itself is well, and is to be asked.
    let ready = get(&at, "/readyz?verbose");
    assert!(ready.starts_with("HTTP/1.1 200"), "{ready}");
    assert!(ready.contains("[!] otlp failed, which does not count: http://127.0.0.1:9"), "{ready}");
}

#[test]
fn a_status_that_the_protocol_does_not_let_be_repeated_is_not() {
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let (url, received) = receiver(&["500 Internal Server Error"]);
    let monitor = monitor(&[
        ("server.otlp.url", &format!("{url}/v1/metrics")),
        ("server.otlp.interval", "100 ms"),
    ]);
    let server = memopt_server::start(&monitor).unwrap();
    let first = next(&received);
    assert_ne!(next(&received).body, first.body);
    let at = server.address().unwrap();
    let value = |what: &str| counter(&at, &format!("memopt_push_{what}{{to=\"otlp\"}}"));
    assert_eq!((value("failed_total"), value("dropped_total")), (1.0, 1.0));
    // Nothing is pushed of a monitor that reads no more, and nothing old is told.
    let resident = || get(&at, "/metrics").contains("\nprocess_resident_memory_bytes ");
    wait("nothing is told", resident);
    assert!(monitor.pause());
    assert!(!resident());
    assert!((counter(&at, "memopt_monitor_running")).abs() < 0.1);
    assert!(counter(&at, "memopt_last_reading_timestamp_seconds") > 1.6e9);
    ends(&received);
    assert!(monitor.resume());
    next(&received);
    wait("nothing is told", resident);
}

#[test]
fn a_server_that_serves_nothing_pushes_still() {
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let (url, received) = receiver(&[]);
    let monitor = monitor(&[
        ("server.enabled", "false"),
        ("server.otlp.url", &format!("{url}/v1/metrics")),
        ("server.otlp.interval", "100 ms"),
    ]);
    let server = memopt_server::start(&monitor).unwrap();
    assert_eq!(server.address(), None);
    next(&received);
    drop(server);
    ends(&received);
}

#[test]
fn the_end_of_a_server_is_pushed() {
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let (url, received) = receiver(&[]);
    let monitor = monitor(&[
        ("server.otlp.url", &format!("{url}/v1/metrics")),
        // Nothing more comes in time by itself.
        ("server.otlp.interval", "1 h"),
        ("server.otlp.labels", "deployment.environment.name=test"),
    ]);
    let server = memopt_server::start(&monitor).unwrap();
    let time = |request: &Request| {
        let all: Value = serde_json::from_slice(&request.body).unwrap();
        let of = &all["resourceMetrics"][0];
        let name = attribute(&of["resource"], "deployment.environment.name");
        assert_eq!(name["stringValue"], "test");
        let metrics = of["scopeMetrics"][0]["metrics"].as_array().unwrap();
        let live = metrics.iter().find(|it| it["name"] == "memopt.heap.live").unwrap();
        let text = live["gauge"]["dataPoints"][0]["timeUnixNano"].as_str().unwrap().to_owned();
        text.parse::<u64>().unwrap()
    };
    // The first waits for the first reading, and may have been due before it.
    let first = received.recv_timeout(Duration::from_secs(2)).ok();
    wait("nothing is read", || monitor.published().is_some());
    let read_again = monitor.published().unwrap().at.unix_ms;
    wait("nothing is read again", || monitor.published().unwrap().at.unix_ms > read_again);
    drop(server);
    let last =
        received.recv_timeout(Duration::from_secs(60)).expect("nothing is pushed at the end");
    assert!(first.is_none_or(|first| time(&first) < time(&last)));
    ends(&received);
}

#[test]
fn what_is_old_is_not_sent_at_the_end() {
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    // Nothing is tried again in the time of the test.
    let (url, received) = receiver(&["503 Service Unavailable\r\nretry-after: 600"]);
    let url = format!("{url}/v1/metrics");
    let monitor = monitor(&[("server.otlp.url", &url), ("server.otlp.interval", "200 ms")]);
    let server = memopt_server::start(&monitor).unwrap();
    next(&received);
    drop(monitor);
    drop(server);
    let sent = received.recv_timeout(Duration::from_millis(500));
    assert!(sent.is_err(), "the monitor has ended, and something is pushed: {sent:?}");
}

#[test]
fn a_receiver_that_is_slow_does_not_keep_a_server() {
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1/metrics", listener.local_addr().unwrap());
    let monitor = monitor(&[
        ("server.otlp.url", &url),
        ("server.otlp.interval", "100 ms"),
        // More than a test waits.
        ("server.otlp.timeout", "5 min"),
    ]);
    let server = memopt_server::start(&monitor).unwrap();
    listener.set_nonblocking(true).unwrap();
    let slow = RefCell::new(None);
    wait("nothing is pushed", || {
        *slow.borrow_mut() = listener.accept().ok();
        slow.borrow().is_some()
    });
    let pushes = || {
        let names = std::fs::read_dir("/proc/self/task")
            .unwrap()
            .filter_map(|it| std::fs::read_to_string(it.unwrap().path().join("comm")).ok());
        names.filter(|name| name.trim() == "memopt-otlp").count()
    };
    wait("those of other tests do not end", || pushes() == 1);
    let began = Instant::now();
    drop(server);
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
    // The attempt that was under way ends in vain, and no other follows.
    drop(slow);
    wait("the sender does not end", || pushes() == 0);
    assert!(listener.accept().is_err());
}

#[test]
fn what_the_program_sets_is_checked_too() {
    const URL: &str = "http://127.0.0.1:9/v1/metrics";
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let monitor = monitor(&[]);
    let fault = |url: &str, change: fn(&mut Push)| {
        let mut push = Push::to(url);
        change(&mut push);
        let set = memopt_server::builder(&monitor).configure(|it| it.otlp = Some(push));
        set.start().unwrap_err().to_string()
    };
    for (told, expected) in [
        (fault(URL, |it| it.interval = Duration::ZERO), "server.otlp.interval`: it is too short"),
        (fault(URL, |it| it.interval = Duration::MAX), "server.otlp.interval`: it is too long"),
        (fault(URL, |it| it.timeout = Duration::ZERO), "server.otlp.timeout`: it is from 1 ms"),
        (fault("http://me:secret@host/", |_| ()), "server.otlp.url`: an address holds no password"),
    ] {
        assert!(told.contains(expected) && !told.contains("secret"), "{told}");
    }
}

#[test]
fn the_heap_to_pyroscope() {
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let (url, received) = receiver(&[]);
    let monitor = monitor(&[
        ("server.pyroscope.url", &format!("{url}/")),
        ("server.pyroscope.interval", "300 ms"),
        ("server.pyroscope.labels", "region=north"),
    ]);
    (0..4).for_each(|_| work());
    let server = memopt_server::start(&monitor).unwrap();
    // An early one may have been taken before blocks were sampled.
    let mut pushed = next(&received);
    let mut profile = Vec::new();
    for _ in 0..20 {
        assert_eq!(pushed.path, "/push.v1.PusherService/Push");
        let all: Value = serde_json::from_slice(&pushed.body).unwrap();
        let series = &all["series"][0];
        let labels: Vec<(&str, &str)> = series["labels"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| (it["name"].as_str().unwrap(), it["value"].as_str().unwrap()))
            .collect();
        let expected = [
            ("__name__", "memory"),
            ("instance", "shop-1"),
            ("region", "north"),
            ("service_name", "shop"),
            ("version", "1.2.3"),
        ];
        assert_eq!(labels, expected);
        let raw = decoded(series["samples"][0]["rawProfile"].as_str().unwrap());
        profile.clear();
        GzDecoder::new(raw.as_slice()).read_to_end(&mut profile).unwrap();
        if texts(&profile).iter().any(|text| text == "push.work") {
            break;
        }
        pushed = next(&received);
    }
    let texts = texts(&profile);
    for wanted in ["inuse_space", "alloc_space", "bytes", "push.work"] {
        assert!(texts.iter().any(|text| text == wanted), "{wanted}: {texts:?}");
    }
    let at = server.address().unwrap();
    wait("it is not counted", || counter(&at, "memopt_push_sent_total{to=\"pyroscope\"}") >= 1.0);
}

/// RFC 4648, by another way than it was written.
fn decoded(text: &str) -> Vec<u8> {
    let value = |letter: u8| match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => panic!("no base64: {letter}"),
    };
    let (mut out, mut bits, mut held) = (Vec::new(), 0, 0_u32);
    for letter in text.bytes().filter(|letter| *letter != b'=') {
        held = held << 6 | u32::from(value(letter));
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((held >> bits) as u8);
        }
    }
    out
}

/// The table of texts of a profile: field 6 of the message.
fn texts(mut profile: &[u8]) -> Vec<String> {
    fn number(bytes: &mut &[u8]) -> u64 {
        let (mut value, mut shift) = (0, 0);
        loop {
            let byte = bytes[0];
            *bytes = &bytes[1..];
            value |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte < 0x80 {
                return value;
            }
        }
    }
    let mut texts = Vec::new();
    while !profile.is_empty() {
        let key = number(&mut profile);
        match key & 7 {
            0 => drop(number(&mut profile)),
            2 => {
                let length = number(&mut profile) as usize;
                if key >> 3 == 6 {
                    texts.push(String::from_utf8(profile[..length].to_vec()).unwrap());
                }
                profile = &profile[length..];
            }
            kind => panic!("no field of a profile is of kind {kind}"),
        }
    }
    texts
}
