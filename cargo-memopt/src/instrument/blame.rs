//! Which functions the errors of rustc mean.

use super::mirror::Mirror;
use super::outcome::Plain;
use super::source::ATTRIBUTE;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::Path;

/// A line of rustc's JSON; of other kinds all fields are missing.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Message {
    #[serde(rename = "$message_type")]
    kind: String,
    level: String,
    #[serde(rename = "message")]
    text: String,
    spans: Vec<Span>,
    children: Vec<Message>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Span {
    file_name: String,
    line_start: usize,
    is_primary: bool,
    text: Vec<Marked>,
    expansion: Option<Expansion>,
}

/// A line of the source, and what of it is meant, in letters from 1.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Marked {
    text: String,
    highlight_start: usize,
    highlight_end: usize,
}

impl Span {
    /// Whether a part of an attribute is meant that the mirror put in.
    fn is_on_attribute(&self) -> bool {
        let Some(line) = self.text.first() else { return false };
        let length = line.highlight_end.saturating_sub(line.highlight_start);
        let meant = line.text.chars().skip(line.highlight_start.saturating_sub(1)).take(length);
        let meant: String = meant.collect();
        meant.contains("memopt::track_alloc") || (meant.len() > 2 && ATTRIBUTE.contains(&meant))
    }
}

#[derive(Debug, Deserialize)]
struct Expansion {
    span: Box<Span>,
}

impl Message {
    pub(super) fn read(line: &str) -> Self {
        serde_json::from_str(line).unwrap_or_default()
    }

    /// Cargo acts on it at once: a file that others wait for is there.
    pub(super) fn is_artifact(&self) -> bool {
        self.kind == "artifact"
    }

    pub(super) fn is_error(&self) -> bool {
        self.level == "error" && !self.text.starts_with("aborting due to")
    }

    /// The program has an allocator in another of its crates.
    pub(super) fn is_of_allocator(&self) -> bool {
        let names = ["global_allocator", "global allocators"];
        self.is_error() && names.iter().any(|name| self.text.contains(name))
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

/// The annotated functions that the errors point at, each with the error.
pub(super) fn functions(messages: &[Message], mirror: &Mirror<'_>, base: &Path) -> BTreeSet<Plain> {
    let mut found = BTreeSet::new();
    for error in messages.iter().filter(|message| message.is_error()) {
        let before = found.len();
        let mut note = |spans: &mut dyn Iterator<Item = &Span>| {
            spans.for_each(|span| blame(span, error, mirror, base, &mut found));
        };
        note(&mut error.spans.iter().filter(|span| span.is_primary));
        if found.len() == before {
            let mut found_in = BTreeSet::new();
            let others = error.spans.iter().chain(error.children.iter().flat_map(|c| &c.spans));
            others.for_each(|span| blame(span, error, mirror, base, &mut found_in));
            found.extend(found_in);
        }
    }
    found
}

/// The function around a span, or around the call of the macro that it is in.
fn blame(
    span: &Span,
    error: &Message,
    mirror: &Mirror<'_>,
    base: &Path,
    found: &mut BTreeSet<Plain>,
) {
    let mut at = Some(span);
    while let Some(span) = at {
        let path = Path::new(&span.file_name);
        let below = path.strip_prefix(mirror.path()).or_else(|_| path.strip_prefix(base));
        let file = super::mirror::to_text(below.unwrap_or(path));
        let (line, is_on_attribute) = (span.line_start, span.is_on_attribute());
        let index = mirror.file(&file);
        if let Some(entry) = index.and_then(|index| index.meant(line, is_on_attribute)) {
            found.insert(Plain {
                file,
                line: entry.lines.start,
                path: entry.path.clone(),
                reason: error.text().to_owned(),
            });
            return;
        }
        at = span.expansion.as_ref().map(|expansion| &*expansion.span);
    }
}
