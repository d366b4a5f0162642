//! Compares a report with limits and with a baseline.
//!
//! Counts are compared exactly, means as fractions. A site that breaks a limit only because a site
//! inside does is counted and not listed: the inner one is to be mended.

use super::glob;
use super::policy::{FindingLimits, Limit, Limits, Profile, short};
use super::verdict::{Place, TOTAL, Total, Verdict, Violation};
use crate::quantity::{Fraction, Quantity, change};
use memopt_report::{Finding, Report, SiteReport, units};
use std::collections::{BTreeMap, BTreeSet};

/// What is judged by what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case<'a> {
    /// The report.
    pub(crate) report: &'a Report,
    /// What it is compared with.
    pub(crate) baseline: Option<&'a Report>,
    /// The limits.
    pub(crate) profile: &'a Profile,
    /// What may grow where the profile does not say.
    pub(crate) growth: Limits,
}

/// Judges; names of files and profile are the caller's.
pub(crate) fn judge(case: Case<'_>) -> Verdict {
    let mut judge = Judge { case, verdict: Verdict::default(), found: Vec::new() };
    judge.verdict.sites = case.report.sites().len();
    judge.totals();
    judge.sites();
    judge.findings(&case.profile.findings);
    judge.decide()
}

struct Judge<'a> {
    case: Case<'a>,
    verdict: Verdict,
    found: Vec<Violation>,
}

impl Judge<'_> {
    fn totals(&mut self) {
        let Case { report, baseline, profile, growth } = self.case;
        let growth = profile.total_growth.or(&growth);
        for quantity in Quantity::ALL {
            let after = quantity.of_run(report);
            let before = baseline.map(|report| quantity.of_run(report));
            self.verdict.totals.push(Total { quantity, before, after });
            let name = total_name(quantity);
            if let Limit::AtMost(limit) = profile.total.of(quantity) {
                self.verdict.judged += 1;
                if after > limit {
                    self.found.push(Violation {
                        rule: format!("budget.{}", quantity.key()),
                        place: None,
                        message: format!(
                            "{name}: {}; the limit is {}",
                            quantity.show_exact(after),
                            quantity.show_exact(limit)
                        ),
                        help: BUDGET.to_owned(),
                        quantity: Some(quantity),
                        actual: after as f64,
                        limit: limit as f64,
                        before: None,
                    });
                }
            }
            if let (Some(before), Limit::AtMost(share)) = (before, growth.of(quantity)) {
                self.verdict.judged += 1;
                let (old, new) = (Fraction::new(before, 1), Fraction::new(after, 1));
                if new.grew_by_more_than(old, share) {
                    let values = (quantity.show_exact(before), quantity.show_exact(after));
                    let message = grown(name, values, old, new, share);
                    self.found.push(growth_violation(quantity, None, message, old, new, share));
                }
            }
        }
    }

    fn sites(&mut self) {
        let Case { report, baseline, .. } = self.case;
        let before: BTreeMap<*const SiteReport, &SiteReport> = baseline
            .map(|older| older.pair_sites(report))
            .unwrap_or_default()
            .into_iter()
            .filter_map(|(old, new)| Some((std::ptr::from_ref(new?), old?)))
            .collect();
        let mut grown = Vec::new();
        for (index, site) in report.sites().iter().enumerate() {
            let older = before.get(&std::ptr::from_ref(site)).copied();
            self.site(index, site, older, &mut grown);
        }
        let inner = self.inner(&grown);
        for ((_, _, is_own, violation), is_caller) in grown.into_iter().zip(inner) {
            if is_caller && !is_own {
                self.verdict.callers += 1;
            } else {
                self.found.push(violation);
            }
        }
    }

    fn site(
        &mut self,
        index: usize,
        site: &SiteReport,
        older: Option<&SiteReport>,
        grown_sites: &mut Vec<Grown>,
    ) {
        let Case { profile, growth, .. } = self.case;
        let rule = profile.sites.iter().find(|rule| glob::names(&rule.site, &site.name));
        let call = rule.map_or(profile.call, |rule| rule.call.or(&profile.call));
        let may_grow = profile.call_growth.or(&growth);
        let may_grow = rule.map_or(may_grow, |rule| rule.growth.or(&may_grow));
        for quantity in Quantity::ALL {
            if let Limit::AtMost(limit) = call.of(quantity) {
                self.verdict.judged += 1;
                let largest = quantity.of_largest_call(site);
                if largest.exceeds(limit) {
                    let violation = budget_violation(quantity, site, largest, limit);
                    // Its own code is to blame where that alone is over the limit.
                    let own = quantity.of_own(site).map(|own| Fraction::new(own, site.calls));
                    let is_own = own.is_some_and(|own| own.exceeds(limit));
                    grown_sites.push((index, (Kind::Budget, quantity), is_own, violation));
                }
            }
            if let (Some(older), Limit::AtMost(share)) = (older, may_grow.of(quantity)) {
                self.verdict.judged += 1;
                let (old, new) = (quantity.of_call(older), quantity.of_call(site));
                if new.grew_by_more_than(old, share) {
                    let of = |site: &SiteReport| {
                        quantity.of_own(site).map(|own| Fraction::new(own, site.calls))
                    };
                    let own_grew = of(site)
                        .zip(of(older))
                        .is_some_and(|(new, old)| new.grew_by_more_than(old, share));
                    let values = (quantity.show(old.value()), quantity.show(new.value()));
                    let subject = format!("`{}`: {}", site.name, call_name(quantity));
                    let message = grown(&subject, values, old, new, share);
                    let place = Some(Place::of(site));
                    let violation = growth_violation(quantity, place, message, old, new, share);
                    grown_sites.push((index, (Kind::Growth, quantity), own_grew, violation));
                }
            }
        }
        if let Some(budget) = site.budget {
            self.verdict.judged += 1;
            if budget.exceeded > 0 {
                self.found.push(Violation {
                    rule: "budget.declared".to_owned(),
                    place: Some(Place::of(site)),
                    message: format!(
                        "`{}`: {} of {} broke the budget declared in the source",
                        site.name,
                        units::count(budget.exceeded),
                        units::counted(site.calls, "call")
                    ),
                    help: "let it allocate less, or raise `budget(..)` on the function".to_owned(),
                    quantity: None,
                    actual: budget.exceeded as f64,
                    limit: 0.0,
                    before: None,
                });
            }
        }
    }

    /// Of each of these whether a site inside it breaks the same limit.
    fn inner(&self, grown: &[Grown]) -> Vec<bool> {
        let report = self.case.report;
        let nodes = report.tree().nodes();
        let mut broken: BTreeMap<(Kind, Quantity), BTreeSet<usize>> = BTreeMap::new();
        for (site, limit, ..) in grown {
            broken.entry(*limit).or_default().insert(*site);
        }
        let mut outer: BTreeSet<((Kind, Quantity), usize)> = BTreeSet::new();
        for (limit, sites) in &broken {
            for node in nodes.iter().filter(|node| sites.contains(&node.site)) {
                let mut at = node.parent;
                while let Some(up) = at {
                    if nodes[up].site != node.site {
                        outer.insert((*limit, nodes[up].site));
                    }
                    at = nodes[up].parent;
                }
            }
        }
        grown.iter().map(|(site, limit, ..)| outer.contains(&(*limit, *site))).collect()
    }

    fn findings(&mut self, limits: &FindingLimits) {
        let (max, new) = (limits.max.value(), limits.new.value());
        if max.is_none() && (new.is_none() || self.case.baseline.is_none()) {
            return;
        }
        let counted = |report: &Report| -> Vec<Finding> {
            let is_ignored = |finding: &Finding| {
                limits.ignore.iter().any(|code| short(code) == short(&finding.code))
            };
            let all = report.suggestions();
            all.into_iter().filter(|finding| !is_ignored(finding)).collect()
        };
        let found = counted(self.case.report);
        if let Some(max) = max {
            self.verdict.judged += 1;
            if found.len() as u64 > max {
                let why = match max {
                    0 => String::new(),
                    max => format!(
                        ", one of {} where {} allowed",
                        units::counted(found.len() as u64, "finding"),
                        if max == 1 { "1 is".to_owned() } else { format!("{max} are") }
                    ),
                };
                let all = found.iter().map(|finding| finding_violation(finding, &why, max));
                self.found.extend(all);
                return;
            }
        }
        if let (Some(new), Some(baseline)) = (new, self.case.baseline) {
            self.verdict.judged += 1;
            let known: BTreeSet<(String, String)> =
                counted(baseline).into_iter().map(|f| (f.code, f.site)).collect();
            let fresh: Vec<&Finding> = found
                .iter()
                .filter(|f| !known.contains(&(f.code.clone(), f.site.clone())))
                .collect();
            if fresh.len() as u64 > new {
                let why = ", which the baseline does not have";
                let all = fresh.into_iter().map(|finding| finding_violation(finding, why, new));
                self.found.extend(all);
            }
        }
    }

    /// Parts what is allowed from what is not.
    fn decide(mut self) -> Verdict {
        let allow = &self.case.profile.allow;
        let mut used = vec![false; allow.len()];
        for violation in std::mem::take(&mut self.found) {
            let by = allow.iter().position(|allow| {
                let names = match &violation.place {
                    Some(place) => glob::names(&allow.site, &place.site),
                    None => allow.site == TOTAL,
                };
                let rules = &allow.rules;
                names && (rules.is_empty() || rules.iter().any(|r| covers(r, &violation.rule)))
            });
            match by {
                Some(index) => {
                    used[index] = true;
                    self.verdict.allowed.push((violation, allow[index].reason.clone()));
                }
                None => self.verdict.violations.push(violation),
            }
        }
        let unused = allow.iter().zip(used).filter(|(_, used)| !used);
        self.verdict.unused = unused.map(|(allow, _)| allow.site.clone()).collect();
        self.verdict.violations.sort_by(|a, b| rank(a).cmp(&rank(b)));
        self.verdict
    }
}

/// A broken limit of a site: the site, the limit, whether its own code alone breaks it.
type Grown = (usize, (Kind, Quantity), bool, Violation);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Budget,
    Growth,
}

/// The whole run first, then sites by name, so that the order does not change from run to run.
fn rank(violation: &Violation) -> (bool, &str, &str) {
    (violation.place.is_some(), violation.subject(), &violation.rule)
}

/// Whether a rule of the allow-list is this one or all of its kind.
fn covers(allowed: &str, rule: &str) -> bool {
    rule.strip_prefix(allowed).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

const BUDGET: &str = "let it allocate less, or raise the limit in memopt.toml";
const GROWTH: &str = "if the growth is meant, save a new baseline, or allow it with a reason in \
                      memopt.toml";

fn total_name(quantity: Quantity) -> &'static str {
    match quantity {
        Quantity::Allocs => "blocks of the whole run",
        Quantity::Bytes => "bytes of the whole run",
        Quantity::Peak => "highest peak of any call",
        Quantity::Retained => "bytes still live at the end",
        Quantity::Reallocs => "reallocations of the whole run",
    }
}

fn call_name(quantity: Quantity) -> &'static str {
    match quantity {
        Quantity::Allocs => "blocks a call",
        Quantity::Bytes => "bytes a call",
        Quantity::Peak => "highest peak of a call",
        Quantity::Retained => "bytes retained a call",
        Quantity::Reallocs => "reallocations a call",
    }
}

fn grown(
    subject: &str,
    (before, after): (String, String),
    old: Fraction,
    new: Fraction,
    share: u64,
) -> String {
    let moved = change(old.value(), new.value());
    let allowed = match share {
        0 => "no growth is allowed".to_owned(),
        share => format!("+{} is allowed", percent(share)),
    };
    format!("{subject}: {before} before, {after} now ({moved}); {allowed}")
}

fn percent(millionths: u64) -> String {
    let text = format!("{:.4}", millionths as f64 / 10_000.0);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

fn growth_violation(
    quantity: Quantity,
    place: Option<Place>,
    message: String,
    old: Fraction,
    new: Fraction,
    share: u64,
) -> Violation {
    Violation {
        rule: format!("growth.{}", quantity.key()),
        place,
        message,
        help: GROWTH.to_owned(),
        quantity: Some(quantity),
        actual: new.value(),
        limit: old.value() * (1.0 + share as f64 / 1e6),
        before: Some(old.value()),
    }
}

fn budget_violation(
    quantity: Quantity,
    site: &SiteReport,
    largest: Fraction,
    limit: u64,
) -> Violation {
    let what = match quantity {
        Quantity::Allocs => "blocks in its largest call",
        Quantity::Bytes => "bytes in its largest call",
        Quantity::Peak => "highest peak of a call",
        Quantity::Retained => "most bytes retained by a call",
        Quantity::Reallocs => "reallocations a call, on average",
    };
    let (actual, most) = (quantity.show(largest.value()), quantity.show(limit as f64));
    // Two figures that look the same are shown with all of their digits.
    let values = if actual == most {
        (quantity.show_exact(largest.value() as u64), quantity.show_exact(limit))
    } else {
        (actual, most)
    };
    Violation {
        rule: format!("budget.{}", quantity.key()),
        place: Some(Place::of(site)),
        message: format!("`{}`: {what}: {}; the limit is {}", site.name, values.0, values.1),
        help: BUDGET.to_owned(),
        quantity: Some(quantity),
        actual: largest.value(),
        limit: limit as f64,
        before: None,
    }
}

fn finding_violation(finding: &Finding, why: &str, limit: u64) -> Violation {
    Violation {
        rule: format!("finding.{}", short(&finding.code)),
        place: Some(Place {
            site: finding.site.clone(),
            file: super::verdict::relative(&finding.file),
            line: finding.line,
            column: finding.column,
        }),
        message: format!("{}{why}", finding.title),
        help: finding.help.clone(),
        quantity: None,
        actual: finding.share,
        limit: limit as f64,
        before: None,
    }
}

#[cfg(test)]
mod tests;
