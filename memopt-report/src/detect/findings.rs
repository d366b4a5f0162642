//! All that was found at once: a list that knows what was looked at, and how it is printed and
//! written.

use super::finding::Finding;
use super::limits::FLOOR_BYTES;
use super::render;
use crate::label::{self, clean, wrap};
use crate::model::report::Report;
use crate::model::status::Status;
use crate::units::{bytes, counted, duration, percent, ratio};
#[cfg(feature = "json")]
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt::{self, Write as _};
use std::ops::Deref;

/// What was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize), serde(rename_all = "snake_case"))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) enum Subjects {
    /// The sites of a report.
    #[default]
    Sites,
    /// The tasks of a concurrency profile.
    Tasks,
}

/// What findings were looked for in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize), serde(default))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct LookedAt {
    /// Sites of the report.
    pub sites: u64,
    /// Blocks allocated, in all.
    pub blocks: u64,
    /// Bytes allocated, in all.
    pub bytes: u64,
    /// Blocks of these that were allocated outside of every site.
    pub outside_blocks: u64,
    /// CPU time of the report, where it is known, ns.
    #[cfg_attr(feature = "json", serde(skip_serializing_if = "Option::is_none"))]
    pub cpu_ns: Option<u64>,
}

/// Fewer blocks, of less than [`FLOOR_BYTES`] in all, are not worth a change wherever they are
/// made.
const LITTLE_BLOCKS: u64 = 1000;

impl LookedAt {
    pub(super) fn of(report: &Report) -> Self {
        let total = report.total();
        Self {
            sites: report.sites().len() as u64,
            blocks: total.allocs,
            bytes: total.bytes,
            outside_blocks: report.unattributed().allocs,
            cpu_ns: report.process().cpu_ns,
        }
    }

    /// What is said where nothing was found.
    fn nothing(&self) -> String {
        if self.sites == 0 {
            return "no findings: no annotated code has run".to_owned();
        }
        let is_little = self.blocks < LITTLE_BLOCKS && self.bytes < FLOOR_BYTES;
        if self.outside_blocks > self.blocks / 2 && !is_little {
            return format!(
                "no findings in {}; but {} of the {} were allocated outside of every site: put \
                 `#[memopt::track_alloc]` on what makes them",
                counted(self.sites, "site"),
                percent(ratio(self.outside_blocks, self.blocks)),
                counted(self.blocks, "block")
            );
        }
        let cpu = self
            .cpu_ns
            .map_or(String::new(), |ns| format!(", {} of CPU time", duration(ns as f64)));
        format!(
            "no findings: nothing worth changing in {}, {} of {} in all{cpu}",
            counted(self.sites, "site"),
            counted(self.blocks, "block"),
            bytes(self.bytes)
        )
    }
}

/// Findings, the largest first: a list (`findings.iter()`, `findings[0]`, `for finding in
/// &findings`) whose `Display` is the text.
///
/// # Examples
///
/// ```
/// let findings = memopt::report().findings();
/// for finding in &findings {
///     println!("{} on {}: {} bytes", finding.code, finding.site, finding.saving.bytes);
/// }
/// println!("{}", findings.table().color(true).width(120));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Findings {
    status: Status,
    subjects: Subjects,
    #[cfg_attr(feature = "json", serde(default))]
    looked_at: LookedAt,
    #[cfg_attr(feature = "json", serde(rename = "findings"))]
    list: Vec<Finding>,
}

impl Findings {
    /// The version written into the JSON. It increases when a member changes its meaning or is
    /// removed.
    pub const VERSION: u32 = 1;

    /// The findings of a report whose figures mean as much as `status` says, in this order.
    pub fn new(status: Status, findings: Vec<Finding>) -> Self {
        Self { status, subjects: Subjects::Sites, looked_at: LookedAt::default(), list: findings }
    }

    /// The same, looked for in this.
    pub(super) fn of(mut self, looked_at: LookedAt) -> Self {
        self.looked_at = looked_at;
        self
    }

    /// What the findings were looked for in.
    pub fn looked_at(&self) -> &LookedAt {
        &self.looked_at
    }

    pub(super) fn of_tasks(status: Status, findings: Vec<Finding>) -> Self {
        Self { status, subjects: Subjects::Tasks, looked_at: LookedAt::default(), list: findings }
    }

    /// Whether the figures they rest on mean anything; where not there are none.
    pub fn status(&self) -> Status {
        self.status
    }

    /// Those that name a remedy.
    #[must_use]
    pub fn with_remedy(mut self) -> Self {
        self.list.retain(|finding| finding.remedy.is_some());
        self
    }

    /// How the findings are printed: without colours and 100 columns wide, unless told otherwise.
    pub fn table(&self) -> FindingsTable<'_> {
        FindingsTable {
            findings: self.list.iter().collect(),
            notice: self.status.notice().map(|notice| format!("warning: no findings: {notice}")),
            none: match self.subjects {
                Subjects::Sites => self.looked_at.nothing(),
                Subjects::Tasks => {
                    "no findings: of no site do tasks only begin and not end, as far as was read"
                        .to_owned()
                }
            },
            noun: "finding",
            limit: usize::MAX,
            color: false,
            width: render::WIDTH,
        }
    }
}

impl Deref for Findings {
    type Target = [Finding];

    fn deref(&self) -> &[Finding] {
        &self.list
    }
}

impl IntoIterator for Findings {
    type Item = Finding;
    type IntoIter = std::vec::IntoIter<Finding>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

impl<'a> IntoIterator for &'a Findings {
    type Item = &'a Finding;
    type IntoIter = std::slice::Iter<'a, Finding>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.iter()
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.table().fmt(f)
    }
}

/// Findings or verdicts for people, one below the other, and a last line that counts them; its
/// `Display` is the text.
///
/// Source lines are read from disk if they are found; otherwise only the place is named. A file
/// that is newer than the program is not read, which is said below.
#[derive(Clone, Debug)]
#[must_use = "a table is shown by its `Display`"]
pub struct FindingsTable<'a> {
    findings: Vec<&'a Finding>,
    /// In the place of findings, where nothing was counted.
    notice: Option<String>,
    /// In the place of findings, where there are none.
    none: String,
    noun: &'static str,
    limit: usize,
    color: bool,
    width: usize,
}

impl<'a> FindingsTable<'a> {
    /// Statements of another kind, and what is said where there are none.
    pub(super) fn of(findings: Vec<&'a Finding>, noun: &'static str, none: String) -> Self {
        Self {
            findings,
            notice: None,
            none,
            noun,
            limit: usize::MAX,
            color: false,
            width: render::WIDTH,
        }
    }

    /// Shows so many, the largest; the last line still counts all.
    pub fn limit(self, findings: usize) -> Self {
        Self { limit: findings, ..self }
    }

    /// With the colours of a terminal, as escapes in the text.
    pub fn color(self, color: bool) -> Self {
        Self { color, ..self }
    }

    /// Breaks notes at so many columns, at least 60. Default 100. Lines of source stay whole.
    pub fn width(self, columns: usize) -> Self {
        Self { width: columns.max(60), ..self }
    }

    /// Which of the files were changed since the program was built.
    fn newer(&self) -> Option<String> {
        let newer = self.findings.iter().filter(|finding| finding.source_is_newer);
        let files: BTreeSet<&str> = newer.map(|finding| finding.file.as_str()).collect();
        let first = clean(files.first()?);
        let (files, is) = match files.len() - 1 {
            0 => (format!("`{first}`"), "is"),
            more => (format!("`{first}` and {}", counted(more as u64, "other file")), "are"),
        };
        Some(format!(
            "{files} {is} newer than the program: rebuild to have lines and replacements from {}",
            if is == "is" { "it" } else { "them" }
        ))
    }

    fn write(&self, f: &mut String) -> fmt::Result {
        if let Some(notice) = &self.notice {
            return writeln!(f, "{notice}");
        }
        for finding in self.findings.iter().take(self.limit) {
            writeln!(f, "{}", render::statement(finding, self.color, self.width))?;
        }
        for line in self.newer().iter().flat_map(|note| wrap(note, self.width)) {
            writeln!(f, "{line}")?;
        }
        let counted = counted(self.findings.len() as u64, self.noun);
        let remedies = self.findings.iter().filter(|finding| finding.remedy.is_some()).count();
        let shown = match self.findings.len().saturating_sub(self.limit) {
            0 => "",
            _ => &format!(", {} shown", self.limit),
        };
        match (self.findings.len(), self.noun, remedies) {
            (0, ..) => writeln!(f, "{}", self.none),
            (_, "finding", 0) => writeln!(f, "{counted}, no remedy known{shown}"),
            (_, "finding", some) => writeln!(f, "{counted}, {some} with a remedy{shown}"),
            _ => writeln!(f, "{counted}{shown}"),
        }
    }
}

impl fmt::Display for FindingsTable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        label::print(f, |out| self.write(out))
    }
}
