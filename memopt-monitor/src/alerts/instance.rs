//! One alert as it is remembered.

use super::condition::limit_of;
use super::explain::Explanation;
use super::model::{Alert, Change, State};
use super::quiet::Quiet;
use super::rules::fingerprint;
use super::timeline::ms;
use crate::clock::Stamp;
use crate::config::{AlertRule, Labels, Severity};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// The alerts of one rule.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct RuleMemory {
    /// Of the rule that made these states.
    pub(super) definition: u64,
    /// By the value of their label.
    pub(super) alerts: BTreeMap<String, Instance>,
    pub(super) left_out: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Instance {
    pub(super) own: Option<(String, String)>,
    pub(super) phase: Phase,
    pub(super) severity: Severity,
    pub(super) labels: Labels,
    pub(super) annotations: Labels,
    pub(super) value: f64,
    pub(super) shown: String,
    pub(super) active_since_ms: i64,
    pub(super) fired_ms: Option<i64>,
    pub(super) acknowledged: Option<String>,
    pub(super) quiet: Option<Quiet>,
    /// Whether it followed from another alert, and nobody was told of it since.
    pub(super) is_untold: bool,
}

/// All times are on the timeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Phase {
    Pending {
        since: u64,
    },
    Firing {
        since: u64,
        /// When the condition ended.
        ended: Option<u64>,
        /// Since when what it looks at is absent.
        absent: Option<u64>,
    },
    Cooling {
        until: u64,
        /// Since when the condition holds again.
        pending: Option<u64>,
    },
}

impl Instance {
    /// The alert, if it is pending or fires.
    pub(super) fn told(&self, rule: &str) -> Option<Alert> {
        let state = match self.phase {
            Phase::Pending { .. } => State::Pending,
            Phase::Firing { .. } => State::Firing,
            Phase::Cooling { .. } => return None,
        };
        Some(self.alert(rule, state, None))
    }

    fn alert(&self, rule: &str, state: State, ended_ms: Option<i64>) -> Alert {
        Alert {
            fingerprint: fingerprint(&self.labels),
            rule: rule.to_owned(),
            severity: self.severity,
            state,
            labels: self.labels.clone(),
            annotations: self.annotations.clone(),
            own_label: self.own.as_ref().map(|(name, _)| name.clone()),
            value: self.value,
            active_since_ms: self.active_since_ms,
            fired_ms: self.fired_ms,
            ended_ms,
            quiet: self.quiet.clone(),
        }
    }

    pub(super) fn change(
        &self,
        rule: &str,
        now: &Stamp,
        from: State,
        to: State,
        why: &str,
    ) -> Change {
        let ended = (to == State::Resolved).then_some(now.unix_ms);
        Change { at: *now, alert: self.alert(rule, to, ended), from, to, why: why.to_owned() }
    }
}

/// Why a rule fires or does not.
pub(super) fn explain(
    rule: &AlertRule,
    memory: &RuleMemory,
    now: u64,
    shown: Option<&str>,
    why_absent: Option<String>,
) -> Explanation {
    let gap = |from: u64, to: u64| Duration::from_millis(to.saturating_sub(from));
    let rank = |alert: &&Instance| match &alert.phase {
        Phase::Firing { ended: None, .. } => 4,
        Phase::Firing { .. } => 3,
        Phase::Pending { .. } => 2,
        Phase::Cooling { pending: Some(_), .. } => 1,
        Phase::Cooling { .. } => 0,
    };
    let worst = memory.alerts.values().max_by_key(rank);
    match worst.map(|alert| (&alert.phase, alert)) {
        Some((Phase::Firing { .. }, _)) if why_absent.is_some() => {
            Explanation::FiringWithoutValue(why_absent.unwrap_or_default())
        }
        Some((Phase::Firing { ended: Some(ended), .. }, _)) => Explanation::KeptFiring {
            left: gap(now, ended.saturating_add(ms(rule.keep_firing_for))),
        },
        Some((Phase::Firing { since, .. }, alert)) => {
            Explanation::Firing { shown: alert.shown.clone(), since: gap(*since, now) }
        }
        Some((Phase::Pending { since }, alert)) => Explanation::NotForLongEnough {
            shown: alert.shown.clone(),
            held: gap(*since, now),
            needed: rule.hold,
        },
        Some((Phase::Cooling { until, pending: Some(_) }, _)) => {
            Explanation::CoolingDown { left: gap(now, *until) }
        }
        _ => match (why_absent, shown) {
            (Some(why), _) => Explanation::Absent(why),
            (None, Some(shown)) => {
                Explanation::Holds { shown: shown.to_owned(), limit: limit_of(rule) }
            }
            (None, None) => Explanation::NothingWrong,
        },
    }
}
