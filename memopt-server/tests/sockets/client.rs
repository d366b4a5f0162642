//! A client that sends what it is told, byte by byte, and reads one answer.

use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The value of a header, whose name is in small letters.
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {} {:.500}", self.status, self.text()))
    }

    /// A problem with this status, as a document.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json");
        let document = self.json();
        assert_eq!(document["status"], status);
        assert_eq!(document["request_id"], self.header("x-request-id"));
        assert!(document["detail"].as_str().is_some_and(|text| !text.is_empty()));
        document
    }

    /// The JSON of an answer that went well.
    #[track_caller]
    pub(crate) fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text());
        self.json()
    }
}

/// Sends these bytes and reads all that comes until the connection ends.
pub(crate) fn exchange(address: &str, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    // A server that refuses may close before all is sent.
    let _ = stream.write_all(bytes);
    let mut all = Vec::new();
    let _ = stream.read_to_end(&mut all);
    all
}

/// One request with these headers beside `host`.
pub(crate) fn request(
    address: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let mut lines = vec![format!("{method} {path} HTTP/1.1"), "connection: close".to_owned()];
    if !headers.iter().any(|(name, _)| *name == "host") {
        lines.push(format!("host: {address}"));
    }
    lines.extend(headers.iter().map(|(name, value)| format!("{name}: {value}")));
    if !body.is_empty() || method != "GET" {
        lines.push(format!("content-length: {}", body.len()));
    }
    let text = lines.join("\r\n") + "\r\n\r\n" + body;
    let began = Instant::now();
    loop {
        let answer = parse(&exchange(address, text.as_bytes()));
        // Costly work is done one at a time, and who is refused asks again. So does who finds the
        // monitor amid a reading that takes long.
        let is_busy = answer.status == 429 && answer.text().contains("other work of this kind");
        let is_late = answer.status == 503 && answer.text().contains("or a reading takes long");
        if !(is_busy || is_late) || began.elapsed() > PATIENCE {
            return answer;
        }
        assert!(is_late || answer.header("retry-after") == "1");
        sleep(Duration::from_millis(100));
    }
}

pub(crate) fn get(address: &str, path: &str) -> Answer {
    request(address, "GET", path, &[], "")
}

/// What a server that soon leaves slow heads answers. It may leave this client too, where the
/// machine has much to do: it then comes again.
pub(crate) fn get_in_time(address: &str, path: &str) -> Answer {
    let began = Instant::now();
    loop {
        let answer = get(address, path);
        if answer.status != 0 || began.elapsed() > PATIENCE {
            return answer;
        }
    }
}

pub(crate) fn post(address: &str, path: &str, body: &str) -> Answer {
    request(address, "POST", path, &[("content-type", "application/json")], body)
}

/// Reads an answer.
pub(crate) fn parse(bytes: &[u8]) -> Answer {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(bytes.len());
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).unwrap_or(0);
    let pair = |line: &str| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_ascii_lowercase(), value.trim().to_owned()))
    };
    let headers: Vec<(String, String)> = lines.filter_map(pair).collect();
    let mut body = bytes.get(end + 4..).unwrap_or_default().to_vec();
    let is_chunked =
        headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked");
    if is_chunked {
        body = unchunked(&body);
    }
    Answer { status, headers, body }
}

fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    while let Some(end) = rest.windows(2).position(|two| two == b"\r\n") {
        let size = std::str::from_utf8(&rest[..end]).unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            break;
        }
        all.extend_from_slice(&rest[end + 2..end + 2 + size]);
        rest = &rest[end + 4 + size..];
    }
    all
}
