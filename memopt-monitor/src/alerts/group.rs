//! Messages: alerts that belong together are sent together, after a wait, and again if they last.

use super::model::{Alert, Change, State};
use super::quiet::Quiet;
use super::timeline::ms;
use crate::config::{Alerts as Settings, Labels};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Alerts that are sent together.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Notification {
    /// What identifies the group.
    pub key: String,
    /// The labels by which its alerts are grouped, with their common values.
    pub labels: Labels,
    /// The alerts: those that fire and those that ended since the last message.
    pub alerts: Vec<Alert>,
    /// Why it is sent now.
    pub reason: Reason,
}

impl Notification {
    /// Whether any of the alerts fires.
    pub fn fires(&self) -> bool {
        self.alerts.iter().any(|alert| alert.state == State::Firing)
    }
}

/// Why a message is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// Its group is new.
    New,
    /// Alerts joined the group or ended.
    Changed,
    /// All its alerts ended.
    Ended,
    /// It still fires, and was sent a long time ago.
    Repeated,
}

/// What is known of each group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Groups {
    groups: BTreeMap<String, Group>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Group {
    labels: Labels,
    /// When its first alert fired.
    began: u64,
    /// When it was told last.
    told: Option<u64>,
    /// The alerts that were told as firing.
    firing: Vec<u64>,
    /// Alerts that were told, and ended since.
    ended: BTreeMap<u64, Alert>,
}

impl Group {
    /// What ended since the last message and fires again is as it was told. A message that had both
    /// would be taken for the end of it.
    fn forget_ends(&mut self, firing: &[&Alert]) {
        let Self { ended, firing: told, .. } = self;
        ended.retain(|fingerprint, _| {
            let again = firing.iter().any(|alert| alert.fingerprint == *fingerprint);
            if again {
                told.push(*fingerprint);
            }
            !again
        });
    }
}

/// The labels by which an alert is grouped. `...` stands for all.
fn labels(alert: &Alert, by: &[String]) -> Labels {
    if by.iter().any(|label| label == "...") {
        return alert.labels.clone();
    }
    let value = |name: &String| Some((name.clone(), alert.labels.get(name)?.clone()));
    by.iter().filter_map(value).collect()
}

impl Groups {
    /// Notes that an alert that was told has ended.
    pub(super) fn note(&mut self, change: &Change) {
        if change.to != State::Resolved {
            return;
        }
        let fingerprint = change.alert.fingerprint;
        for group in self.groups.values_mut() {
            if let Some(at) = group.firing.iter().position(|one| *one == fingerprint) {
                group.firing.remove(at);
                // Who was told of an alert waits for its end, but for who silenced it.
                if !matches!(change.alert.quiet, Some(Quiet::Silenced(_))) {
                    group.ended.insert(fingerprint, change.alert.clone());
                }
            }
        }
    }

    /// The messages that are due.
    pub(super) fn due(
        &mut self,
        firing: &[Alert],
        settings: &Settings,
        now: u64,
    ) -> Vec<Notification> {
        let mut of: BTreeMap<String, Vec<&Alert>> = BTreeMap::new();
        for alert in firing {
            let labels = labels(alert, &settings.group_by);
            let key = labels.iter().map(|(name, value)| format!("{name}={value:?}"));
            let key = format!("{{{}}}", key.collect::<Vec<_>>().join(","));
            if alert.quiet.is_none() {
                self.groups.entry(key.clone()).or_insert_with(|| Group {
                    labels,
                    began: now,
                    ..Group::default()
                });
            }
            of.entry(key).or_default().push(alert);
        }
        let mut messages = Vec::new();
        self.groups.retain(|key, group| {
            let all = of.get(key).map_or(&[][..], Vec::as_slice);
            group.forget_ends(all);
            let loud = || all.iter().filter(|alert| alert.quiet.is_none());
            let fresh = loud().any(|alert| !group.firing.contains(&alert.fingerprint));
            let changed = fresh || !group.ended.is_empty();
            let reason = match group.told {
                None if loud().next().is_none() => return false,
                None if now - group.began < ms(settings.group_wait) => return true,
                None => Reason::New,
                Some(told) if changed => {
                    if now - told < ms(settings.group_interval) {
                        return true;
                    }
                    if all.is_empty() { Reason::Ended } else { Reason::Changed }
                }
                // All that was told ended in silence.
                Some(_) if all.is_empty() => return false,
                Some(told) if now - told >= ms(settings.repeat_interval) => {
                    if loud().next().is_none() {
                        return true;
                    }
                    Reason::Repeated
                }
                Some(_) => return true,
            };
            group.told = Some(now);
            group.firing.extend(loud().map(|alert| alert.fingerprint));
            group.firing.sort_unstable();
            group.firing.dedup();
            let ended = std::mem::take(&mut group.ended);
            let alerts = loud().map(|alert| (*alert).clone()).chain(ended.into_values()).collect();
            messages.push(Notification {
                key: key.clone(),
                labels: group.labels.clone(),
                alerts,
                reason,
            });
            !all.is_empty()
        });
        messages
    }
}
