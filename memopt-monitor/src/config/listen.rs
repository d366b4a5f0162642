//! Where a server listens.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

/// An address to listen on. Its text is `127.0.0.1:7700`, `127.0.0.1:7700-7709`, `[::1]:0` or
/// `unix:/path`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// The first free one of these ports; port 0 is any free one.
    Tcp {
        /// The address.
        ip: IpAddr,
        /// The first port.
        first: u16,
        /// The last port.
        last: u16,
    },
    /// A socket in the file system.
    Unix(PathBuf),
}

impl Listen {
    /// Loopback, the first free port from 7700 to 7709.
    pub const USUAL: Self =
        Self::Tcp { ip: IpAddr::V4(Ipv4Addr::LOCALHOST), first: 7700, last: 7709 };

    /// Whether other machines reach it.
    pub fn is_beyond_loopback(&self) -> bool {
        matches!(self, Self::Tcp { ip, .. } if !ip.is_loopback())
    }
}

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("unix:") {
            if path.is_empty() {
                return Err("`unix:` needs the path of a socket".to_owned());
            }
            return Ok(Self::Unix(path.into()));
        }
        let fault = || {
            format!(
                "`{text}` is no address: write `127.0.0.1:7700`, `127.0.0.1:7700-7709`, `[::1]:0` \
                 or `unix:/path`"
            )
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
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { ip, first, last } => {
                SocketAddr::new(*ip, *first).fmt(f)?;
                if last == first { Ok(()) } else { write!(f, "-{last}") }
            }
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_written() {
        let tcp = |ip: &str, first, last| Listen::Tcp { ip: ip.parse().unwrap(), first, last };
        for (text, listen) in [
            ("127.0.0.1:0", tcp("127.0.0.1", 0, 0)),
            ("127.0.0.1:7700-7709", Listen::USUAL),
            ("[::1]:80", tcp("::1", 80, 80)),
            ("unix:/run/x", Listen::Unix("/run/x".into())),
        ] {
            assert_eq!(text.parse(), Ok(listen.clone()));
            assert_eq!(listen.to_string(), text);
        }
        assert_eq!("localhost:7700-7709".parse(), Ok(Listen::USUAL));
        for wrong in ["7700", "127.0.0.1:9-8", "127.0.0.1:0-9", "unix:", "shop:80", ""] {
            assert!(wrong.parse::<Listen>().is_err(), "{wrong}");
        }
        assert!("0.0.0.0:1".parse::<Listen>().unwrap().is_beyond_loopback());
        assert!(!Listen::Unix("/x".into()).is_beyond_loopback());
    }
}
