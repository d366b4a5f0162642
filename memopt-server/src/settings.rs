//! What can be set.

use crate::fleet::{self, FleetSource};
use crate::guard::Role;
use memopt_monitor::config::Secret;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// Where the server listens, and who may ask what.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// Where it listens: `127.0.0.1:7700`, a range of ports of which the first free one is taken
    /// (`127.0.0.1:7700-7709`), any free port (`127.0.0.1:0`), or a socket (`unix:/run/shop.sock`).
    pub address: String,
    /// Names by which it may be asked, beside the address and those of loopback: what comes in
    /// `Host`.
    pub hosts: Vec<String>,
    /// The tokens, and what they allow. Without one everybody who reaches the address may do
    /// everything, so an address beyond loopback needs one.
    pub tokens: Vec<(Role, Secret)>,
    /// Whether `/metrics` is served.
    pub metrics: bool,
    /// Tokens that `/metrics` takes beside those above.
    pub metrics_tokens: Vec<Secret>,
    /// Whether `/debug/pprof` is served.
    pub pprof: bool,
    /// Tokens that `/debug/pprof` takes beside those above.
    pub pprof_tokens: Vec<Secret>,
    /// Whether a file in the run-time folder tells the command line where the server is.
    pub discovery: bool,
    /// Where Prometheus's HTTP API is, which the page of the fleet is read from. A server that is
    /// built begins with what `MEMOPT_FLEET` names.
    pub fleet: Vec<FleetSource>,
    /// What one server takes at most.
    pub limits: Limits,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            address: "127.0.0.1:7700-7709".to_owned(),
            hosts: Vec::new(),
            tokens: Vec::new(),
            metrics: true,
            metrics_tokens: Vec::new(),
            pprof: true,
            pprof_tokens: Vec::new(),
            discovery: true,
            fleet: Vec::new(),
            limits: Limits::default(),
        }
    }
}

/// What one server takes at most.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Connections at once. Further ones are closed.
    pub connections: usize,
    /// Bytes of the body of a request.
    pub body_bytes: usize,
    /// Bytes of the head of a request.
    pub head_bytes: usize,
    /// Time in which the head of a request must come, and a connection without one ends.
    pub head_time: Duration,
    /// Time for one request, the stream of events and exports apart.
    pub request_time: Duration,
    /// Time in which a client must take some bytes of an answer.
    pub write_time: Duration,
    /// Requests in a second, over some seconds.
    pub requests_per_second: u32,
    /// Clients of the stream of events at once.
    pub event_clients: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 512,
            body_bytes: 1 << 20,
            head_bytes: 32 << 10,
            head_time: Duration::from_secs(10),
            request_time: Duration::from_secs(30),
            write_time: Duration::from_secs(20),
            requests_per_second: 1_000,
            event_clients: 256,
        }
    }
}

/// Settings that cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError(String);

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SettingsError {}

/// Where to listen, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The first free of these ports.
    Tcp { ip: IpAddr, first: u16, last: u16 },
    /// A socket in the file system.
    Unix(PathBuf),
}

impl Place {
    fn parse(text: &str) -> Result<Self, SettingsError> {
        if let Some(path) = text.strip_prefix("unix:") {
            if path.is_empty() {
                return Err(SettingsError("`unix:` needs the path of a socket".to_owned()));
            }
            return Ok(Self::Unix(path.into()));
        }
        let fault = || {
            SettingsError(format!(
                "`{text}` is no address: write `127.0.0.1:7700`, `127.0.0.1:7700-7709`, `[::1]:0` \
                 or `unix:/path`"
            ))
        };
        let (start, last) = match text.rsplit_once('-') {
            Some((start, last)) => (start, Some(last.parse().map_err(|_| fault())?)),
            None => (text, None),
        };
        let start = start.replacen("localhost:", "127.0.0.1:", 1);
        let start: SocketAddr = start.parse().map_err(|_| fault())?;
        let (first, last) = (start.port(), last.unwrap_or(start.port()));
        if last < first || (first == 0 && last > 0) {
            return Err(fault());
        }
        Ok(Self::Tcp { ip: start.ip(), first, last })
    }

    fn is_beyond_loopback(&self) -> bool {
        matches!(self, Self::Tcp { ip, .. } if !ip.is_loopback())
    }
}

/// Letters that a token must have at least.
const TOKEN: usize = 16;

impl Settings {
    /// Checks all of it.
    pub(crate) fn check(&self) -> Result<Place, SettingsError> {
        let place = Place::parse(&self.address)?;
        if place.is_beyond_loopback() && self.tokens.is_empty() {
            return Err(SettingsError(format!(
                "`{}` can be reached from other machines, and there is no token: set one, or \
                 listen on 127.0.0.1",
                self.address
            )));
        }
        self.check_mounted()?;
        Ok(place)
    }

    /// Checks what a mounted router needs.
    pub(crate) fn check_mounted(&self) -> Result<(), SettingsError> {
        let tokens = self.tokens.iter().map(|(_, token)| token);
        for token in tokens.chain(&self.metrics_tokens).chain(&self.pprof_tokens) {
            if token.expose().len() < TOKEN {
                return Err(SettingsError(format!(
                    "a token has less than {TOKEN} letters: make one by `openssl rand -hex 24`"
                )));
            }
        }
        fleet::check(&self.fleet).map_err(SettingsError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> Result<Place, SettingsError> {
        Settings { address: text.to_owned(), ..Settings::default() }.check()
    }

    #[test]
    fn addresses_are_read() {
        let tcp = |ip: &str, first, last| Place::Tcp { ip: ip.parse().unwrap(), first, last };
        assert_eq!(place("127.0.0.1:0"), Ok(tcp("127.0.0.1", 0, 0)));
        assert_eq!(place("localhost:7700-7709"), Ok(tcp("127.0.0.1", 7700, 7709)));
        assert_eq!(place("[::1]:80"), Ok(tcp("::1", 80, 80)));
        assert_eq!(place("unix:/run/x"), Ok(Place::Unix("/run/x".into())));
        for wrong in ["7700", "127.0.0.1:9-8", "127.0.0.1:0-9", "unix:", "shop:80", ""] {
            assert!(place(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn beyond_loopback_a_token_is_needed() {
        let error = place("0.0.0.0:7700").unwrap_err().to_string();
        assert!(error.contains("there is no token: set one"), "{error}");
        let mut settings = Settings { address: "0.0.0.0:1".to_owned(), ..Settings::default() };
        settings.tokens.push((Role::Read, Secret::new("short")));
        assert!(settings.check().unwrap_err().to_string().contains("less than 16 letters"));
        settings.tokens[0].1 = Secret::new("0123456789abcdef");
        assert!(settings.check().is_ok());
    }
}
