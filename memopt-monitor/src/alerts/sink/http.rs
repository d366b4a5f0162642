//! One request at a time, to an address that may fail, be slow or answer wrongly.

use super::SinkError;
use crate::config::Secret;
use std::fs::File;
use std::io::Read as _;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;
use ureq::config::ConfigBuilder;
use ureq::typestate::AgentScope;

/// How much of an answer is looked at, to say what is wrong.
const LOOKED_AT: u64 = 300;

/// How much of an answer that says success is given to who sent.
const ANSWER: u64 = 4 << 10;

/// A longer token is none.
const LONGEST_TOKEN: u64 = 16 << 10;

/// Who is asked, and how.
#[derive(Debug)]
pub struct Client {
    agent: ureq::Agent,
    url: String,
    token: Option<Token>,
}

/// What is sent as `Authorization: Bearer`.
#[derive(Debug)]
#[non_exhaustive]
pub enum Token {
    /// This.
    Text(Secret),
    /// What stands in this file. It is read anew for each request.
    File(PathBuf),
}

impl Token {
    fn read(&self) -> Result<Secret, SinkError> {
        let path = match self {
            Self::Text(secret) => return Ok(secret.clone()),
            Self::File(path) => path,
        };
        let fault = |what: &str| {
            SinkError::again(format!("the token in `{}` cannot be used: {what}", path.display()))
        };
        let mut text = String::new();
        let read =
            File::open(path).and_then(|file| file.take(LONGEST_TOKEN).read_to_string(&mut text));
        read.map_err(|error| fault(&error.to_string()))?;
        let token = text.trim();
        if token.is_empty() || token.chars().any(char::is_control) {
            return Err(fault("it is no single line of text"));
        }
        Ok(Secret::new(token))
    }
}

/// How this address is asked: whoever redirects does not get the token, every status is an answer,
/// and `https` is spoken with the certificates that the system trusts.
///
/// The proxy is the one that the environment names (`HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`,
/// `NO_PROXY`); none for an address of this machine, whatever the environment says.
#[doc(hidden)]
pub fn asking(url: &str) -> ConfigBuilder<AgentScope> {
    let proxy = if is_of_this_machine(url) { None } else { ureq::Proxy::try_from_env() };
    asking_by(url, proxy)
}

fn asking_by(url: &str, proxy: Option<ureq::Proxy>) -> ConfigBuilder<AgentScope> {
    #[cfg(feature = "tls")]
    let is_tls = url.trim_start().starts_with("https://")
        || proxy.as_ref().is_some_and(|proxy| proxy.protocol() == ureq::ProxyProtocol::Https);
    #[cfg(not(feature = "tls"))]
    let _ = url;
    let config = ureq::Agent::config_builder()
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .proxy(proxy)
        .user_agent(concat!("memopt/", env!("CARGO_PKG_VERSION")));
    #[cfg(feature = "tls")]
    if is_tls {
        return config.tls_config(trusted());
    }
    config
}

/// The certificates that the system trusts, or those of `SSL_CERT_FILE`. Where there are none, no
/// handshake goes well, and its error is told.
#[cfg(feature = "tls")]
fn trusted() -> ureq::tls::TlsConfig {
    let found = rustls_native_certs::load_native_certs().certs;
    let roots: Vec<_> =
        found.iter().map(|it| ureq::tls::Certificate::from_der(it).to_owned()).collect();
    ureq::tls::TlsConfig::builder()
        .root_certs(ureq::tls::RootCerts::new_with_certs(&roots))
        .unversioned_rustls_crypto_provider(rustls::crypto::ring::default_provider().into())
        .build()
}

fn is_of_this_machine(url: &str) -> bool {
    let rest = url.trim().split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(inside) => inside.split(']').next(),
        None => authority.split(':').next(),
    };
    let host = host.unwrap_or_default();
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl Client {
    /// One that posts to this address, and waits so long.
    pub fn new(url: &str, timeout: Duration, token: Option<Token>) -> Self {
        let config = asking(url)
            .timeout_global(Some(timeout))
            // A request in minutes: a connection that is kept is closed by the other side.
            .max_idle_connections(0)
            .build();
        Self { agent: ureq::Agent::new_with_config(config), url: url.to_owned(), token }
    }

    /// Scheme and host alone: the path of a webhook may be a secret.
    pub(super) fn place(&self) -> String {
        let (scheme, rest) = self.url.split_once("://").unwrap_or(("http", &self.url));
        format!("{scheme}://{}", rest.split(['/', '?', '#']).next().unwrap_or_default())
    }

    /// Posts JSON.
    pub(super) fn post(&self, body: &str) -> Result<(), SinkError> {
        self.send("application/json", body.as_bytes()).map(drop)
    }

    /// Posts a body of this type. Only an answer of 200 to 299 is success: the first 4 KiB of it.
    ///
    /// # Errors
    ///
    /// Why it was not taken, without secrets, and whether it is worth trying again.
    pub fn send(&self, kind: &str, body: &[u8]) -> Result<String, SinkError> {
        let mut request = self.agent.post(&self.url).header("Content-Type", kind);
        let token = self.token.as_ref().map(Token::read).transpose()?;
        if let Some(token) = &token {
            request = request.header("Authorization", format!("Bearer {}", token.expose()));
        }
        let place = self.place();
        let mut answer = request.send(body).map_err(|error| {
            // Some errors quote the address.
            let what = error.to_string().replace(&self.url, &place);
            SinkError::again(format!("{place} was not reached: {what}"))
        })?;
        let status = answer.status().as_u16();
        let after = answer.headers().get("retry-after").and_then(|value| {
            let seconds = value.to_str().ok()?.trim().parse::<u64>().ok()?;
            Some(Duration::from_secs(seconds.min(3_600)))
        });
        if (200..300).contains(&status) {
            return Ok(text(&mut answer, ANSWER));
        }
        if (300..400).contains(&status) {
            return Err(SinkError::never(format!(
                "{place} answered {status}: it sends requests elsewhere, and they do not follow; \
                 set the address that it means"
            )));
        }
        let mut said =
            text(&mut answer, LOOKED_AT).replace(|letter: char| letter.is_control(), " ");
        if let Some(token) = &token {
            said = said.replace(token.expose(), Secret::SHOWN);
        }
        let said = said.trim();
        let colon = if said.is_empty() { "" } else { ": " };
        let message = format!("{place} answered {status}{colon}{said}");
        // What is wrong with a request is wrong the next time too.
        let again = status >= 500 || matches!(status, 408 | 425 | 429);
        Err(SinkError { message, again, after, status: Some(status) })
    }
}

/// The beginning of an answer; what came of it where it breaks off.
fn text(answer: &mut ureq::http::Response<ureq::Body>, most: u64) -> String {
    let mut bytes = Vec::new();
    let _ = answer.body_mut().as_reader().take(most).read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{asking_by, is_of_this_machine};

    #[test]
    fn addresses_of_this_machine_are_known() {
        for here in
            ["http://localhost:4318/v1", "http://127.0.0.1", "http://[::1]:9090/a", "LocalHost"]
        {
            assert!(is_of_this_machine(here), "{here}");
        }
        for elsewhere in ["http://localhost.example", "http://10.0.0.1:80", "https://[fe80::1]/"] {
            assert!(!is_of_this_machine(elsewhere), "{elsewhere}");
        }
    }

    #[test]
    fn a_proxy_may_speak_https() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("https://{}", listener.local_addr().unwrap());
        // It hangs up in the handshake. The thread ends with the process.
        std::thread::spawn(move || listener.incoming().for_each(drop));
        // Without the feature such a proxy may be refused, but nothing panics.
        let Ok(proxy) = ureq::Proxy::new(&address) else { return };
        for url in ["http://elsewhere.example/", "https://elsewhere.example/"] {
            let config = asking_by(url, Some(proxy.clone())).build();
            let asked = ureq::Agent::new_with_config(config).get(url).call();
            assert!(asked.is_err(), "{url}");
        }
    }
}
