//! Tokens and passwords, and addresses that hold some.

use std::fmt;

/// A text that is never printed: neither `Debug`, nor messages, nor bundles show it.
///
/// It has no `Display` and no `Serialize`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// What is printed in its place.
    pub const SHOWN: &'static str = "***";

    /// A secret of this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the header of a request and for nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({})", Self::SHOWN)
    }
}

/// A token that others are known by. Settings take it from the environment or the program, and
/// refuse it in the file, which people share and commit.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(Secret);

impl Token {
    /// The letters that a token must have at least.
    pub const LEAST: usize = 16;

    /// A token of this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Secret::new(text))
    }

    /// The secret.
    pub fn secret(&self) -> &Secret {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({})", Secret::SHOWN)
    }
}

/// An address. What comes after its host is not printed: the path of a webhook is often all that
/// keeps others from using it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Address(String);

impl Address {
    /// This address: `http://host:port/path`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// All of it, for a request and for nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, rest) = self.0.split_once("://").unwrap_or(("", &self.0));
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (host, path) = rest.split_at(end);
        let path = if path.len() > 1 { "/***" } else { path };
        let colon = if scheme.is_empty() { "" } else { "://" };
        write!(f, "{scheme}{colon}{host}{path}")
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_an_address_is_not_printed() {
        for (text, shown) in [
            ("http://host:80/s3cret?x", "http://host:80/***"),
            ("http://host/", "http://host/"),
            ("http://host?x", "http://host/***"),
            ("http://host", "http://host"),
        ] {
            assert_eq!(Address::new(text).to_string(), shown);
        }
    }

    #[test]
    fn it_is_not_printed() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{:?}", Some(&secret)), "Some(Secret(***))");
        assert_eq!(secret.expose(), "hunter2");
    }
}
