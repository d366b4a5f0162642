//! All rules on all sites of a report.
//!
//! # One remedy a site
//!
//! Several rules may describe one site: a block made and dropped in every call can be borrowed
//! instead, made once, used again or taken from an arena. Of one `Waste` the first rule in `RULES`
//! that speaks wins, where the simpler change and the surer evidence stand first, unless a later
//! one is worth half as much again. Of several wastes the one worth most is told, with the other
//! remedies as alternatives and what each would save. A hot site is told only where no remedy is,
//! once, by the quantity in which it is hottest.

use super::evidence::Evidence;
use super::finding::{Finding, Severity, sort};
use super::findings::{Findings, LookedAt};
use super::floor::Floor;
use super::rule::{Claim, Rule, Waste};
use super::saving::Saving;
use super::source::Sources;
use super::subject::{OfHeap, Subject, Whole, cpu_is_telling, subjects};
use super::{
    arena, batch, borrow, bound, edit, grid, group, hoist, hot, inline, key, large_variant, lazy,
    limits, pool, presize, reuse, share, shrink, stream,
};
use crate::label::{shorten, width};
use crate::model::costs::CostModel;
use crate::model::edit::Edit;
use crate::model::reclaimable::Remedy;
use crate::model::report::Report;
use crate::model::status::Status;
use std::collections::HashSet;

/// All detectors; of one waste, the first that speaks wins.
const RULES: [&Rule; 22] = [
    &grid::RULE,
    &key::RULE,
    &share::RULE,
    &borrow::RULE,
    &hoist::RULE,
    &arena::RULE,
    &reuse::RULE,
    &pool::RULE,
    &inline::RULE,
    &batch::INTERN,
    &batch::BORROW,
    &batch::RULE,
    &presize::RULE,
    &lazy::RULE,
    &large_variant::RULE,
    &bound::RULE,
    &stream::RULE,
    &shrink::RULE,
    &hot::BYTES,
    &hot::COUNT,
    &hot::PEAK,
    &hot::CHURN,
];

/// A later rule of the same waste wins where it is worth so many times as much.
const CLEARLY_MORE: f64 = 1.5;

impl Report {
    /// The findings of all detectors, those with the largest saving first.
    ///
    /// A finding is worth the larger of two shares: the CPU time it saves of the run's, predicted
    /// by the [cost model](Report::costs), and the memory it saves of the process's peak. Empty
    /// where nothing is worth changing: below 1 % of the CPU time and below 1 MiB, or below 5 % of
    /// the blocks, bytes or peak of the report; and where the report does not count (see
    /// [`status`](Report::status)).
    ///
    /// # Cost
    ///
    /// The files of the sites that are found are read, each once, for the change to the source.
    /// From a file that was changed since the program was built nothing is concluded.
    ///
    /// Guide: [Reduce allocations](https://docs.rs/memopt/latest/memopt/docs/reduce_allocations/).
    pub fn findings(&self) -> Findings {
        self.findings_above(Floor::default())
    }

    /// As [`findings`](Self::findings), with another limit below which findings are left out.
    ///
    /// # Examples
    ///
    /// ```
    /// use memopt::report::Floor;
    ///
    /// let report = memopt::report();
    /// // From a tenth of the CPU time or 64 MiB on.
    /// let findings = report.findings_above(Floor::new(0.1, 64 << 20));
    /// println!("{findings}");
    /// ```
    pub fn findings_above(&self, floor: Floor) -> Findings {
        let looked_at = LookedAt::of(self);
        let mut findings = self.site_findings();
        if cpu_is_telling(self) {
            findings.retain(|finding| floor.is_worth(finding));
        } else if let Some(cpu_ns) = self.process().cpu_ns {
            findings.retain(|finding| floor.may_be_worth(finding, cpu_ns));
        }
        let mut findings = group::by_type(findings, cpu_is_telling(self));
        arenas_behind_what_they_serve(&mut findings, self);
        Findings::new(self.status(), findings).of(looked_at)
    }

    /// The findings on each site by itself, whatever they are worth.
    #[doc(hidden)]
    pub fn site_findings(&self) -> Vec<Finding> {
        if self.status() != Status::Counting {
            return Vec::new();
        }
        let (whole, mut sources) = (Whole::of(self), Sources::of(self));
        let mut findings = Vec::new();
        for subject in subjects(&whole) {
            if is_small(&subject) {
                continue;
            }
            let Some(mut finding) = judge(&subject) else { continue };
            finding.source_is_newer = sources.is_newer(&finding);
            finding.edit = edit_of(&subject, &finding, &mut sources);
            findings.push(finding);
        }
        sort(&mut findings, cpu_is_telling(self));
        findings
    }

    /// The findings that name a remedy, the largest predicted saving first.
    pub fn suggestions(&self) -> Findings {
        self.findings().with_remedy()
    }
}

impl Finding {
    /// The codes of findings that name a remedy, without `memopt::`. Some come twice.
    #[doc(hidden)]
    pub fn codes_with_remedy() -> impl Iterator<Item = &'static str> {
        let with_remedy = RULES.iter().filter(|rule| rule.remedy.is_some());
        with_remedy.filter_map(|rule| rule.code.strip_prefix("memopt::"))
    }
}

/// Moves an arena that would mostly serve sites inside behind their own findings, where these save
/// half as much together: they say what to change, and the arena what is left.
fn arenas_behind_what_they_serve(findings: &mut [Finding], report: &Report) {
    let nodes = report.tree().nodes();
    let is_arena = |finding: &Finding| finding.remedy == Some(Remedy::Arena);
    let arenas: Vec<String> = findings
        .iter()
        .filter(|finding| is_arena(finding))
        .take(limits::ARENAS)
        .map(|finding| finding.site.clone())
        .collect();
    for name in arenas {
        let Some(outer) = report.sites().iter().position(|site| site.name == name) else {
            continue;
        };
        let site = &report.sites()[outer];
        if site.self_allocs > site.inclusive.allocs / 2 {
            continue;
        }
        let inside = |mut node: usize| {
            while let Some(parent) = nodes[node].parent {
                if nodes[parent].site == outer {
                    return true;
                }
                node = parent;
            }
            false
        };
        let served: HashSet<&str> = (0..nodes.len())
            .filter(|node| nodes[*node].site != outer && inside(*node))
            .map(|node| report.sites()[nodes[node].site].name.as_str())
            .collect();
        let Some(at) = findings.iter().position(|f| is_arena(f) && f.site == name) else {
            continue;
        };
        let is_served = |finding: &Finding| {
            finding.remedy.is_some() && !is_arena(finding) && served.contains(&*finding.site)
        };
        let (mut saved, half) = (0.0, findings[at].share / 2.0);
        let enough = findings.iter().position(|finding| {
            saved += if is_served(finding) { finding.share } else { 0.0 };
            saved >= half
        });
        if let Some(last) = enough.filter(|last| *last > at) {
            findings[at..=last].rotate_left(1);
        }
    }
}

/// The finding on one site: the remedy worth most, with the others as alternatives.
fn judge(subject: &Subject<'_>) -> Option<Finding> {
    let mut best: Vec<(&Rule, Claim)> = Vec::new();
    for rule in RULES {
        if is_treated(subject, rule) {
            continue;
        }
        let Some(claim) = (rule.check)(subject).filter(is_a_part) else { continue };
        match best.iter_mut().find(|(other, _)| other.waste == rule.waste) {
            Some(found) if rule.waste == Waste::Unknown && claim.share > found.1.share => {
                *found = (rule, claim);
            }
            Some(found)
                if rule.waste != Waste::Unknown
                    && claim.worth() > CLEARLY_MORE * found.1.worth() =>
            {
                *found = (rule, claim);
            }
            Some(_) => {}
            None => best.push((rule, claim)),
        }
    }
    if best.iter().any(|(rule, _)| rule.waste != Waste::Unknown) {
        best.retain(|(rule, _)| rule.waste != Waste::Unknown);
    }
    let first = (0..best.len()).reduce(|first, next| {
        // Of remedies for the same blocks the one that stands first in the list ends most of it.
        let same_blocks = best[first].0.waste.is_of_blocks() && best[next].0.waste.is_of_blocks();
        let factor = if same_blocks { CLEARLY_MORE } else { 1.0 };
        if best[next].1.worth() > factor * best[first].1.worth() { next } else { first }
    })?;
    let (rule, mut claim) = best.remove(first);
    let others = best.into_iter().filter(|(other, _)| other.remedy != rule.remedy);
    claim.evidence.extend(others.filter_map(|(other, claim)| {
        Some(Evidence::Alternative { remedy: other.remedy?, saving: claim.saving })
    }));
    Some(finding(rule, claim, subject))
}

/// The edit of a finding. Free lists are put there only where they are likely to save time: they
/// serve small blocks, and cost a call something.
fn edit_of(subject: &Subject<'_>, finding: &Finding, sources: &mut Sources) -> Option<Edit> {
    let remedy = finding.remedy?;
    if !matches!(remedy, Remedy::Pool | Remedy::Hoist | Remedy::Reuse) {
        return edit::of(finding, remedy, sources);
    }
    let own = &subject.site.own;
    let mean = own.bytes / own.allocs.max(1);
    if !subject.loops_inside() || mean > limits::COPY_BLOCK {
        return None;
    }
    let saved = CostModel::LISTS * subject.costs().pair_ns(mean) * own.allocs as f64;
    let saved = saved - CostModel::ROUTED_CALL_NS * subject.calls() as f64;
    let percent = 100.0 * saved / finding.saving.cpu_ns.max(1) as f64;
    let edit = (percent >= 1.0).then(|| edit::of(finding, remedy, sources))??;
    Some(Edit { saving_percent: percent.min(100.0) as u8, ..edit })
}

/// Whether no claim about the site can be about a part that counts, whatever it is: most sites of a
/// large program, of which then nothing is read.
fn is_small(subject: &Subject<'_>) -> bool {
    let (site, all) = (subject.site, &subject.site.inclusive);
    // Of these the observed capacity tells more than the calls.
    if site.capacity.is_some() {
        return false;
    }
    // PERF: with the heap followed, the findings of 10,000 sites took 1.3 s as nothing was small.
    let held = subject.of_heap().map_or(0, OfHeap::most_held).max(site.peak.max());
    let shares = [
        subject.share_of_bytes(all.bytes),
        subject.share_of_bytes(site.own.copied_bytes),
        subject.share_of_requests(all.allocs.saturating_add(all.reallocs)),
        subject.share_of_blocks(all.allocs),
        subject.share_of_peak(held),
    ];
    let most = subject.priced_fresh(Saving {
        allocs: all.allocs,
        bytes: all.bytes,
        reallocs: all.reallocs,
        copied_bytes: all.copied_bytes,
        peak_bytes: held,
        ..Saving::default()
    });
    shares.iter().all(|share| *share < limits::MIN_SHARE) && most.cpu_share < limits::FLOOR_CPU
}

/// Whether the claim is about a part of the whole that counts, in blocks, bytes, peak or time.
fn is_a_part(claim: &Claim) -> bool {
    claim.share >= limits::MIN_SHARE || claim.saving.cpu_share >= limits::FLOOR_CPU
}

/// Whether an attribute or the optimizer treats the site already, for the same waste.
fn is_treated(subject: &Subject<'_>, rule: &Rule) -> bool {
    if subject.site.treated_by.is_some() && rule.waste == Waste::ShortLived {
        return true;
    }
    if subject.site.arena_given_up && rule.remedy == Some(Remedy::Arena) {
        return true;
    }
    let Some(remedy) = subject.adopted() else { return false };
    let treats = RULES.iter().find(|known| known.remedy == Some(remedy));
    rule.waste == Waste::Unknown || treats.is_some_and(|known| known.waste == rule.waste)
}

/// The title with a shorter name of the site where it would be too long.
fn fitted(title: String, subject: &Subject<'_>) -> String {
    let name = subject.name();
    let (columns, of_name) = (width(&title), width(&name));
    if columns <= limits::TITLE {
        return title;
    }
    let room = of_name.saturating_sub(columns - limits::TITLE).max(limits::TITLE_NAME);
    title.replacen(&name, &shorten(&name, room), 1)
}

fn finding(rule: &Rule, claim: Claim, subject: &Subject<'_>) -> Finding {
    let site = subject.site;
    let mut finding = Finding::new(rule.code, &site.name).at(&site.file, site.line, site.column);
    finding.manifest_dir.clone_from(&site.manifest_dir);
    finding.severity = if rule.remedy.is_some() { Severity::Warning } else { Severity::Note };
    finding.share = claim.worth();
    finding.title = fitted(claim.title, subject);
    finding.label = claim.label;
    finding.evidence = claim.evidence;
    finding.help = claim.help;
    finding.remedy = rule.remedy;
    finding.saving = claim.saving;
    finding
}
