//! Which events follow from what is published.

use crate::app::App;
use memopt_monitor::clock::Stamp;
use memopt_monitor::engine::Published;
use serde::Serialize;
use std::collections::BTreeMap;

/// What was told last.
#[derive(Debug, Default)]
pub(super) struct Maker {
    before: Option<Before>,
}

#[derive(Debug)]
struct Before {
    at: Stamp,
    /// Counters, for rates.
    counters: BTreeMap<String, f64>,
}

/// A reading.
#[derive(Debug, Serialize)]
struct Tick {
    at_ms: i64,
    values: BTreeMap<String, f64>,
    rates: BTreeMap<String, f64>,
    risk: Option<f64>,
    pressure: &'static str,
    alerts_firing: usize,
    findings: usize,
    leaks: usize,
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
        let (tick, counters) = self.tick(&now);
        self.before = Some(Before { at: now.at, counters });
        app.hub.send("tick", &tick);
    }

    fn tick(&self, now: &Published) -> (Tick, BTreeMap<String, f64>) {
        let mut counters = BTreeMap::new();
        let (mut values, mut rates) = (BTreeMap::new(), BTreeMap::new());
        for (key, value) in now.frame.readings().iter().filter(|(key, _)| key.label.is_none()) {
            values.insert(key.metric.to_string(), *value);
            counters.insert(key.metric.to_string(), *value);
            let rate = self.before.as_ref().and_then(|before| {
                let seconds = now.at.since(&before.at)?.as_secs_f64();
                let grown = value - before.counters.get(&*key.metric)?;
                (seconds > 0.0 && grown >= 0.0).then(|| grown / seconds)
            });
            rates.extend(rate.map(|rate| (key.metric.to_string(), rate)));
        }
        let firing = memopt_monitor::alerts::State::Firing;
        let tick = Tick {
            at_ms: now.at.unix_ms,
            values,
            rates,
            risk: now.found.risk.as_ref().map(|risk| risk.score),
            pressure: crate::api::pressure(now.pressure),
            alerts_firing: now.alerts.iter().filter(|alert| alert.state == firing).count(),
            findings: now.found.findings.len(),
            leaks: now.found.verdicts.len(),
        };
        (tick, counters)
    }
}
