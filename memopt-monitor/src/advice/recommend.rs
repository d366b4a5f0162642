//! One list of what is worth doing, from detectors, leak verdicts, trends and risk.
//!
//! # Order
//!
//! Each has an **urgency**, 0 to 1. That of a leak is its confidence, weighted by how much of the
//! growth of the process it explains; that of a finding is what it is worth (the larger of its
//! shares of CPU time and of memory), at most 0.5, since nothing breaks if it waits; that of a
//! factor of the risk is its part of the score. One site is told once: the leak first, and what the
//! detectors say of it is added to its evidence.

use crate::analysis::risk::Risk;
use memopt_report::leak::{LeakKind, LeakVerdict};
use memopt_report::units::bytes;
use memopt_report::{Edit, Finding, ReclaimableReport};

/// What to do.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Act {
    /// Change the source.
    Edit(Box<Edit>),
    /// Change the source by hand: what to type is in the text.
    Change(String),
    /// Let the optimizer try it: `optimization.mode = "apply"`.
    Optimize,
    /// Give back what is held for reuse.
    Reclaim,
    /// Change a setting of the program or of its surroundings.
    Configure(String),
    /// Look closer: how is in the text.
    Look(String),
}

/// One thing that is worth doing.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Recommendation {
    /// Where it comes from: the code of a rule, `leak`, `risk`.
    pub from: String,
    /// The site it is about; none where it is about the process.
    pub site: Option<String>,
    /// The situation, in one sentence.
    pub title: String,
    /// The figures.
    pub evidence: Vec<String>,
    /// How urgent, 0 to 1.
    pub urgency: f64,
    /// CPU time it is predicted to save, as a share of the program's.
    pub cpu_share: f64,
    /// Bytes of memory it is predicted to save.
    pub memory_bytes: u64,
    /// What to do, the best first.
    pub acts: Vec<Act>,
}

/// What there is to recommend from.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// What the detectors say.
    pub findings: &'a [Finding],
    /// Leaks.
    pub leaks: &'a [LeakVerdict],
    /// Bytes by which the process grows in a second, by the trend of its resident bytes; none
    /// where they do not grow.
    pub growth: Option<f64>,
    /// The risk.
    pub risk: &'a Risk,
    /// What is held for reuse.
    pub reclaimable: &'a [ReclaimableReport],
}

/// A finding alone is at most so urgent.
const FINDING: f64 = 0.5;
/// Parts of the risk below this are not worth a line.
const SLIGHT: f64 = 0.02;
/// Bytes held for reuse that are worth giving back.
const HELD: u64 = 8 << 20;

/// The list, the most urgent first.
pub fn rank(inputs: &Inputs<'_>) -> Vec<Recommendation> {
    let mut all: Vec<Recommendation> =
        inputs.leaks.iter().map(|verdict| leak(verdict, inputs)).collect();
    for finding in inputs.findings {
        let told = all.iter_mut().find(|one| one.site.as_deref() == Some(&finding.site));
        match told {
            Some(leak) => join(leak, finding),
            None => all.push(change(finding)),
        }
    }
    all.extend(risks(inputs));
    all.extend(held(inputs));
    all.sort_by(|a, b| {
        b.urgency.total_cmp(&a.urgency).then_with(|| (&a.site, &a.from).cmp(&(&b.site, &b.from)))
    });
    all
}

fn leak(verdict: &LeakVerdict, inputs: &Inputs<'_>) -> Recommendation {
    let mut evidence: Vec<String> =
        verdict.finding.evidence.iter().map(ToString::to_string).collect();
    let rate = verdict.growth.bytes_per_second.value;
    let explained = inputs.growth.filter(|growth| *growth > 0.0).map(|growth| rate / growth);
    if let Some(share) = explained {
        evidence
            .push(format!("explains {:.0} % of the growth of the process", 100.0 * share.min(1.0)));
    }
    let weight = explained.map_or(1.0, |share| 0.5 + 0.5 * share.clamp(0.0, 1.0));
    let acts = match verdict.kind {
        LeakKind::Retention => vec![Act::Reclaim, Act::Look(verdict.finding.help.clone())],
        _ => vec![Act::Look(verdict.finding.help.clone())],
    };
    Recommendation {
        from: verdict.kind.name().to_owned(),
        site: Some(verdict.finding.site.clone()),
        title: verdict.finding.title.clone(),
        evidence,
        urgency: verdict.confidence * weight,
        cpu_share: 0.0,
        memory_bytes: verdict.bytes,
        acts,
    }
}

/// What a detector says of a site that leaks.
fn join(leak: &mut Recommendation, finding: &Finding) {
    leak.evidence.push(format!("{}: {}", finding.code, finding.title));
    leak.cpu_share = leak.cpu_share.max(finding.saving.cpu_share);
    leak.acts.extend(acts(finding));
}

fn change(finding: &Finding) -> Recommendation {
    Recommendation {
        from: finding.code.clone(),
        site: Some(finding.site.clone()),
        title: finding.title.clone(),
        evidence: finding.evidence.iter().map(ToString::to_string).collect(),
        urgency: finding.share.clamp(0.0, FINDING),
        cpu_share: finding.saving.cpu_share,
        memory_bytes: finding.saving.peak_bytes.max(finding.saving.retained_bytes),
        acts: acts(finding),
    }
}

fn acts(finding: &Finding) -> Vec<Act> {
    use memopt_report::Remedy::{Arena, Pool, PreSize};
    let mut acts = Vec::new();
    acts.extend(finding.edit.clone().map(|edit| Act::Edit(Box::new(edit))));
    if matches!(finding.remedy, Some(Arena | Pool | PreSize)) {
        acts.push(Act::Optimize);
    }
    if !finding.help.is_empty() {
        acts.push(Act::Change(finding.help.clone()));
    }
    acts
}

/// A line for each factor that makes the risk.
fn risks(inputs: &Inputs<'_>) -> impl Iterator<Item = Recommendation> {
    let score = inputs.risk.score;
    inputs.risk.factors.iter().filter(move |one| one.share * score >= SLIGHT).map(move |factor| {
        let steps = factor.mitigation();
        Recommendation {
            from: "risk".to_owned(),
            site: None,
            title: factor.to_string(),
            evidence: vec![format!("{:.0} % of a risk of {score:.2}", 100.0 * factor.share)],
            urgency: factor.share * score,
            cpu_share: 0.0,
            memory_bytes: 0,
            acts: steps.iter().map(|step| Act::Configure((*step).to_owned())).collect(),
        }
    })
}

/// What is held for reuse, where it is much and memory is short.
fn held(inputs: &Inputs<'_>) -> Option<Recommendation> {
    let total: u64 = inputs.reclaimable.iter().map(|reclaimable| reclaimable.idle_bytes).sum();
    (total >= HELD && inputs.risk.score >= 0.25).then(|| Recommendation {
        from: "reclaim".to_owned(),
        site: None,
        title: format!("pools and caches hold {} that nobody uses now", bytes(total)),
        evidence: inputs
            .reclaimable
            .iter()
            .filter(|reclaimable| reclaimable.idle_bytes > 0)
            .map(|reclaimable| {
                format!("{} holds {}", reclaimable.name, bytes(reclaimable.idle_bytes))
            })
            .collect(),
        urgency: inputs.risk.score * 0.5,
        cpu_share: 0.0,
        memory_bytes: total,
        acts: vec![Act::Reclaim],
    })
}

#[cfg(test)]
mod tests;
