//! What a rule states of one site.

use super::evidence::Evidence;
use super::saving::Saving;
use crate::model::edit::Edit;
use crate::model::reclaimable::Remedy;
use crate::model::site_id::SiteId;
#[cfg(feature = "json")]
use serde::{Deserialize, Serialize};

/// How much a finding asks of its reader.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize), serde(rename_all = "snake_case"))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum Severity {
    /// Where to look first: no remedy is known.
    #[default]
    Note,
    /// Something to change.
    Warning,
}

/// One statement of a detector about one site. Its `Display` prints it the way rustc prints a
/// warning, with the change to the source below.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Finding {
    /// Stable identifier of the rule, such as `memopt::pool`.
    pub code: String,
    /// How much it asks of its reader.
    pub severity: Severity,
    /// The id of the site, which is the same in every run:
    /// [`SiteReport::id`](crate::SiteReport::id).
    pub id: SiteId,
    /// Full name of the site.
    pub site: String,
    /// Source file of the site, as the compiler saw it; empty where it is not known.
    pub file: String,
    /// Line of the item's name.
    pub line: u32,
    /// Column of the item's name; 0 where it is not known.
    pub column: u32,
    /// Folder of the package's manifest, to find the file from elsewhere.
    #[cfg_attr(feature = "json", serde(default, skip_serializing_if = "Option::is_none"))]
    pub manifest_dir: Option<String>,
    /// The situation, in one sentence.
    pub title: String,
    /// A few words for the source line.
    pub label: String,
    /// The figures it rests on.
    pub evidence: Vec<Evidence>,
    /// The concrete change.
    pub help: String,
    /// What to change, where the rule knows; a hot site has none.
    pub remedy: Option<Remedy>,
    /// What the change would save; nothing for a hot site.
    pub saving: Saving,
    /// What the finding is worth (0 to 1), by which findings are ordered: the larger of
    /// `saving.cpu_share` and `saving.memory_share`; of a hot site the share of the CPU time that
    /// its calls to the allocator take. Where CPU time is not known, `saving.share`.
    pub share: f64,
    /// The change to the source, where an attribute of memopt or one line applies the remedy and
    /// the source could be read.
    #[cfg_attr(feature = "json", serde(default, skip_serializing_if = "Option::is_none"))]
    pub edit: Option<Edit>,
    /// The source file was changed since the program was built: nothing was concluded from its
    /// text, and no line of it is shown.
    #[cfg_attr(feature = "json", serde(default, skip_serializing_if = "std::ops::Not::not"))]
    pub source_is_newer: bool,
}

impl Finding {
    /// A finding of this code on the site of this full name; every other member is empty.
    pub fn new(code: impl Into<String>, site: impl Into<String>) -> Self {
        let site = site.into();
        Self {
            code: code.into(),
            severity: Severity::default(),
            id: SiteId::of(&site, "", 0, 0),
            site,
            file: String::new(),
            line: 0,
            column: 0,
            manifest_dir: None,
            title: String::new(),
            label: String::new(),
            evidence: Vec::new(),
            help: String::new(),
            remedy: None,
            saving: Saving::default(),
            share: 0.0,
            edit: None,
            source_is_newer: false,
        }
    }

    /// The same, of a site that stands there; its id is that of the place.
    #[must_use]
    pub fn at(mut self, file: impl Into<String>, line: u32, column: u32) -> Self {
        (self.file, self.line, self.column) = (file.into(), line, column);
        self.id = SiteId::of(&self.site, &self.file, line, column);
        self
    }
}

/// What is worth most first. Where CPU time is not known, what is hot cannot be compared with what
/// is saved and comes last.
pub(super) fn sort(findings: &mut [Finding], cpu_is_known: bool) {
    findings.sort_by(|a, b| {
        let last = |finding: &Finding| !cpu_is_known && finding.remedy.is_none();
        (last(a).cmp(&last(b)))
            .then(b.share.total_cmp(&a.share))
            .then(a.remedy.is_none().cmp(&b.remedy.is_none()))
            .then_with(|| (&a.site, &a.code).cmp(&(&b.site, &b.code)))
    });
}
