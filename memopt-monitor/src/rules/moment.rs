//! What is known at the moment of an evaluation.

use super::effect::Before;
use crate::alerts::condition::Judgement;
use crate::alerts::{Alert, Inputs, State};
use crate::clock::Stamp;
use crate::config::{CollectionRule, Labels};
use crate::metric::Unit;
use crate::series::Key;

/// What is known at the moment of an evaluation.
#[derive(Clone, Copy)]
pub struct Moment<'a> {
    /// When it is.
    pub now: Stamp,
    /// Series and verdicts.
    pub inputs: &'a dyn Inputs,
    /// The alerts that fire.
    pub firing: &'a [Alert],
    /// What filters look at: `program`, `instance`, `host`.
    pub labels: &'a Labels,
    /// What the program is: its version, its build. What did harm is not tried again while this
    /// is the same.
    pub situation: &'a str,
}

impl std::fmt::Debug for Moment<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Moment").field("now", &self.now).finish_non_exhaustive()
    }
}

/// What the rule and the program are.
pub(super) fn situation(rule: &CollectionRule, moment: &Moment<'_>) -> String {
    format!("{}\n{:?}", moment.situation, rule.actions)
}

/// Whether an alert fires.
pub(super) fn on_alert(name: &str, firing: &[Alert]) -> Result<String, String> {
    let found = firing.iter().find(|alert| alert.rule == name && alert.state == State::Firing);
    match found {
        Some(alert) => {
            Ok(alert.annotations.get("value").cloned().unwrap_or_else(|| name.to_owned()))
        }
        None => Err(format!("the alert `{name}` does not fire")),
    }
}

/// Whether a condition holds, and for what.
pub(super) fn condition(judgement: &Judgement, held: bool, limit: &str) -> Result<String, String> {
    match judgement {
        Judgement::Absent(why) => Err(why.clone()),
        Judgement::Values { values, .. } => {
            let holds = values.iter().find(|one| if held { one.goes_on } else { one.fires });
            match (holds, values.first()) {
                (Some(one), _) => Ok(one.shown.clone()),
                (None, Some(nearest)) => Err(format!("{}; it holds {limit}", nearest.shown)),
                (None, None) => Err("nothing of its kind is wrong".to_owned()),
            }
        }
    }
}

/// The series of a metric that is told for the process.
pub(super) fn key(metric: &str, moment: &Moment<'_>) -> Option<Key> {
    moment.inputs.keys(metric).into_iter().find(|key| key.label.is_none())
}

/// What is seen of the metric of the effect.
pub(super) fn before(rule: &CollectionRule, moment: &Moment<'_>) -> Option<Before> {
    let metric = match &rule.effect {
        Some(metric) => metric.clone(),
        None => match moment.inputs.limit() {
            // What others in a group around the program use is no effect of what it does.
            Ok(limit) if limit.used.label.is_none() => limit.used.metric.to_string(),
            _ => "process.resident".to_owned(),
        },
    };
    let series = moment.inputs.window(&key(&metric, moment)?, rule.effect_window);
    let least = least(&metric, moment);
    Some(Before::of(metric, &series)?.least(least))
}

/// The smallest change of a metric that matters.
fn least(metric: &str, moment: &Moment<'_>) -> f64 {
    match moment.inputs.metric(metric).map(|metric| metric.unit) {
        Some(Unit::Bytes) => {
            let limit = moment.inputs.limit();
            limit.map_or(MIB, |limit| (limit.bytes as f64 / 1_000.0).min(MIB))
        }
        Some(Unit::Count) => 1.0,
        Some(Unit::Ratio) => 0.01,
        Some(Unit::Seconds) => 0.001,
        None => 0.0,
    }
}

const MIB: f64 = (1 << 20) as f64;
