//! Where the fleet is read from: addresses of Prometheus's HTTP API, by settings or environment.

use memopt_monitor::config::{Address, Secret};

/// The variable that names addresses where the program names none.
const VARIABLE: &str = "MEMOPT_FLEET";
/// The variable of the token that all of them get.
const TOKEN: &str = "MEMOPT_FLEET_TOKEN";
/// Addresses at most: each has a thread of its own.
const MOST: usize = 16;

/// A server that speaks Prometheus's HTTP API.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FleetSource {
    /// Where it is, with the path in front of `/api/v1/query` if there is one:
    /// `http://prometheus:9090`.
    pub address: String,
    /// The token that is sent as `Authorization: Bearer ..`.
    pub token: Option<Secret>,
}

impl FleetSource {
    /// The API at this address, without a token.
    pub fn new(address: impl Into<String>) -> Self {
        Self { address: address.into(), token: None }
    }

    /// The same with a token.
    #[must_use]
    pub fn with_token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(Secret::new(token));
        self
    }
}

/// What the environment names; where it names nothing, these addresses of the settings. A token of
/// the environment wins over that of the file, which is for the file's addresses alone. What is
/// wrong is found by [`check`].
pub(crate) fn named(addresses: &[Address], token: Option<Secret>) -> Vec<FleetSource> {
    let read = |name| std::env::var(name).ok().filter(|text| !text.trim().is_empty());
    chosen(addresses, token, read)
}

fn chosen(
    addresses: &[Address],
    token: Option<Secret>,
    read: impl Fn(&'static str) -> Option<String>,
) -> Vec<FleetSource> {
    let own = read(TOKEN).map(|text| Secret::new(text.trim()));
    let source = |address: &str, token: &Option<Secret>| FleetSource {
        address: address.to_owned(),
        token: token.clone(),
    };
    if let Some(text) = read(VARIABLE) {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(|address| source(address, &own)).collect()
    } else {
        let token = own.or(token);
        addresses.iter().map(|address| source(address.expose(), &token)).collect()
    }
}

/// Refuses addresses that cannot be asked.
pub(crate) fn check(sources: &[FleetSource]) -> Result<(), String> {
    if sources.len() > MOST {
        return Err(format!(
            "the fleet has {} addresses and may have {MOST}: name one Prometheus that knows all",
            sources.len()
        ));
    }
    sources.iter().try_for_each(check_one)
}

fn check_one(source: &FleetSource) -> Result<(), String> {
    let text = source.address.trim();
    // A password in an address would be shown where the address is.
    if text.contains('@') {
        return Err("an address of the fleet holds a name or a password: leave it out, and set \
                    the token of the source"
            .to_owned());
    }
    let secured = text.strip_prefix("https://");
    if secured.is_some() && !cfg!(feature = "tls") {
        return Err(format!(
            "`{text}`: https needs memopt's feature `tls`: add it to `Cargo.toml`, or name a proxy \
             on loopback"
        ));
    }
    let rest = secured.or_else(|| text.strip_prefix("http://")).unwrap_or_default();
    let host = rest.split('/').next().unwrap_or_default();
    let is_plain = !rest.contains(['?', '#', ' ']) && !rest.chars().any(char::is_control);
    if host.is_empty() || host.starts_with(':') || !is_plain {
        return Err(format!(
            "`{text}` is no address of a Prometheus: write `http://prometheus:9090`"
        ));
    }
    let is_line = |token: &Secret| !token.expose().chars().any(|it| it.is_control() || it == ' ');
    if !source.token.as_ref().is_none_or(is_line) {
        return Err(format!("the token for `{text}` is no single word: take one without spaces"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_replaces_the_settings() {
        let of_file = [Address::new("http://c:9090")];
        let all = |text: &'static str, token: &'static str| {
            let read = move |name| {
                let value = if name == VARIABLE { text } else { token };
                Some(value.to_owned()).filter(|value| !value.is_empty())
            };
            chosen(&of_file, Some(Secret::new("of the file")), read)
        };
        let expected = [
            FleetSource::new("http://a:9090").with_token("t"),
            FleetSource::new("http://b/prom/").with_token("t"),
        ];
        assert_eq!(all(" http://a:9090, ,http://b/prom/ ", "t"), expected);
        assert_eq!(all("", ""), [FleetSource::new("http://c:9090").with_token("of the file")]);
        // The token of the file is not for addresses that the environment names.
        assert_eq!(all("http://a:9090", ""), [FleetSource::new("http://a:9090")]);
        assert_eq!(all("", "t"), [FleetSource::new("http://c:9090").with_token("t")]);
        assert!(chosen(&[], None, |_| None).is_empty());
    }

    #[test]
    fn what_cannot_be_asked_is_refused_with_the_remedy() {
        let fault = |address: &str| check(&[FleetSource::new(address)]).unwrap_err();
        for wrong in ["prometheus:9090", "http://", "http://:9090", "http://a?b", "ftp://a", "a b"]
        {
            assert!(fault(wrong).ends_with("write `http://prometheus:9090`"), "{wrong}");
        }
        if cfg!(feature = "tls") {
            assert_eq!(check(&[FleetSource::new("https://a")]), Ok(()));
        } else {
            assert!(fault("https://a").contains("needs memopt's feature `tls`"));
        }
        let secret = fault("http://me:word@a");
        assert!(secret.contains("set the token of the source") && !secret.contains("word@"));
        let spaced = FleetSource::new("http://a").with_token("a b");
        assert!(check(&[spaced]).unwrap_err().contains("without spaces"));
        let many = vec![FleetSource::new("http://a"); MOST + 1];
        assert!(check(&many).unwrap_err().contains("17 addresses and may have 16"));
        assert_eq!(check(&[FleetSource::new("http://[::1]:9090/a/b/")]), Ok(()));
    }
}
