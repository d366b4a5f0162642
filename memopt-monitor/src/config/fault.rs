//! What is wrong with a configuration, and where.

use std::fmt;

/// Where a setting was given.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// In a file, at this line and column, both from 1.
    File {
        /// The path as it was given.
        file: String,
        /// From 1.
        line: usize,
        /// In characters, from 1.
        column: usize,
    },
    /// In this environment variable.
    Environment(String),
    /// By the program, through the builder.
    Builder,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { file, line, column } => write!(f, "{file}:{line}:{column}"),
            Self::Environment(name) => f.write_str(name),
            Self::Builder => f.write_str("builder"),
        }
    }
}

/// One thing that is wrong. Its `Display` is `memopt.toml:3:1: unknown key ..`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// Where; none for what follows from the defaults.
    pub origin: Option<Origin>,
    /// The setting: `monitoring.interval`.
    pub path: String,
    /// The rule and the remedy.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Some(origin) => write!(f, "{origin}: {}", self.message),
            None => write!(f, "configuration: {}", self.message),
        }
    }
}

/// Why a configuration cannot be used: all that is wrong with it, a line each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    faults: Vec<Fault>,
}

impl ConfigError {
    /// An error of these faults, of which there is at least one.
    pub(crate) fn new(faults: Vec<Fault>) -> Self {
        Self { faults }
    }

    /// An error that has no place in a file.
    pub(crate) fn of(message: impl Into<String>) -> Self {
        let fault = Fault { origin: None, path: String::new(), message: message.into() };
        Self { faults: vec![fault] }
    }

    /// All that is wrong, in the order of the file.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.faults.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

/// The line and column of a byte of a text, both from 1.
pub(crate) fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = &text.as_bytes()[..offset.min(text.len())];
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let line = 1 + text[..start].matches('\n').count();
    // All but the continuations of UTF-8.
    let column = 1 + before[start..].iter().filter(|byte| **byte & 0xc0 != 0x80).count();
    (line, column)
}
