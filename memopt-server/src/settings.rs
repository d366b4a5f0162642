//! What can be set.

use crate::fleet::{self, FleetSource};
use crate::role::Role;
use memopt_monitor::config::{self, Address, Listen, Secret, Token};
use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where the server listens, and who may ask what.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// Where it listens: `127.0.0.1:7700`, a range of ports of which the first free one is taken
    /// (`127.0.0.1:7700-7709`), any free port (`127.0.0.1:0`), or a socket (`unix:/run/shop.sock`).
    pub address: String,
    /// Names by which clients may ask it (`Host`), besides the address and the names of loopback.
    pub hosts: Vec<String>,
    /// The tokens, and the roles they allow. Without a token, whoever reaches the address may do
    /// everything, so an address beyond loopback needs one.
    pub tokens: Vec<(Role, Secret)>,
    /// Whether `/metrics` is served.
    pub metrics: bool,
    /// Tokens that `/metrics` takes besides those above.
    pub metrics_tokens: Vec<Secret>,
    /// Whether `/debug/pprof` is served.
    pub pprof: bool,
    /// Tokens that `/debug/pprof` takes besides those above.
    pub pprof_tokens: Vec<Secret>,
    /// Whether `cargo memopt` finds the server, by a file in the run-time folder.
    pub discovery: bool,
    /// Addresses of Prometheus's HTTP API, for the page of the fleet. A builder begins with those
    /// of `MEMOPT_FLEET`, or of the monitor's settings.
    pub fleet: Vec<FleetSource>,
    /// The certificate for https; without one the server speaks plain HTTP. It needs the feature
    /// `tls`. A mounted router leaves TLS to the service.
    pub tls: Option<Tls>,
    /// Limits of connections and requests.
    pub limits: Limits,
    /// The version of the program, for receivers.
    pub version: Option<String>,
    /// Where metrics are pushed by OTLP; needs the feature `otlp`.
    pub otlp: Option<Push>,
    /// Where heap profiles are pushed, for Pyroscope; needs the feature `pyroscope`.
    pub pyroscope: Option<Push>,
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
            tls: None,
            limits: Limits::default(),
            version: None,
            otlp: None,
            pyroscope: None,
        }
    }
}

/// The files of a certificate. Changed files are read again, within a second of the next
/// connection. If they cannot be used, the old certificate stays, and the fault is reported.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tls {
    /// The certificate of the server and its chain, in PEM, its own first.
    pub certificate_file: PathBuf,
    /// Its private key, in PEM, without a password.
    pub key_file: PathBuf,
}

impl Tls {
    /// A certificate and its key.
    pub fn new(certificate_file: impl Into<PathBuf>, key_file: impl Into<PathBuf>) -> Self {
        Self { certificate_file: certificate_file.into(), key_file: key_file.into() }
    }
}

/// A receiver to which something is pushed in an interval.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Push {
    /// Where: `http://host:port/path`.
    pub url: Address,
    /// The time between two pushes.
    pub interval: Duration,
    /// Sent as `Authorization: Bearer`.
    pub token: Option<Secret>,
    /// A file that holds it. It is read anew for each request.
    pub token_file: Option<PathBuf>,
    /// A request that takes longer has failed.
    pub timeout: Duration,
    /// Pushes that wait to be sent again, at most.
    pub queue: usize,
    /// Labels that are sent too.
    pub labels: BTreeMap<String, String>,
}

impl Push {
    /// A receiver at this address, with the default settings.
    pub fn to(url: impl Into<String>) -> Self {
        Self::with(Address::new(url), config::Push::default())
    }

    fn of(table: &config::Push) -> Option<Self> {
        let url = table.url.clone()?;
        Some(Self::with(url, table.clone()))
    }

    /// The same as a table, which is checked.
    fn table(&self) -> config::Push {
        let mut table = config::Push::default();
        table.url = Some(self.url.clone());
        table.interval = self.interval;
        table.token = self.token.as_ref().map(|token| Token::new(token.expose()));
        table.token_file.clone_from(&self.token_file);
        table.timeout = self.timeout;
        table.queue = self.queue.try_into().unwrap_or(u32::MAX);
        table
    }

    fn with(url: Address, table: config::Push) -> Self {
        Self {
            url,
            interval: table.interval,
            token: table.token.map(|token| token.secret().clone()),
            token_file: table.token_file,
            timeout: table.timeout,
            queue: table.queue as usize,
            labels: table.labels,
        }
    }
}

/// Limits of connections and requests.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Connections at once. Further ones are closed.
    pub connections: usize,
    /// Bytes of the body of a request.
    pub body_bytes: usize,
    /// Bytes of the head of a request.
    pub head_bytes: usize,
    /// Time in which the head of a request must arrive. A connection without a request ends after
    /// it.
    pub head_time: Duration,
    /// Time for one request, except the stream of events and exports.
    pub request_time: Duration,
    /// Time in which a client must take some bytes of an answer.
    pub write_time: Duration,
    /// Requests in a second, averaged over some seconds.
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

impl Limits {
    fn of(table: &config::ServerLimits) -> Self {
        let whole = |bytes: config::Size| usize::try_from(bytes.0).unwrap_or(usize::MAX);
        Self {
            connections: table.connections as usize,
            body_bytes: whole(table.body),
            head_bytes: whole(table.head),
            head_time: table.head_time,
            request_time: table.request_time,
            write_time: table.write_time,
            requests_per_second: table.requests_per_second,
            event_clients: table.event_clients as usize,
        }
    }
}

/// The token that a file holds, without the white space around it.
pub(crate) fn read(path: &Path) -> Result<Secret, SettingsError> {
    let fault = |what: &dyn fmt::Display| {
        SettingsError(format!("the token in `{}` cannot be read: {what}", path.display()))
    };
    let mut text = String::new();
    let file = File::open(path).map_err(|error| fault(&error))?;
    file.take(LONGEST).read_to_string(&mut text).map_err(|error| fault(&error))?;
    let token = text.trim();
    if token.is_empty() || token.chars().any(char::is_control) {
        return Err(fault(&"it is to be one line, and not empty"));
    }
    Ok(Secret::new(token))
}

/// Settings that are not valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError(pub(crate) String);

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SettingsError {}

/// A file of a token holds no more bytes.
const LONGEST: u64 = 4 << 10;

impl Settings {
    /// Those of the table `server` of the monitor's settings.
    pub(crate) fn of(table: &config::Server) -> Result<Self, SettingsError> {
        let mut settings = Self {
            address: table.address.to_string(),
            hosts: table.hosts.clone(),
            metrics: table.metrics,
            pprof: table.pprof,
            discovery: table.discovery,
            fleet: fleet::named(
                &table.fleet,
                table.fleet_token_file.as_deref().map(read).transpose()?,
            ),
            tls: table
                .tls_certificate_file
                .as_ref()
                .zip(table.tls_key_file.as_ref())
                .map(|(certificate, key)| Tls::new(certificate, key)),
            limits: Limits::of(&table.limits),
            otlp: Push::of(&table.otlp),
            pyroscope: Push::of(&table.pyroscope),
            ..Self::default()
        };
        let all = |token: &Option<Token>, file: &Option<PathBuf>| {
            let given = token.iter().map(|token| Ok(token.secret().clone()));
            given.chain(file.iter().map(|path| read(path))).collect::<Result<Vec<_>, _>>()
        };
        for (role, token, file) in [
            (Role::Read, &table.read_token, &table.read_token_file),
            (Role::Operate, &table.operate_token, &table.operate_token_file),
            (Role::Administer, &table.administer_token, &table.administer_token_file),
        ] {
            settings.tokens.extend(all(token, file)?.into_iter().map(|token| (role, token)));
        }
        settings.metrics_tokens = all(&table.metrics_token, &table.metrics_token_file)?;
        settings.pprof_tokens = all(&table.pprof_token, &table.pprof_token_file)?;
        Ok(settings)
    }

    /// Checks all of it.
    pub(crate) fn check(&self) -> Result<Listen, SettingsError> {
        let place: Listen = self.address.parse().map_err(SettingsError)?;
        if place.is_beyond_loopback() && self.tokens.is_empty() {
            return Err(SettingsError(format!(
                "`{}` can be reached from other machines, and there is no token: set one, or \
                 listen on 127.0.0.1",
                self.address
            )));
        }
        if self.tls.is_some() && !cfg!(feature = "tls") {
            return Err(SettingsError(
                "a certificate is set, and the program was built without memopt's feature `tls`: \
                 add it to `Cargo.toml`"
                    .to_owned(),
            ));
        }
        if self.tls.is_some() && matches!(place, Listen::Unix(_)) {
            return Err(SettingsError(format!(
                "`{}` is a socket of this machine, and speaks no TLS: leave the certificate out, \
                 or listen on a port",
                self.address
            )));
        }
        self.check_mounted()?;
        Ok(place)
    }

    /// Checks what a mounted router needs.
    pub(crate) fn check_mounted(&self) -> Result<(), SettingsError> {
        for (name, push, is_there) in [
            ("otlp", &self.otlp, cfg!(feature = "otlp")),
            ("pyroscope", &self.pyroscope, cfg!(feature = "pyroscope")),
        ] {
            if push.is_some() && !is_there {
                return Err(SettingsError(format!(
                    "`server.{name}.url` is set, and the program was built without memopt's \
                     feature `{name}`: add it to `Cargo.toml`"
                )));
            }
            let fault = push.as_ref().and_then(|push| push.table().faults().into_iter().next());
            if let Some((key, message)) = fault {
                return Err(SettingsError(format!("`server.{name}.{key}`: {message}")));
            }
        }
        let tokens = self.tokens.iter().map(|(_, token)| token);
        for token in tokens.chain(&self.metrics_tokens).chain(&self.pprof_tokens) {
            if token.expose().chars().count() < Token::LEAST {
                return Err(SettingsError(format!(
                    "a token has less than {} letters: make one by `openssl rand -hex 24`",
                    Token::LEAST
                )));
            }
        }
        fleet::check(&self.fleet).map_err(SettingsError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_the_monitor_is_what_is_set_by_default() {
        let settings = Settings::of(&config::Server::default()).unwrap();
        assert_eq!(format!("{settings:?}"), format!("{:?}", Settings::default()));
    }

    #[test]
    fn tokens_come_from_files_and_the_environment() {
        let path = std::env::temp_dir().join(format!("memopt-token-{}", std::process::id()));
        std::fs::write(&path, "0123456789abcdef\n").unwrap();
        let mut table = config::Server::default();
        table.read_token_file = Some(path.clone());
        table.operate_token = Some(Token::new("operate-0123456789"));
        let settings = Settings::of(&table).unwrap();
        let tokens: Vec<(Role, &str)> =
            settings.tokens.iter().map(|(role, token)| (*role, token.expose())).collect();
        let expected = [(Role::Read, "0123456789abcdef"), (Role::Operate, "operate-0123456789")];
        assert_eq!(tokens, expected);
        std::fs::write(&path, "two\nlines\n").unwrap();
        let error = Settings::of(&table).unwrap_err().to_string();
        assert!(error.ends_with("cannot be read: it is to be one line, and not empty"), "{error}");
        std::fs::remove_file(path).unwrap();
        assert!(Settings::of(&table).unwrap_err().to_string().contains("No such file"));
    }

    #[test]
    fn beyond_loopback_a_token_is_needed() {
        let mut settings = Settings { address: "0.0.0.0:1".to_owned(), ..Settings::default() };
        let error = settings.check().unwrap_err().to_string();
        assert!(error.contains("there is no token: set one"), "{error}");
        settings.tokens.push((Role::Read, Secret::new("short")));
        assert!(settings.check().unwrap_err().to_string().contains("less than 16 letters"));
        settings.tokens[0].1 = Secret::new("0123456789abcdef");
        assert!(settings.check().is_ok());
    }
}
