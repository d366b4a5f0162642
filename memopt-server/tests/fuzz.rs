//! Queries, paths and bodies that nobody means: each is answered, none by a fault of ours.
//!
//! `MEMOPT_SEED` and `MEMOPT_CASES` choose others.
#![forbid(unsafe_code)]

#[path = "sockets/client.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod client;

use memopt_monitor::Monitor;
use memopt_server::builder;
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

/// Numbers that are the same for the same seed.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        // Marsaglia's xorshift.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn one<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }
}

/// Values of parameters and members: what fits somewhere, and what fits nowhere.
const VALUES: [&str; 34] = [
    "0",
    "1",
    "-1",
    "50",
    "1000",
    "1001",
    "18446744073709551616",
    "-9223372036854775808",
    "1e308",
    "NaN",
    "inf",
    "0.5",
    "15m",
    "1s",
    "30d",
    "99999999999d",
    "1%C2%B5s",
    "",
    "true",
    "null",
    "desc",
    "asc",
    "live",
    "allocated",
    "heap",
    "scopes",
    "json",
    "csv",
    "svg",
    "process.resident",
    "%00",
    "%ff%fe",
    "%E2%98%83",
    "a&b=c",
];

/// Texts of bodies.
const BODIES: [&str; 16] = [
    "",
    "{}",
    "[]",
    "null",
    "{",
    "{\"why\":1}",
    "{\"kind\":\"heap\",\"why\":\"\"}",
    "{\"mode\":\"exact\",\"interval_bytes\":-1}",
    "{\"matchers\":[\"=\"],\"duration_ms\":0}",
    "{\"duration_ms\":1e99}",
    "{\"by\":\"\\ud800\"}",
    "[monitoring]\ninterval = \"0 s\"\n",
    "[[alerts.rules]]\nname = \"x\"\n",
    "a = [",
    "{\"definition\":\"\",\"from\":-1}",
    "\u{1}\u{7f}",
];

/// A method, a path, and the names of its parameters.
type Route = (String, String, Vec<String>);

/// The text of a request.
fn case(chance: &mut Chance, routes: &[Route], at: &str) -> String {
    let (method, path, names) = &routes[chance.below(routes.len())];
    let mut path = path.clone();
    while let (Some(start), Some(end)) = (path.find('{'), path.find('}')) {
        path.replace_range(
            start..=end,
            chance.one(&["77", "x", "a%20b", "%F0%9F%92%A3", "~", "0"]),
        );
    }
    for n in 0..chance.below(5) {
        path.push(if n == 0 { '?' } else { '&' });
        let known = names.get(chance.below(names.len().max(1))).map(String::as_str);
        path.push_str(if chance.below(8) == 0 { "%5B%5D" } else { known.unwrap_or("x") });
        path.push('=');
        match chance.below(40) {
            0 => path.push_str(&"long".repeat(600)),
            1 => path.push('%'),
            _ => path.push_str(chance.one(&VALUES)),
        }
    }
    if method == "GET" {
        return format!("GET {path} HTTP/1.1\r\nhost: {at}\r\n\r\n");
    }
    let mut body = chance.one(&BODIES).to_owned();
    if chance.below(6) == 0 {
        body.push_str(&chance.one(&BODIES).repeat(3));
    }
    let kind = chance.one(&["application/json", "application/json", "text/plain", "a/b", ";"]);
    let more = if chance.below(3) == 0 { "if-match: \"x\"\r\n" } else { "" };
    let head = format!("{method} {path} HTTP/1.1\r\nhost: {at}\r\ncontent-type: {kind}\r\n{more}");
    format!("{head}content-length: {}\r\n\r\n{body}", body.len())
}

/// One answer: its status, its head and its body; whether the connection is kept. None where the
/// connection was closed before the request was read.
fn answer(stream: &mut TcpStream) -> Option<(u16, String, Vec<u8>, bool)> {
    let (mut all, mut part) = (Vec::new(), vec![0; 1 << 16]);
    loop {
        let read = stream.read(&mut part).unwrap_or(0);
        all.extend_from_slice(&part[..read]);
        let Some(end) = all.windows(4).position(|four| four == b"\r\n\r\n") else {
            if read == 0 {
                assert!(all.is_empty(), "the connection ended amid the head of an answer");
                return None;
            }
            continue;
        };
        let head = String::from_utf8_lossy(&all[..end]).to_ascii_lowercase();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length = length.map(|it| it.parse::<usize>().unwrap());
        let is_whole = match length {
            Some(length) => all.len() >= end + 4 + length,
            None if head.contains("transfer-encoding: chunked") => all.ends_with(b"0\r\n\r\n"),
            None => true,
        };
        if is_whole || read == 0 {
            let is_kept = is_whole && !head.contains("connection: close");
            return Some((status, head, all[end + 4..].to_vec(), is_kept));
        }
    }
}

#[test]
fn whatever_is_asked_is_answered() {
    let number = |name: &str, otherwise: u64| {
        std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
    };
    let (seed, cases) = (number("MEMOPT_SEED", 0x5eed), number("MEMOPT_CASES", 2_000));
    let folder = std::env::temp_dir().join(format!("memopt-fuzz-{}", std::process::id()));
    // A process that ended may have had the same number.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let monitor = Monitor::builder().folder(&folder).start().unwrap();
    let server = builder(&monitor).address("127.0.0.1:0").configure(|settings| {
        settings.limits.requests_per_second = 1_000_000;
        // A connection that is kept is not left between two cases, however long one takes.
        settings.limits.head_time = Duration::from_secs(600);
        settings.limits.write_time = Duration::from_secs(600);
    });
    let server = server.start().unwrap();
    let at = server.address().unwrap();
    let began = Instant::now();
    while monitor.published().is_none() {
        assert!(began.elapsed() < Duration::from_secs(60), "nothing is read");
        std::thread::sleep(Duration::from_millis(20));
    }
    let description: Value = serde_json::from_str(&memopt_server::openapi()).unwrap();
    let mut routes = Vec::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, route) in item.as_object().unwrap() {
            let names = route["parameters"].as_array().into_iter().flatten();
            let names = names.filter(|it| it["in"] == "query");
            let names = names.map(|it| it["name"].as_str().unwrap().to_owned()).collect();
            // Its answer never ends.
            if path != "/api/v1/events" {
                routes.push((method.to_uppercase(), path.clone(), names));
            }
        }
    }
    let mut chance = Chance(seed | 1);
    let connect = || {
        let stream = TcpStream::connect(&at).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream
    };
    let mut stream = connect();
    let mut statuses = std::collections::BTreeMap::<u16, usize>::new();
    for n in 0..cases {
        let text = case(&mut chance, &routes, &at);
        let ask = |stream: &mut TcpStream| {
            // It fails where the server has closed a connection that was kept.
            let _ = stream.write_all(text.as_bytes());
            answer(stream)
        };
        let (status, head, body, is_kept) = ask(&mut stream).unwrap_or_else(|| {
            stream = connect();
            ask(&mut stream).expect("the connection ended without an answer")
        });
        let told = || format!("case {n} of seed {seed}: {status}\n{text}\n{head}");
        *statuses.entry(status).or_default() += 1;
        assert!(status < 500 || status == 503, "{}", told());
        // What is no HTTP is answered before there is a document.
        if status >= 400 && !body.is_empty() {
            assert!(head.contains("content-type: application/problem+json"), "{}", told());
            let document: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(document["status"], status, "{}", told());
            assert!(document["detail"].as_str().is_some_and(|it| !it.is_empty()), "{}", told());
        }
        if !is_kept {
            stream = connect();
        }
    }
    println!("{cases} cases: {statuses:?}");
    let fine: usize = statuses.range(..300).map(|(_, n)| n).sum();
    assert!(fine > cases as usize / 20, "hardly any case is one that is meant: {statuses:?}");
    assert_eq!(client::get(&at, "/livez").status, 200);
    drop((server, monitor));
    std::fs::remove_dir_all(&folder).unwrap();
}
