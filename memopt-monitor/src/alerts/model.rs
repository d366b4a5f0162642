//! Alerts and their changes, as they are told.

use super::explain::Explanation;
use super::quiet::Quiet;
use crate::clock::Stamp;
use crate::config::{Labels, Severity, Watch};
use serde::{Deserialize, Serialize};

/// How far an alert is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum State {
    /// Its condition does not hold.
    Inactive,
    /// Its condition holds, but not for long enough.
    Pending,
    /// It fires.
    Firing,
    /// It fired, and ended.
    Resolved,
}

impl State {
    /// Its word in messages.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Inactive => "inactive",
            Self::Pending => "pending",
            Self::Firing => "firing",
            Self::Resolved => "resolved",
        }
    }
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.word())
    }
}

/// One alert. Labels identify it, annotations vary.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Alert {
    /// A number made from its labels. It stays the same over restarts.
    pub fingerprint: u64,
    /// The rule.
    pub rule: String,
    /// How urgent it is.
    pub severity: Severity,
    /// How far it is.
    pub state: State,
    /// `alertname`, `severity`, the labels of the rule and the configuration, and the label of its
    /// metric.
    pub labels: Labels,
    /// `summary`, `value`, `detail`, `remedy` and `runbook`, those that there are.
    pub annotations: Labels,
    /// The label that came from the metric or the verdict: `site`.
    pub own_label: Option<String>,
    /// The newest value, in base units.
    pub value: f64,
    /// When its condition began to hold, ms since 1970.
    pub active_since_ms: i64,
    /// When it began to fire, ms since 1970.
    pub fired_ms: Option<i64>,
    /// When it ended, ms since 1970.
    pub ended_ms: Option<i64>,
    /// Why it is not sent, if so.
    pub quiet: Option<Quiet>,
}

impl Alert {
    /// The fingerprint as people see it.
    pub fn id(&self) -> String {
        format!("{:016x}", self.fingerprint)
    }
}

/// One change of state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Change {
    /// When.
    #[serde(with = "stamp")]
    pub at: Stamp,
    /// The alert after the change.
    pub alert: Alert,
    /// How far it was.
    pub from: State,
    /// How far it is.
    pub to: State,
    /// Why, in one sentence.
    pub why: String,
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { alert, from, to, why, .. } = self;
        write!(f, "{}", alert.rule)?;
        if let Some(name) = &alert.own_label
            && let Some(value) = alert.labels.get(name)
        {
            write!(f, " ({name} {value})")?;
        }
        write!(f, ": {from} → {to}: {why}")
    }
}

/// What a rule is doing, and why it does not fire.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RuleStatus {
    /// The rule.
    pub name: String,
    /// What it looks at.
    pub watch: Watch,
    /// How urgent its alerts are.
    pub severity: Severity,
    /// The state of its worst alert.
    pub state: State,
    /// The newest value that is nearest to the limit, in base units.
    pub value: Option<f64>,
    /// The same as people write it, with what it is a share of.
    pub shown: Option<String>,
    /// When it was evaluated last.
    pub evaluated: Option<Stamp>,
    /// Why it fires or does not.
    pub explanation: Explanation,
    /// Its alerts that are pending or firing.
    pub alerts: Vec<Alert>,
    /// Alerts that were left out since the start, because there were too many.
    pub left_out: u64,
}

/// How a stamp is saved.
mod stamp {
    use crate::clock::Stamp;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(stamp: &Stamp, to: S) -> Result<S::Ok, S::Error> {
        (stamp.run, stamp.monotonic_ns, stamp.unix_ms).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Stamp, D::Error> {
        let (run, monotonic_ns, unix_ms) = Deserialize::deserialize(from)?;
        Ok(Stamp { run, monotonic_ns, unix_ms })
    }
}
