//! What a rule states: the finding, its evidence and what a change would save.

use super::{Edit, render};
use crate::Remedy;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a change is predicted to save over the time of the report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Saving {
    /// Bytes that need not be allocated.
    pub bytes: u64,
    /// Blocks that need not be allocated.
    pub allocs: u64,
    /// Reallocations that need not happen.
    pub reallocs: u64,
    /// Bytes that need not be moved by reallocations.
    pub copied_bytes: u64,
    /// Bytes a call holds less at its peak, or holds less after it.
    pub held_bytes: u64,
    /// The largest of the above as a share (0 to 1) of the same quantity of the whole report.
    pub share: f64,
}

/// One statement of a detector about one site. Its `Display` prints it the way rustc prints a warning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Finding {
    /// Stable identifier of the rule, such as `memopt::pool`.
    pub code: String,
    /// Full name of the site.
    pub site: String,
    /// Source file of the site, as the compiler saw it.
    pub file: String,
    /// Line of the item's name.
    pub line: u32,
    /// Column of the item's name.
    pub column: u32,
    /// Folder of the package's manifest, to find the file from elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest_dir: Option<String>,
    /// One sentence: what is so.
    pub title: String,
    /// A few words for the source line.
    pub label: String,
    /// The figures it rests on, with their units.
    pub evidence: Vec<String>,
    /// The concrete change.
    pub help: String,
    /// What to change, where the rule knows; a hot site has none.
    pub remedy: Option<Remedy>,
    /// What the change would save; nothing for a hot site.
    pub saving: Saving,
    /// Share (0 to 1) of the report's total that the finding is about; findings are ordered by it.
    pub share: f64,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(render::finding(self, false).trim_end())
    }
}

/// A finding that names a remedy and predicts what it saves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Suggestion {
    /// What is so, and why.
    pub finding: Finding,
    /// What to change.
    pub remedy: Remedy,
    /// What that would save.
    pub saving: Saving,
    /// The change to the source, where an attribute of memopt or one line applies the remedy and the source could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edit: Option<Edit>,
}

impl fmt::Display for Suggestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.finding.fmt(f)?;
        match &self.edit {
            Some(edit) => write!(f, "\n{edit}"),
            None => Ok(()),
        }
    }
}
