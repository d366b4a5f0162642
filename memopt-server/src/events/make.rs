//! Which events follow from what is published.

use crate::api::{ChangeItem, FaultItem, ProposalItem, RunItem};
use crate::app::App;
use memopt_monitor::alerts::{Change, State};
use memopt_monitor::clock::Stamp;
use memopt_monitor::engine::Published;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What was told last.
#[derive(Debug, Default)]
pub(super) struct Maker {
    before: Option<Before>,
}

#[derive(Debug)]
struct Before {
    at: Stamp,
    /// All values of the process, for rates.
    values: BTreeMap<String, f64>,
    /// Alerts and how far they are.
    alerts: BTreeSet<(u64, State)>,
    /// The newest run and proposal.
    run: u64,
    proposal: u64,
    faults: BTreeMap<String, i64>,
}

/// A reading.
#[derive(Debug, Serialize)]
struct Tick<'a> {
    at_ms: i64,
    values: &'a BTreeMap<String, f64>,
    rates: BTreeMap<&'a str, f64>,
    risk: Option<f64>,
    pressure: &'static str,
    alerts_firing: usize,
    findings: usize,
    leaks: usize,
}

/// A fault that began or ended.
#[derive(Debug, Serialize)]
struct FaultEvent {
    #[serde(flatten)]
    fault: FaultItem,
    ended: bool,
}

/// Readings nearer to each other are told once.
const APART_MS: u128 = 950;

impl Maker {
    /// Nobody listens: nothing follows from what was before.
    pub(super) fn forget(&mut self) {
        self.before = None;
    }

    /// Tells what is new.
    pub(super) fn look(&mut self, app: &App) {
        let Some(now) = app.monitor.published() else { return };
        let since = self.before.as_ref().map(|before| now.at.since(&before.at));
        if since.is_some_and(|since| since.is_none_or(|time| time.as_millis() < APART_MS)) {
            return;
        }
        let new = Before::of(&now);
        app.hub.send("tick", &tick(&now, &new.values, self.before.as_ref()));
        if let Some(before) = &self.before {
            tell(app, &now, before, &new);
        }
        self.before = Some(new);
    }
}

impl Before {
    fn of(now: &Published) -> Self {
        let readings = now.frame.readings().iter().filter(|(key, _)| key.label.is_none());
        Self {
            at: now.at,
            values: readings.map(|(key, value)| (key.metric.to_string(), *value)).collect(),
            alerts: now.alerts.iter().map(|alert| (alert.fingerprint, alert.state)).collect(),
            run: now.runs.iter().map(|run| run.id).max().unwrap_or(0),
            proposal: now.proposals.iter().map(|proposal| proposal.id).max().unwrap_or(0),
            faults: now
                .faults
                .iter()
                .map(|fault| (fault.part.clone(), fault.since.unix_ms))
                .collect(),
        }
    }
}

fn tick<'a>(
    now: &Published,
    values: &'a BTreeMap<String, f64>,
    before: Option<&Before>,
) -> Tick<'a> {
    let mut rates = BTreeMap::new();
    if let Some(before) = before
        && let Some(time) = now.at.since(&before.at).filter(|time| !time.is_zero())
    {
        for (name, value) in values {
            let grown = before.values.get(name).map(|before| value - before);
            if let Some(grown) = grown.filter(|grown| *grown >= 0.0) {
                rates.insert(name.as_str(), grown / time.as_secs_f64());
            }
        }
    }
    Tick {
        at_ms: now.at.unix_ms,
        values,
        rates,
        risk: now.found.risk.as_ref().map(|risk| risk.score),
        pressure: now.pressure.name(),
        alerts_firing: now.alerts.iter().filter(|it| it.state == State::Firing).count(),
        findings: now.found.findings.len(),
        leaks: now.found.verdicts.len(),
    }
}

/// What happened between two readings.
fn tell(app: &App, now: &Published, before: &Before, new: &Before) {
    if before.alerts != new.alerts {
        let changes =
            app.monitor.ask(|engine| engine.alerts().history().cloned().collect::<Vec<Change>>());
        for change in changes.into_iter().flatten().filter(|change| change.at > before.at) {
            app.hub.send("alert", &ChangeItem::of(&change));
        }
    }
    for run in now.runs.iter().filter(|run| run.id > before.run) {
        app.hub.send("run", &RunItem::of(run));
    }
    for proposal in now.proposals.iter().filter(|it| it.id > before.proposal) {
        app.hub.send("proposal", &ProposalItem::of(proposal));
    }
    for fault in now.faults.iter().filter(|it| !before.faults.contains_key(&it.part)) {
        app.hub.send("fault", &FaultEvent { fault: FaultItem::of(fault), ended: false });
    }
    for (part, since_ms) in before.faults.iter().filter(|(it, _)| !new.faults.contains_key(*it)) {
        let fault = FaultItem {
            part: part.clone(),
            since_ms: *since_ms,
            detail: "it works again".to_owned(),
        };
        app.hub.send("fault", &FaultEvent { fault, ended: true });
    }
}
