//! What is known of a profile without reading it.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a profile shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Kind {
    /// What is live, by site and stack.
    Heap,
    /// Threads and tasks.
    Activity,
    /// What each site allocated.
    Allocation,
}

impl Kind {
    /// `heap`, `activity`, `allocation`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Heap => "heap",
            Self::Activity => "activity",
            Self::Allocation => "allocation",
        }
    }
}

/// What is known of a profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Meta {
    /// Names it in its folder.
    pub id: String,
    /// What it shows.
    pub kind: Kind,
    /// When it was taken, ms since the beginning of 1970.
    pub unix_ms: i64,
    /// By which run.
    pub run: u32,
    /// Why, for people.
    pub why: String,
    /// Bytes of its text.
    pub bytes: u64,
    /// The name by which later ones are compared with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<String>,
    /// What programs know it by.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
}

impl Meta {
    pub(super) fn to_toml(&self) -> String {
        toml::to_string(self).unwrap_or_default()
    }

    pub(super) fn from_toml(text: &str) -> Option<Self> {
        toml::from_str(text).ok().filter(|meta: &Self| is_id(&meta.id))
    }
}

/// Whether this can be an id. One that is asked for from outside must not lead out of the folder.
pub(super) fn is_id(id: &str) -> bool {
    let fits =
        |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'-';
    !id.is_empty() && id.len() < 100 && id.bytes().all(fits)
}
