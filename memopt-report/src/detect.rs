//! Rules that read a report and state findings, one file a rule.
//!
//! A rule is a pure function from one site (beside the whole report) to a claim or nothing; `RULES` lists
//! them. To add one: a file with a `RULE`, a line in the list, cases where it must speak and where it must
//! not. Thresholds stand in `limits`.
//!
//! Rules over time read a profile that holds a history: `task_leak`.
//!
//! # One remedy a waste
//!
//! Several rules may describe the same waste: a block made and dropped in every call can be hoisted, pooled or
//! taken from an arena. Each rule names the `Waste` it speaks of, and a site gets one finding for each: the one
//! that saves the largest share; on a tie the rule that comes first in `RULES`, where the simpler change stands
//! first. A hot site is told only where no remedy is, once, by the quantity in which it is hottest.

mod arena;
mod edit;
mod finding;
mod hoist;
mod hot;
pub mod leak;
mod limits;
mod pool;
mod presize;
mod render;
mod shrink;
mod source;
mod stream;
mod subject;
mod task_leak;

#[doc(hidden)]
pub use self::edit::of as edit_of;
pub use self::finding::{Finding, Saving, Suggestion};
pub use self::render::render_findings;
pub use crate::{Edit, Remedy};

use self::subject::{Claim, Subject, subjects};
use crate::{Report, Status};

/// What a rule is about; one finding of each a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waste {
    /// Blocks that live shorter than the call.
    ShortLived,
    /// Buffers that grow step by step.
    Growth,
    /// What a call holds at its highest.
    Peak,
    /// Capacity that is not used.
    Slack,
    /// None known: the site is merely where most happens.
    Unknown,
}

/// One detector.
struct Rule {
    code: &'static str,
    waste: Waste,
    remedy: Option<Remedy>,
    check: fn(&Subject<'_>) -> Option<Claim>,
}

/// All detectors; of two that save the same, the first wins.
const RULES: [&Rule; 10] = [
    &hoist::RULE,
    &presize::RULE,
    &pool::RULE,
    &arena::RULE,
    &stream::RULE,
    &shrink::RULE,
    &hot::BYTES,
    &hot::COUNT,
    &hot::PEAK,
    &hot::CHURN,
];

impl Report {
    /// What the detectors have to say, the largest saving first, then the hot sites with no known remedy.
    ///
    /// Empty where nothing concerns at least 5 % of the total, and where the report does not count (see
    /// [`status`](Report::status)).
    pub fn findings(&self) -> Vec<Finding> {
        if self.status() != Status::Counting {
            return Vec::new();
        }
        let mut findings: Vec<Finding> = subjects(self).flat_map(|subject| judge(&subject)).collect();
        findings.sort_by(|a, b| {
            let hot = |f: &Finding| f.remedy.is_none();
            hot(a)
                .cmp(&hot(b))
                .then(b.share.total_cmp(&a.share))
                .then_with(|| (&a.site, &a.code).cmp(&(&b.site, &b.code)))
        });
        findings
    }

    /// The findings that name a remedy, the largest predicted saving first, each with the change to the source where it can
    /// be read.
    pub fn suggestions(&self) -> Vec<Suggestion> {
        let findings = self.findings().into_iter();
        findings
            .filter_map(|finding| {
                let (remedy, saving) = (finding.remedy?, finding.saving);
                let edit = edit::of(&finding, remedy);
                Some(Suggestion { finding, remedy, saving, edit })
            })
            .collect()
    }
}

/// The findings on one site: the best of each waste.
fn judge(subject: &Subject<'_>) -> Vec<Finding> {
    let mut best: Vec<(&Rule, Claim)> = Vec::new();
    for rule in RULES {
        let Some(claim) = (rule.check)(subject) else { continue };
        match best.iter_mut().find(|(other, _)| other.waste == rule.waste) {
            Some(found) if claim.share > found.1.share => *found = (rule, claim),
            Some(_) => {}
            None => best.push((rule, claim)),
        }
    }
    if best.iter().any(|(rule, _)| rule.waste != Waste::Unknown) {
        best.retain(|(rule, _)| rule.waste != Waste::Unknown);
    }
    best.into_iter().map(|(rule, claim)| finding(rule, claim, subject)).collect()
}

fn finding(rule: &Rule, claim: Claim, subject: &Subject<'_>) -> Finding {
    let site = subject.site;
    Finding {
        code: rule.code.to_owned(),
        site: site.name.clone(),
        file: site.file.clone(),
        line: site.line,
        column: site.column,
        manifest_dir: site.manifest_dir.clone(),
        title: claim.title,
        label: claim.label,
        evidence: claim.evidence,
        help: claim.help,
        remedy: rule.remedy,
        saving: claim.saving,
        share: claim.share,
    }
}

#[cfg(test)]
mod tests;
