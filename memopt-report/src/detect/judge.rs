//! All rules on all sites of a report.
//!
//! # One remedy a waste
//!
//! Several rules may describe the same waste: a block made and dropped in every call can be
//! hoisted, pooled or taken from an arena. Each rule names the `Waste` it speaks of, and a site
//! gets one finding for each: the one that saves the largest share; on a tie the rule that comes
//! first in `RULES`, where the simpler change stands first. A hot site is told only where no remedy
//! is, once, by the quantity in which it is hottest.

use super::finding::{Finding, Severity};
use super::findings::Findings;
use super::rule::{Claim, Rule, Waste};
use super::source::Sources;
use super::subject::{Subject, Whole, subjects};
use super::{arena, edit, hoist, hot, pool, presize, shrink, stream};
use crate::model::report::Report;
use crate::model::status::Status;

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
    /// What the detectors have to say, the largest saving first, then the hot sites with no known
    /// remedy.
    ///
    /// Empty where nothing concerns at least 5 % of the total, and where the report does not count
    /// (see [`status`](Report::status)).
    ///
    /// # Cost
    ///
    /// The files of the sites that are found are read, each once, for the change to the source.
    pub fn findings(&self) -> Findings {
        if self.status() != Status::Counting {
            return Findings::new(self.status(), Vec::new());
        }
        let (whole, mut sources) = (Whole::of(self), Sources::default());
        let mut findings: Vec<Finding> =
            subjects(&whole).flat_map(|subject| judge(&subject)).collect();
        for finding in &mut findings {
            finding.edit =
                finding.remedy.and_then(|remedy| edit::of(finding, remedy, &mut sources));
        }
        findings.sort_by(|a, b| {
            let hot = |f: &Finding| f.remedy.is_none();
            hot(a)
                .cmp(&hot(b))
                .then(b.share.total_cmp(&a.share))
                .then_with(|| (&a.site, &a.code).cmp(&(&b.site, &b.code)))
        });
        Findings::new(self.status(), findings)
    }

    /// The findings that name a remedy, the largest predicted saving first.
    pub fn suggestions(&self) -> Findings {
        self.findings().with_remedy()
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
    let mut finding = Finding::new(rule.code, &site.name).at(&site.file, site.line, site.column);
    finding.manifest_dir.clone_from(&site.manifest_dir);
    finding.severity = if rule.remedy.is_some() { Severity::Warning } else { Severity::Note };
    finding.title = claim.title;
    finding.label = claim.label;
    finding.evidence = claim.evidence;
    finding.help = claim.help;
    finding.remedy = rule.remedy;
    finding.saving = claim.saving;
    finding.share = claim.share;
    finding
}
