//! The names by which the server may be asked. A page of another name that was made to resolve to
//! this machine (DNS rebinding) sends that name.

use crate::problem::Problem;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use std::net::IpAddr;

/// The names.
#[derive(Clone, Debug)]
pub(crate) struct Hosts {
    names: Vec<String>,
}

/// Names of this machine that no other machine's name server can give away.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

impl Hosts {
    /// Those of loopback, the address that is listened on, and those of the settings.
    pub(crate) fn new(bound: Option<IpAddr>, more: &[String]) -> Self {
        let mut names: Vec<String> = LOOPBACK.map(str::to_owned).into();
        names.extend(bound.filter(|ip| !ip.is_unspecified()).map(|ip| ip.to_string()));
        names.extend(more.iter().map(|name| without_port(name).to_ascii_lowercase()));
        Self { names }
    }

    /// Refuses a request for another name, and one without.
    pub(crate) fn check(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
        let mut given = headers.get_all(header::HOST).iter();
        let host = given.next().and_then(|host| host.to_str().ok());
        let Some(host) = host.filter(|_| given.next().is_none()) else {
            return Err(Problem::new(StatusCode::BAD_REQUEST, "one `Host` is needed"));
        };
        let authority = uri.authority().map(axum::http::uri::Authority::as_str);
        if self.knows(host) && authority.is_none_or(|it| self.knows(it)) {
            return Ok(());
        }
        let detail = format!(
            "`{}` is no name of this server: add it to its `hosts`",
            host.chars().take(100).collect::<String>()
        );
        Err(Problem::new(StatusCode::MISDIRECTED_REQUEST, detail))
    }

    fn knows(&self, host: &str) -> bool {
        let name = without_port(host);
        self.names.iter().any(|known| known.eq_ignore_ascii_case(name))
    }
}

/// The name of `name:port`, `[::1]:port` or `name`.
fn without_port(host: &str) -> &str {
    let is_port = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let closed = host.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    if let Some((name, rest)) = closed {
        let fits = rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port);
        return if fits && name.contains(':') { name } else { host };
    }
    match host.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') && is_port(port) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(hosts: &[&str]) -> u16 {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(header::HOST, host.parse().unwrap());
        }
        let known = Hosts::new(Some("10.0.0.7".parse().unwrap()), &["Shop.example:80".to_owned()]);
        known.check(&Uri::from_static("/"), &headers).map_or_else(|it| it.status.as_u16(), |()| 200)
    }

    #[test]
    fn known_names_pass_with_any_port() {
        for fine in
            ["localhost", "LOCALHOST:7700", "127.0.0.1:1", "[::1]:80", "10.0.0.7", "shop.example"]
        {
            assert_eq!(check(&[fine]), 200, "{fine}");
        }
    }

    #[test]
    fn others_and_none_do_not() {
        for wrong in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.nip.io",
            "",
            "[::1",
            "[::1]evil.example",
            "[::1]:80.evil.example",
            "[localhost]",
        ] {
            assert_eq!(check(&[wrong]), 421, "{wrong}");
        }
        assert_eq!(check(&[]), 400);
        assert_eq!(check(&["localhost", "localhost"]), 400);
    }
}
