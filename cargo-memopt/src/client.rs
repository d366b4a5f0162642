//! A client of memopt's server: one request a connection, bounded in time and size.
//!
//! It speaks HTTP/1.1 over TCP, over a Unix socket, and with the feature `tls` over TLS.

mod answer;
mod fault;
#[cfg(feature = "tls")]
mod tls;
mod trust;

pub(crate) use self::fault::Fault;
pub(crate) use self::trust::Trust;

use self::answer::answer;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fmt::Write as _;
use std::io::{BufReader, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs};
use std::path::PathBuf;
use std::time::Duration;

/// How long the server may take for anything.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where a server listens.
#[derive(Clone, Debug)]
enum Place {
    /// `host:port`.
    Tcp(String),
    /// The same, with TLS.
    #[cfg(feature = "tls")]
    Tls(String, tls::Tls),
    /// A socket file.
    Unix(PathBuf),
}

/// A server, and who asks.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    place: Place,
    /// What the server is called in a request.
    host: String,
    /// What stands before `/api`, where it is mounted somewhere.
    prefix: String,
    token: Option<String>,
}

impl Client {
    /// That of an address: `http://host:port/prefix`, `https://host:port`, `host:port` or
    /// `unix:/path`.
    pub(crate) fn of(address: &str, trust: &Trust) -> Result<Self, Fault> {
        let token = std::env::var("MEMOPT_TOKEN").ok().filter(|token| !token.is_empty());
        if token.as_ref().is_some_and(|token| token.contains(['\r', '\n'])) {
            return Err(Fault::new("MEMOPT_TOKEN holds a line break"));
        }
        let https = address.get(..8).filter(|start| start.eq_ignore_ascii_case("https://"));
        if https.is_none() && !trust.is_default() {
            return Err(Fault::new(format_args!(
                "--ca and --server-name are for https, and `{address}` is spoken to without it"
            )));
        }
        if let Some(path) = address.strip_prefix("unix:") {
            let (place, host) = (Place::Unix(PathBuf::from(path)), "localhost".to_owned());
            return Ok(Self { place, host, prefix: String::new(), token });
        }
        let rest = match https {
            Some(start) => &address[start.len()..],
            None => address.strip_prefix("http://").unwrap_or(address),
        };
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let odd = |c: char| c.is_whitespace() || c.is_control();
        if host.is_empty() || host.contains(odd) || path.contains(odd) {
            return Err(Fault::new(format_args!(
                "`{address}` is no address; write `http://host:port`"
            )));
        }
        let at = reachable(host, if https.is_some() { 443 } else { 80 });
        let path = path.trim_end_matches('/');
        let prefix = if path.is_empty() { String::new() } else { format!("/{path}") };
        if https.is_some() {
            return Self::secured(at, prefix, token, trust);
        }
        Ok(Self { place: Place::Tcp(at.clone()), host: at, prefix, token })
    }

    #[cfg(feature = "tls")]
    fn secured(
        at: String,
        prefix: String,
        token: Option<String>,
        trust: &Trust,
    ) -> Result<Self, Fault> {
        let (name, port) = at.rsplit_once(':').unwrap_or((&at, "443"));
        let name = trust.server_name.as_deref().unwrap_or(name);
        let tls = tls::Tls::new(name.trim_matches(['[', ']']), trust)?;
        let host = format!("{name}:{port}");
        Ok(Self { place: Place::Tls(at, tls), host, prefix, token })
    }

    #[cfg(not(feature = "tls"))]
    #[expect(clippy::needless_pass_by_value, reason = "with the feature they are kept")]
    fn secured(at: String, _: String, _: Option<String>, _: &Trust) -> Result<Self, Fault> {
        Err(Fault::new(format_args!(
            "`{at}` speaks https, and this command was built without it; install it by `cargo \
             install cargo-memopt --features tls`, which needs a C compiler"
        )))
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
            Place::Tcp(at) => self.talk(connect(at)?, method, path, body),
            #[cfg(feature = "tls")]
            Place::Tls(at, tls) => self.talk(tls.shake(connect(at)?)?, method, path, body),
            #[cfg(unix)]
            Place::Unix(socket) => {
                let stream = std::os::unix::net::UnixStream::connect(socket)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                stream.set_write_timeout(Some(PATIENCE))?;
                self.talk(stream, method, path, body)
            }
            #[cfg(not(unix))]
            Place::Unix(socket) => {
                let socket = socket.display();
                Err(Fault::new(format!("this system has no Unix sockets, as `{socket}` is one")))
            }
        }
    }

    fn talk(
        &self,
        mut stream: impl Read + Write,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Vec<u8>, Fault> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut head = format!(
            "{method} {}/api/v1/{path} HTTP/1.1\r\nHost: {}\r\nAccept: application/json\r\n\
             User-Agent: cargo-memopt\r\nConnection: close\r\n",
            self.prefix, self.host
        );
        if let Some(token) = &self.token {
            let _ = write!(head, "Authorization: Bearer {token}\r\n");
        }
        if method != "GET" {
            head.push_str("Content-Type: application/json\r\n");
            let _ = write!(head, "Content-Length: {}\r\n", body.len());
        }
        stream.write_all(format!("{head}\r\n{body}").as_bytes())?;
        // TLS keeps what is written until it is told.
        stream.flush()?;
        answer(BufReader::new(stream))
    }
}

/// `host:port`. A server that listens on every address of its machine tells of the one that stands
/// for all; it is asked on loopback, the name that it always has.
fn reachable(host: &str, port: u16) -> String {
    let after_bracket = host.rsplit(']').next().unwrap_or(host);
    let at = if after_bracket.contains(':') { host.to_owned() } else { format!("{host}:{port}") };
    match at.parse::<SocketAddr>() {
        Ok(SocketAddr::V4(any)) if any.ip().is_unspecified() => {
            SocketAddr::from((Ipv4Addr::LOCALHOST, any.port())).to_string()
        }
        Ok(SocketAddr::V6(any)) if any.ip().is_unspecified() => {
            SocketAddr::from((Ipv6Addr::LOCALHOST, any.port())).to_string()
        }
        _ => at,
    }
}

/// The first address of a name that is there.
fn connect(host: &str) -> Result<TcpStream, Fault> {
    let mut fault = Fault::new(format_args!("`{host}` has no address"));
    for address in host.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(stream) => {
                stream.set_read_timeout(Some(PATIENCE))?;
                stream.set_write_timeout(Some(PATIENCE))?;
                return Ok(stream);
            }
            Err(error) => fault = error.into(),
        }
    }
    Err(fault)
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(bytes)
        .map_err(|error| Fault::new(format_args!("the answer is not memopt's: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(address: &str) -> Result<Client, Fault> {
        Client::of(address, &Trust::default())
    }

    #[test]
    fn addresses() {
        let tcp = |address| match of(address).unwrap() {
            Client { place: Place::Tcp(at), host, prefix, .. } => {
                assert_eq!(at, host);
                (host, prefix)
            }
            other => panic!("{other:?}"),
        };
        let pair = |host: &str, prefix: &str| (host.to_owned(), prefix.to_owned());
        assert_eq!(tcp("127.0.0.1:7700"), pair("127.0.0.1:7700", ""));
        assert_eq!(tcp("http://host/a/b/"), pair("host:80", "/a/b"));
        assert_eq!(tcp("http://[::1]:7/"), pair("[::1]:7", ""));
        assert_eq!(tcp("[::1]"), pair("[::1]:80", ""));
        for wrong in ["", "https://", "http://", "a b", "a\u{7f}b"] {
            assert!(of(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_server_on_every_address_is_asked_on_loopback() {
        for (told, asked) in [
            ("0.0.0.0:7700", "127.0.0.1:7700"),
            ("[::]:7700", "[::1]:7700"),
            ("10.0.0.7:80", "10.0.0.7:80"),
        ] {
            assert_eq!(of(told).unwrap().host, asked);
        }
    }

    #[test]
    fn what_is_trusted_is_said_of_https_alone() {
        let trust = Trust { server_name: Some("shop.example".to_owned()), ..Trust::default() };
        for address in ["127.0.0.1:7700", "http://shop.example", "unix:/run/shop.sock"] {
            let told = Client::of(address, &trust).unwrap_err().to_string();
            assert!(told.starts_with("--ca and --server-name are for https"), "{told}");
        }
    }

    #[test]
    #[cfg(not(feature = "tls"))]
    fn without_tls_the_remedy_is_told() {
        let told = of("https://shop/a").unwrap_err().to_string();
        assert!(told.starts_with("`shop:443` speaks https"), "{told}");
        assert!(told.contains("cargo install cargo-memopt --features tls"), "{told}");
    }
}
