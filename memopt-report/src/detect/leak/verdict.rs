//! What a watch says of one place.

use super::place::{Key, Place, Trail};
use super::process::Process;
use super::trend::{Slope, Trend};
use crate::detect::evidence::Evidence;
use crate::detect::finding::{Finding, Severity};
use crate::detect::saving::Saving;
use crate::detect::source::Sources;
use crate::label::{OUTSIDE, clean, shorten};
use crate::model::reclaimable::Remedy;
#[cfg(feature = "json")]
use serde::{Deserialize, Serialize};

/// What is wrong with the memory of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize), serde(rename_all = "snake_case"))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum LeakKind {
    /// What it holds grows and goes on growing.
    Leak,
    /// It keeps capacity that it does not use: at least 1 MiB, and 5 % of what the process holds.
    Bloat,
    /// It freed memory that the allocator has not given back to the system: at least 8 MiB, and 25
    /// % of the resident bytes.
    Retention,
}

impl LeakKind {
    /// The word used in printed verdicts and codes, the same as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Leak => "leak",
            Self::Bloat => "bloat",
            Self::Retention => "retention",
        }
    }
}

/// How what a place holds changes: of the minima of the watch's windows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Growth {
    /// Bytes a second.
    pub bytes_per_second: Slope,
    /// Bytes for each completed call of the site; `None` where calls are not known or none was
    /// completed.
    #[cfg_attr(feature = "json", serde(default, skip_serializing_if = "Option::is_none"))]
    pub bytes_per_call: Option<f64>,
    /// Whether they rise.
    pub trend: Trend,
    /// Windows of the watch after the first.
    pub windows: u64,
    /// Of these windows, the least number whose blocks must still be live: all of them if nothing
    /// is freed, and one or two if the live blocks are young.
    pub generations: u64,
}

/// One place whose memory is leaked, kept without use, or kept by the allocator. Its `Display`
/// prints it the way rustc prints a warning.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct LeakVerdict {
    /// Which of these.
    pub kind: LeakKind,
    /// The site, its place in the source, the statement and its evidence. Outside of every site
    /// the innermost function of the program's own stands for the site, without symbols an address.
    pub finding: Finding,
    /// The chain of sites that holds most, outermost first; empty outside of sites.
    pub scopes: Vec<String>,
    /// The functions of its stack, innermost first, or addresses without symbols; empty where
    /// stacks are not taken.
    pub stack: Vec<String>,
    /// Bytes that leaked while it was watched, are not used, or are kept by the allocator.
    pub bytes: u64,
    /// Bytes in use.
    pub live_bytes: u64,
    /// Blocks in use.
    pub live_blocks: u64,
    /// How that changes.
    pub growth: Growth,
    /// Seconds until this growth alone reaches the process's limit, where there is a limit and it
    /// grows.
    #[cfg_attr(feature = "json", serde(default, skip_serializing_if = "Option::is_none"))]
    pub seconds_to_limit: Option<f64>,
    /// How sure it is, 0 to 1. Of a leak: `(1 − p) · τ ·` the steadiness of the growth (late rate ÷
    /// early rate, 1 at most). Of bloat: the share that is unused, 0.5 where that is only inferred.
    /// Of retention: the share of the bytes kept that was seen to be freed.
    pub confidence: f64,
}

impl LeakVerdict {
    /// Full name of the site (see [`finding`](Self::finding)).
    pub fn site(&self) -> &str {
        &self.finding.site
    }
}

/// What a rule says of a place; the watch makes a verdict of it.
pub(super) struct Claim {
    pub(super) kind: LeakKind,
    /// What the place does, after its name.
    pub(super) what: String,
    pub(super) label: String,
    pub(super) evidence: Vec<Evidence>,
    pub(super) help: String,
    pub(super) bytes: u64,
    pub(super) confidence: f64,
}

/// Columns a name takes in a title.
const NAME: usize = 40;

/// The verdict that makes a claim.
pub(super) fn state(
    key: &Key,
    place: &Place,
    growth: Growth,
    mut claim: Claim,
    process: &Process,
) -> LeakVerdict {
    let site = match key {
        Key::Site(name) | Key::Function(name, ..) => name.clone(),
        Key::Stack(addresses) => {
            addresses.first().map_or_else(|| OUTSIDE.to_owned(), |address| format!("{address:#x}"))
        }
    };
    let grows = claim.kind == LeakKind::Leak && growth.bytes_per_second.value > 0.0;
    let room = process.limit.zip(process.rss).map(|(limit, rss)| limit.saturating_sub(rss));
    let seconds_to_limit =
        room.filter(|_| grows).map(|room| room as f64 / growth.bytes_per_second.value);
    claim.evidence.extend(context(place.main_trail(), seconds_to_limit, process.limit));
    let share =
        if process.total == 0 { 0.0 } else { claim.bytes as f64 / process.total as f64 }.min(1.0);
    let bloat = claim.kind == LeakKind::Bloat;
    let saving = Saving { retained_bytes: claim.bytes, share, ..Saving::default() };
    let location = &place.location;
    let trail = place.main_trail();
    let mut finding = Finding::new(format!("memopt::{}", claim.kind.name()), site.clone()).at(
        &location.file,
        location.line,
        location.column,
    );
    finding.manifest_dir.clone_from(&location.manifest_dir);
    finding.source_is_newer = Sources::of_program(process.built_at_unix_ns).is_newer(&finding);
    finding.severity = Severity::Warning;
    finding.title = format!("`{}` {}", shorten(&clean(&site), NAME), claim.what);
    finding.label = claim.label;
    finding.evidence = claim.evidence;
    finding.help = claim.help;
    finding.remedy = bloat.then_some(Remedy::Shrink);
    finding.saving = if bloat { saving } else { Saving::default() };
    finding.share = share;
    LeakVerdict {
        kind: claim.kind,
        scopes: trail.map(|trail| trail.scopes.clone()).unwrap_or_default(),
        stack: trail.map(Trail::stack).unwrap_or_default(),
        bytes: claim.bytes,
        live_bytes: place.now.live.bytes,
        live_blocks: place.now.live.blocks,
        growth,
        seconds_to_limit,
        confidence: claim.confidence.clamp(0.0, 1.0),
        finding,
    }
}

/// What a watch knows beside the rule: the time left, the chain of sites, and the stack.
fn context(trail: Option<&Trail>, seconds: Option<f64>, limit: Option<u64>) -> Vec<Evidence> {
    let mut evidence = Vec::new();
    if let Some((seconds, limit_bytes)) = seconds.zip(limit) {
        evidence.push(Evidence::ReachesLimit { limit_bytes, in_ns: (seconds * 1e9) as u64 });
    }
    let Some(trail) = trail else { return evidence };
    if trail.scopes.len() > 1 {
        evidence.push(Evidence::MostlyIn { scopes: trail.scopes.iter().rev().cloned().collect() });
    }
    // Functions of libraries that allocate are seldom of interest.
    let own = trail.functions.iter().filter(|function| function.own);
    let functions: Vec<String> = own.map(|function| function.name.clone()).collect();
    if !functions.is_empty() {
        evidence.push(Evidence::Stack { functions });
    }
    evidence
}
