//! Why a firing alert is not sent: silences, acknowledgements, inhibition.

use crate::config::{Inhibition, Labels, Matcher};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Why an alert is not sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Quiet {
    /// A silence with this number.
    Silenced(u64),
    /// Somebody has taken it on.
    Acknowledged(String),
    /// It follows from this alert.
    Inhibited(String),
}

impl fmt::Display for Quiet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silenced(id) => write!(f, "silenced by silence {id}"),
            Self::Acknowledged(by) => write!(f, "acknowledged by {by}"),
            Self::Inhibited(by) => write!(f, "follows from the alert {by}, which fires"),
        }
    }
}

/// A time in which some alerts are not sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Silence {
    /// Its number.
    pub id: u64,
    /// The alerts: all conditions must hold.
    pub matchers: Vec<Matcher>,
    /// Who asked for it.
    pub by: String,
    /// Why.
    pub comment: String,
    /// When it began, ms since 1970.
    pub began_ms: i64,
    /// When it ends, ms since 1970, if nobody sets the clock.
    pub ends_ms: i64,
    /// When it ends, on the timeline.
    pub(super) until: u64,
}

impl Silence {
    pub(super) fn covers(&self, labels: &Labels) -> bool {
        self.matchers.iter().all(|matcher| matcher.matches(labels))
    }
}

/// The firing alert from which one with these labels follows.
pub(super) fn inhibitor<'a>(
    labels: &Labels,
    inhibitions: &[Inhibition],
    firing: &'a [Labels],
) -> Option<&'a str> {
    let all = |matchers: &[Matcher], labels: &Labels| matchers.iter().all(|m| m.matches(labels));
    inhibitions.iter().filter(|inhibition| all(&inhibition.target, labels)).find_map(|inhibition| {
        let explains = |source: &&Labels| {
            *source != labels
                && all(&inhibition.source, source)
                // Of two that explain each other, both are told.
                && !all(&inhibition.source, labels)
                && inhibition.equal.iter().all(|name| source.get(name) == labels.get(name))
        };
        firing.iter().find(explains).and_then(|source| source.get("alertname")).map(String::as_str)
    })
}
