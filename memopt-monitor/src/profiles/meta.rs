//! What is known of a profile without reading it.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write as _;

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
    fn named(name: &str) -> Option<Self> {
        [Self::Heap, Self::Activity, Self::Allocation].into_iter().find(|kind| kind.name() == name)
    }

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
#[derive(Clone, Debug, PartialEq, Eq)]
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
    pub baseline: Option<String>,
    /// What programs know it by.
    pub labels: BTreeMap<String, String>,
}

impl Meta {
    pub(super) fn to_toml(&self) -> String {
        let Self { id, kind, unix_ms, run, why, bytes, baseline, labels } = self;
        let mut out = format!(
            "id = {}\nkind = {}\nunix_ms = {unix_ms}\nrun = {run}\nwhy = {}\nbytes = {bytes}\n",
            quoted(id),
            quoted(kind.name()),
            quoted(why)
        );
        if let Some(name) = baseline {
            // Writing into a String cannot fail.
            let _ = writeln!(out, "baseline = {}", quoted(name));
        }
        out += "\n[labels]\n";
        for (name, value) in labels {
            let _ = writeln!(out, "{} = {}", quoted(name), quoted(value));
        }
        out
    }

    pub(super) fn from_toml(text: &str) -> Option<Self> {
        let value = toml_span::parse(text).ok()?;
        let table = value.as_table()?;
        let text = |name: &str| table.get(name)?.as_str().map(str::to_owned);
        let number = |name: &str| table.get(name)?.as_integer();
        let labels = table.get("labels").and_then(|labels| labels.as_table());
        let labels = labels.into_iter().flatten();
        let meta = Self {
            id: text("id")?,
            kind: Kind::named(&text("kind")?)?,
            unix_ms: number("unix_ms")?,
            run: number("run")?.try_into().ok()?,
            why: text("why")?,
            bytes: number("bytes")?.try_into().ok()?,
            baseline: text("baseline"),
            labels: labels
                .filter_map(|(name, value)| {
                    Some((name.name.to_string(), value.as_str()?.to_owned()))
                })
                .collect(),
        };
        Some(meta).filter(|meta| is_id(&meta.id))
    }
}

/// A text as a basic string of TOML.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            letter if letter.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(letter));
            }
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}

/// Whether this can be an id. One that is asked for from outside must not lead out of the folder.
pub(super) fn is_id(id: &str) -> bool {
    let fits =
        |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'-';
    !id.is_empty() && id.len() < 100 && id.bytes().all(fits)
}
