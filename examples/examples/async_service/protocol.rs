//! One line of JSON each way.

use crate::manifest::Summary;
use serde::{Deserialize, Serialize};

/// What a client asks.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    /// Comes back with the answer.
    pub(crate) id: u64,
    /// The text of a `Cargo.toml`.
    pub(crate) manifest: String,
    /// Whether to look up each dependency too.
    pub(crate) audit: bool,
}

/// What the service answers.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    /// What the manifest says, and which dependencies the service has not seen as a package.
    Summary {
        /// Number of the request.
        id: u64,
        /// The manifest.
        summary: Summary,
        /// Dependencies nobody sent yet; only of an audit.
        unknown: Option<Vec<String>>,
    },
    /// The audit took longer than the service allows.
    TimedOut {
        /// Number of the request.
        id: u64,
    },
    /// The request cannot be answered.
    Refused {
        /// What is wrong and what to do about it.
        why: String,
    },
}
