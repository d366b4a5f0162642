//! All that a watch says at once: a list that knows how much was seen, and how it is printed.

use super::verdict::LeakVerdict;
use crate::detect::findings::FindingsTable;
#[cfg(feature = "json")]
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Deref;

/// Verdicts, leaks first, then the most bytes: a list (`verdicts.iter()`, `verdicts[0]`,
/// `for verdict in &verdicts`) whose `Display` is the text.
///
/// # Examples
///
/// ```
/// use memopt::report::leak::LeakWatch;
///
/// let verdicts = LeakWatch::new().verdicts();
/// assert!(verdicts.is_empty());
/// assert_eq!(verdicts.to_string(), "no verdict yet: 0 of the 12 snapshots it takes");
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Verdicts {
    /// Snapshots taken, as far as they are needed.
    snapshots: u64,
    /// Snapshots before anything is said.
    needed: u64,
    #[cfg_attr(feature = "json", serde(rename = "verdicts"))]
    list: Vec<LeakVerdict>,
}

impl Verdicts {
    /// The version written into the JSON. It increases when a member changes its meaning or is
    /// removed.
    pub const VERSION: u32 = 1;

    pub(super) fn new(snapshots: u64, needed: u64, verdicts: Vec<LeakVerdict>) -> Self {
        Self { snapshots, needed, list: verdicts }
    }

    /// Snapshots that are missing before anything is said; 0 where enough were taken.
    pub fn snapshots_missing(&self) -> u64 {
        self.needed.saturating_sub(self.snapshots)
    }

    /// How the verdicts are printed: without colours and 100 columns wide, unless told otherwise.
    pub fn table(&self) -> FindingsTable<'_> {
        let none = if self.snapshots_missing() > 0 {
            format!("no verdict yet: {} of the {} snapshots it takes", self.snapshots, self.needed)
        } else {
            "no verdicts: no leak, bloat or retention in the snapshots so far".to_owned()
        };
        FindingsTable::of(
            self.list.iter().map(|verdict| &verdict.finding).collect(),
            "verdict",
            none,
        )
    }
}

impl Deref for Verdicts {
    type Target = [LeakVerdict];

    fn deref(&self) -> &[LeakVerdict] {
        &self.list
    }
}

impl IntoIterator for Verdicts {
    type Item = LeakVerdict;
    type IntoIter = std::vec::IntoIter<LeakVerdict>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

impl<'a> IntoIterator for &'a Verdicts {
    type Item = &'a LeakVerdict;
    type IntoIter = std::slice::Iter<'a, LeakVerdict>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.iter()
    }
}

impl fmt::Display for Verdicts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.table().fmt(f)
    }
}

impl fmt::Display for LeakVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.finding.fmt(f)
    }
}
