//! A client of memopt's server: one request a connection, bounded in time and size.
//!
//! The server speaks HTTP/1.1 over TCP or a Unix socket; TLS is left to a proxy or a tunnel.

use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fmt::{self, Write as _};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::path::PathBuf;
use std::time::Duration;

/// How long the server may take for anything.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of an answer, and of one line of its head.
const MOST: u64 = 32 << 20;
const LINE: u64 = 16 << 10;

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// `host:port`.
    Tcp(String),
    /// A socket file.
    Unix(PathBuf),
}

/// A server, and who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Client {
    place: Place,
    /// What stands before `/api`, where it is mounted somewhere.
    prefix: String,
    token: Option<String>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault(String);

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self(match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => "no answer in 5 s".to_owned(),
            io::ErrorKind::UnexpectedEof => "the answer was cut".to_owned(),
            _ => error.to_string(),
        })
    }
}

impl Client {
    /// That of an address: `http://host:port/prefix`, `host:port` or `unix:/path`.
    pub(crate) fn of(address: &str) -> Result<Self, Fault> {
        let token = std::env::var("MEMOPT_TOKEN").ok().filter(|token| !token.is_empty());
        if token.as_ref().is_some_and(|token| token.contains(['\r', '\n'])) {
            return Err(Fault("MEMOPT_TOKEN holds a line break".to_owned()));
        }
        if let Some(path) = address.strip_prefix("unix:") {
            let place = Place::Unix(PathBuf::from(path));
            return Ok(Self { place, prefix: String::new(), token });
        }
        if address.starts_with("https:") {
            let rest = address.trim_start_matches("https://").split('/').next();
            let host = rest.filter(|it| !it.is_empty()).unwrap_or("host");
            let has_port = host.rsplit(']').next().is_some_and(|it| it.contains(':'));
            let port = if has_port { "" } else { ":443" };
            return Err(Fault(format!(
                "https is not spoken here: let a proxy end TLS, such as `socat \
                 TCP-LISTEN:7701,bind=127.0.0.1,fork OPENSSL:{host}{port}`, and name \
                 `127.0.0.1:7701`"
            )));
        }
        let rest = address.strip_prefix("http://").unwrap_or(address);
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        if host.is_empty() || host.contains(char::is_whitespace) || path.contains([' ', '\r', '\n'])
        {
            return Err(Fault(format!("`{address}` is no address; write `http://host:port`")));
        }
        let after_bracket = host.rsplit(']').next().unwrap_or(host);
        let host = if after_bracket.contains(':') { host.to_owned() } else { format!("{host}:80") };
        let path = path.trim_end_matches('/');
        let prefix = if path.is_empty() { String::new() } else { format!("/{path}") };
        Ok(Self { place: Place::Tcp(host), prefix, token })
    }

    /// Asks for a part of the API: `status`, or `sites?sort=live`.
    pub(crate) fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Fault> {
        read(&self.ask("GET", path, None)?)
    }

    /// Lets the server do something.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Result<Value, Fault> {
        let answer = self.ask("POST", path, Some(body))?;
        if answer.is_empty() { Ok(Value::Null) } else { read(&answer) }
    }

    fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Vec<u8>, Fault> {
        match &self.place {
            Place::Tcp(host) => {
                let addresses = host.to_socket_addrs()?;
                let mut fault = Fault(format!("`{host}` has no address"));
                for address in addresses {
                    match TcpStream::connect_timeout(&address, PATIENCE) {
                        Ok(stream) => {
                            stream.set_read_timeout(Some(PATIENCE))?;
                            stream.set_write_timeout(Some(PATIENCE))?;
                            return self.talk(stream, host, method, path, body);
                        }
                        Err(error) => fault = error.into(),
                    }
                }
                Err(fault)
            }
            #[cfg(unix)]
            Place::Unix(socket) => {
                let stream = std::os::unix::net::UnixStream::connect(socket)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                stream.set_write_timeout(Some(PATIENCE))?;
                self.talk(stream, "localhost", method, path, body)
            }
            #[cfg(not(unix))]
            Place::Unix(_) => Err(Fault("this system has no Unix sockets".to_owned())),
        }
    }

    fn talk(
        &self,
        mut stream: impl Read + Write,
        host: &str,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Vec<u8>, Fault> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut head = format!(
            "{method} {}/api/v1/{path} HTTP/1.1\r\nHost: {host}\r\nAccept: application/json\r\n\
             User-Agent: cargo-memopt\r\nConnection: close\r\n",
            self.prefix
        );
        if let Some(token) = &self.token {
            let _ = write!(head, "Authorization: Bearer {token}\r\n");
        }
        if method != "GET" {
            head.push_str("Content-Type: application/json\r\n");
            let _ = write!(head, "Content-Length: {}\r\n", body.len());
        }
        stream.write_all(format!("{head}\r\n{body}").as_bytes())?;
        answer(BufReader::new(stream))
    }
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(bytes)
        .map_err(|error| Fault(format!("the answer is not memopt's: {error}")))
}

/// Reads an answer of HTTP/1.1 whose connection is closed behind it.
fn answer(mut from: impl BufRead) -> Result<Vec<u8>, Fault> {
    let status = line(&mut from)?;
    let code = status
        .strip_prefix("HTTP/1.")
        .and_then(|rest| rest.split(' ').nth(1)?.parse::<u16>().ok())
        .ok_or_else(|| Fault("no server of HTTP is there".to_owned()))?;
    let (mut length, mut is_chunked) = (None, false);
    for count in 0.. {
        let header = line(&mut from)?;
        if header.is_empty() {
            break;
        }
        if count > 200 {
            return Err(Fault("the answer has too many headers".to_owned()));
        }
        let Some((name, value)) = header.split_once(':') else { continue };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse::<u64>().ok(),
            "transfer-encoding" => is_chunked = value.to_ascii_lowercase().contains("chunked"),
            _ => {}
        }
    }
    let mut body = Vec::new();
    if is_chunked {
        loop {
            let size = line(&mut from)?;
            let size = size.split(';').next().unwrap_or_default().trim();
            let size = u64::from_str_radix(size, 16)
                .map_err(|_| Fault("the answer was cut".to_owned()))?;
            if size == 0 {
                break;
            }
            take(&mut from, size, &mut body)?;
            line(&mut from)?;
        }
    } else if let Some(length) = length {
        take(&mut from, length, &mut body)?;
    } else if code != 204 {
        from.take(MOST + 1).read_to_end(&mut body)?;
        if body.len() as u64 > MOST {
            return Err(too_large());
        }
    }
    if (200..300).contains(&code) {
        return Ok(body);
    }
    let detail = serde_json::from_slice::<Value>(&body)
        .ok()
        .and_then(|problem| problem["detail"].as_str().map(str::to_owned));
    Err(Fault(match (code, detail) {
        (401, _) => "the server wants a token; set MEMOPT_TOKEN".to_owned(),
        (_, Some(detail)) => detail,
        (code, None) => format!("the server answers {code}"),
    }))
}

fn take(from: &mut impl BufRead, size: u64, body: &mut Vec<u8>) -> Result<(), Fault> {
    if size > MOST.saturating_sub(body.len() as u64) {
        return Err(too_large());
    }
    let before = body.len();
    from.take(size).read_to_end(body)?;
    if ((body.len() - before) as u64) < size {
        return Err(Fault("the answer was cut".to_owned()));
    }
    Ok(())
}

fn too_large() -> Fault {
    Fault(format!("the answer is larger than {}", memopt_units::format_size(MOST)))
}

fn line(from: &mut impl BufRead) -> Result<String, Fault> {
    let mut bytes = Vec::new();
    from.take(LINE).read_until(b'\n', &mut bytes)?;
    if bytes.pop() != Some(b'\n') {
        return Err(Fault("the answer was cut".to_owned()));
    }
    if bytes.last() == Some(&b'\r') {
        bytes.pop();
    }
    String::from_utf8(bytes).map_err(|_| Fault("the answer is no HTTP".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str) -> Result<String, String> {
        answer(text.as_bytes())
            .map(|bytes| String::from_utf8(bytes).unwrap())
            .map_err(|fault| fault.to_string())
    }

    #[test]
    fn answers_are_read_in_each_form() {
        let plain = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}more";
        assert_eq!(body(plain).unwrap(), "{}");
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{\"a\r\n4;x\r\n\":1}\r\n0\r\n\r\n";
        assert_eq!(body(chunked).unwrap(), "{\"a\":1}");
        assert_eq!(body("HTTP/1.1 204 No Content\r\n\r\n").unwrap(), "");
        assert_eq!(body("HTTP/1.0 200 OK\r\n\r\nto the end").unwrap(), "to the end");
    }

    #[test]
    fn what_went_wrong_is_said() {
        let cases = [
            ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", "the answer was cut"),
            ("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", "larger than 32 MiB"),
            ("SSH-2.0-x\r\n", "no server of HTTP is there"),
            ("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", "set MEMOPT_TOKEN"),
            (
                "HTTP/1.1 409 Conflict\r\nContent-Length: 25\r\n\r\n{\"detail\":\"no folder yet\"}",
                "the server answers 409",
            ),
            (
                "HTTP/1.1 409 Conflict\r\nContent-Length: 26\r\n\r\n{\"detail\":\"no folder yet\"}",
                "no folder yet",
            ),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "the answer was cut"),
        ];
        for (text, expected) in cases {
            let fault = body(text).unwrap_err();
            assert!(fault.contains(expected), "{fault}");
        }
    }

    #[test]
    fn addresses() {
        let tcp = |address| match Client::of(address).unwrap() {
            Client { place: Place::Tcp(host), prefix, .. } => (host, prefix),
            other => panic!("{other:?}"),
        };
        let pair = |host: &str, prefix: &str| (host.to_owned(), prefix.to_owned());
        assert_eq!(tcp("127.0.0.1:7700"), pair("127.0.0.1:7700", ""));
        assert_eq!(tcp("http://host/a/b/"), pair("host:80", "/a/b"));
        assert_eq!(tcp("http://[::1]:7/"), pair("[::1]:7", ""));
        assert_eq!(tcp("[::1]"), pair("[::1]:80", ""));
        for (address, end) in
            [("https://shop:7700/a", "OPENSSL:shop:7700`"), ("https://[::1]", "OPENSSL:[::1]:443`")]
        {
            let told = Client::of(address).unwrap_err().to_string();
            assert!(told.contains(end), "{told}");
        }
        for wrong in ["", "https://x", "http://", "a b"] {
            assert!(Client::of(wrong).is_err(), "{wrong}");
        }
    }
}
