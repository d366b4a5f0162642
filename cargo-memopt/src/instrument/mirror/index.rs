//! What a mirror knows of its files from one call to the next.

use crate::instrument::reach::Free;
use crate::instrument::source::calls::Calls;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::time::UNIX_EPOCH;
use std::{fs, io};

/// All files of a mirror, by their path below the base.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Index {
    pub(super) files: BTreeMap<String, FileIndex>,
    /// Names of functions that reach no allocation, by the folder of a crate's root.
    #[serde(default)]
    pub(super) free: BTreeMap<String, Free>,
}

/// One source file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[allow(clippy::struct_excessive_bools, reason = "four facts that do not hang together")]
pub(crate) struct FileIndex {
    pub(super) stamp: (u64, u64),
    pub(super) is_stale: bool,
    pub(super) is_root: bool,
    pub(super) is_wrapped: bool,
    /// .. whatever the target and the features are.
    pub(crate) has_allocator: bool,
    /// There is another allocator that is wrapped, at least under a condition.
    #[serde(default)]
    pub(crate) is_wrapping: bool,
    /// In the order of the text.
    pub(crate) functions: Vec<Entry>,
    /// Functions and what they call, also those that can carry no attribute.
    #[serde(default)]
    pub(super) calls: Vec<(String, Calls)>,
}

/// A function that can carry an attribute.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) path: String,
    pub(crate) lines: Range<usize>,
    /// The line that its attribute stands on.
    pub(crate) mark: usize,
    pub(crate) is_chosen: bool,
    /// Why it is left as it is.
    pub(crate) plain: Option<String>,
}

impl Index {
    /// What is written there; nothing where it cannot be read, so that all is made anew.
    pub(super) fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    pub(super) fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl FileIndex {
    pub(super) fn plain_of(&self, path: &str, line: usize) -> Option<String> {
        let is_it = |entry: &&Entry| entry.path == path && entry.lines.start == line;
        self.functions.iter().find(is_it)?.plain.clone()
    }

    /// The annotated function that an error on a line means: that of the attribute there, or the
    /// innermost one around it.
    pub(crate) fn meant(&self, line: usize, is_on_attribute: bool) -> Option<&Entry> {
        let mut annotated =
            self.functions.iter().filter(|entry| entry.is_chosen && entry.plain.is_none());
        if is_on_attribute {
            return annotated.find(|entry| entry.mark == line);
        }
        let around = annotated.filter(|entry| entry.lines.contains(&line));
        around.min_by_key(|entry| entry.lines.len())
    }
}

/// Size and time of a file's last change, in nanoseconds.
pub(crate) fn stamp(path: &Path) -> io::Result<(u64, u64)> {
    let data = fs::metadata(path)?;
    let changed = data.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok((data.len(), changed.as_nanos() as u64))
}
