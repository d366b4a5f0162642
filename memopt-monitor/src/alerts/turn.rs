//! One evaluation of one rule: how far each of its alerts goes.

use super::condition::{At, Judged};
use super::instance::{Instance, Phase, RuleMemory};
use super::model::{Change, State};
use super::rules::labels_of;
use super::timeline::{Step, ms};
use crate::config::{AlertRule, Alerts as Settings, Labels};
use std::time::Duration;

/// One evaluation of one rule.
pub(super) struct Turn<'a> {
    pub(super) rule: &'a AlertRule,
    pub(super) settings: &'a Settings,
    pub(super) identity: &'a Labels,
    pub(super) at: &'a At<'a>,
    pub(super) step: Step,
    pub(super) changes: &'a mut Vec<Change>,
}

/// The name under which an alert is kept.
fn slot(own: Option<&(String, String)>) -> String {
    own.map_or_else(String::new, |(name, value)| format!("{name}={value}"))
}

impl Turn<'_> {
    /// Judges all values, and what of the rule's alerts is not among them.
    pub(super) fn values(&mut self, memory: &mut RuleMemory, values: &[Judged], complete: bool) {
        let seen: Vec<String> = values.iter().map(|one| slot(one.label.as_ref())).collect();
        if complete {
            self.ended(memory, |slot| !seen.contains(slot), "it is no longer so");
        } else {
            self.absent(memory, |slot| !seen.contains(slot), "its label has no value any more");
        }
        let most = self.settings.alerts_per_rule as usize;
        for (judged, slot) in values.iter().zip(seen) {
            match memory.alerts.get_mut(&slot) {
                Some(alert) => {
                    let before = alert.phase.clone();
                    alert.value = judged.value;
                    alert.shown.clone_from(&judged.shown);
                    alert.annotations = self.annotations(judged);
                    if self.turn(alert, judged) {
                        memory.alerts.remove(&slot);
                    } else if matches!(before, Phase::Cooling { .. })
                        && matches!(alert.phase, Phase::Pending { .. })
                    {
                        let alert = alert.clone();
                        self.say(&alert, State::Inactive, State::Pending, &judged.shown);
                    }
                }
                None if judged.fires => {
                    let is_active =
                        |alert: &&Instance| !matches!(alert.phase, Phase::Cooling { .. });
                    if memory.alerts.values().filter(is_active).count() >= most {
                        memory.left_out += 1;
                        continue;
                    }
                    let mut alert = self.begin(judged);
                    if self.rule.hold.is_zero() {
                        self.fire(&mut alert, State::Inactive);
                    } else {
                        self.say(&alert, State::Inactive, State::Pending, &judged.shown);
                    }
                    memory.alerts.insert(slot, alert);
                }
                None => {}
            }
        }
        self.end_cooling(memory);
    }

    /// A new alert, pending.
    fn begin(&self, judged: &Judged) -> Instance {
        Instance {
            own: judged.label.clone(),
            phase: Phase::Pending { since: self.step.now },
            severity: self.rule.severity,
            labels: labels_of(self.rule, judged.label.as_ref(), self.settings, self.identity),
            annotations: self.annotations(judged),
            value: judged.value,
            shown: judged.shown.clone(),
            active_since_ms: self.at.now.unix_ms,
            fired_ms: None,
            acknowledged: None,
            quiet: None,
            is_untold: false,
        }
    }

    fn annotations(&self, judged: &Judged) -> Labels {
        let mut annotations = Labels::new();
        let mut add = |name: &str, text: Option<&str>| {
            if let Some(text) = text.filter(|text| !text.is_empty()) {
                annotations.insert(name.to_owned(), text.to_owned());
            }
        };
        add("summary", Some(&self.rule.summary));
        add("value", Some(&judged.shown));
        add("detail", judged.detail.as_deref());
        add("remedy", Some(&self.rule.remedy));
        add("runbook", self.rule.runbook.as_deref());
        annotations
    }

    /// One step of one alert. `true`: it is gone.
    fn turn(&mut self, alert: &mut Instance, judged: &Judged) -> bool {
        let now = self.step.now;
        match &mut alert.phase {
            Phase::Pending { since } => {
                if !judged.fires {
                    let why =
                        format!("{}; its condition did not hold for long enough", judged.shown);
                    self.say(alert, State::Pending, State::Inactive, &why);
                    return true;
                }
                if now - *since >= ms(self.rule.hold) {
                    self.fire(alert, State::Pending);
                }
            }
            Phase::Firing { ended, absent, .. } => {
                *absent = None;
                if judged.goes_on {
                    *ended = None;
                } else {
                    let ended = *ended.get_or_insert(now);
                    // Who was not told of an alert while it was so is not told afterwards.
                    if alert.is_untold || now - ended >= ms(self.rule.keep_firing_for) {
                        return self.resolve(alert, &judged.shown);
                    }
                }
            }
            Phase::Cooling { until, pending } => {
                if !judged.fires {
                    *pending = None;
                    return now >= *until;
                }
                let since = *pending.get_or_insert(now);
                if now >= *until {
                    alert.phase = Phase::Pending { since };
                    alert.labels =
                        labels_of(self.rule, alert.own.as_ref(), self.settings, self.identity);
                    alert.severity = self.rule.severity;
                    alert.active_since_ms =
                        self.at.now.unix_ms - i64::try_from(now - since).unwrap_or(0);
                    if now - since >= ms(self.rule.hold) {
                        self.fire(alert, State::Inactive);
                    }
                }
            }
        }
        false
    }

    fn fire(&mut self, alert: &mut Instance, from: State) {
        alert.phase = Phase::Firing { since: self.step.now, ended: None, absent: None };
        alert.fired_ms = Some(self.at.now.unix_ms);
        let why = match self.rule.hold {
            Duration::ZERO => alert.shown.clone(),
            hold => format!("{}, for {} s", alert.shown, hold.as_secs_f64()),
        };
        self.say(alert, from, State::Firing, &why);
    }

    /// Ends an alert that fires. `true`: it is gone.
    fn resolve(&mut self, alert: &mut Instance, why: &str) -> bool {
        self.say(alert, State::Firing, State::Resolved, why);
        alert.acknowledged = None;
        alert.fired_ms = None;
        alert.is_untold = false;
        let until = self.step.now.saturating_add(ms(self.rule.cooldown));
        alert.phase = Phase::Cooling { until, pending: None };
        self.rule.cooldown.is_zero()
    }

    /// The condition of these alerts does not hold any more.
    fn ended(&mut self, memory: &mut RuleMemory, which: impl Fn(&String) -> bool, why: &str) {
        let mut alerts = std::mem::take(&mut memory.alerts);
        alerts.retain(|slot, alert| {
            let over = Judged {
                label: alert.own.clone(),
                value: alert.value,
                shown: why.to_owned(),
                detail: None,
                fires: false,
                goes_on: false,
                excess: 0.0,
            };
            !which(slot) || !self.turn(alert, &over)
        });
        memory.alerts = alerts;
    }

    /// What these alerts look at is absent.
    pub(super) fn absent(
        &mut self,
        memory: &mut RuleMemory,
        which: impl Fn(&String) -> bool,
        why: &str,
    ) {
        let (now, most) = (self.step.now, ms(self.settings.absent_after));
        let mut alerts = std::mem::take(&mut memory.alerts);
        alerts.retain(|slot, alert| {
            if !which(slot) {
                return true;
            }
            match &mut alert.phase {
                Phase::Pending { .. } => {
                    self.say(alert, State::Pending, State::Inactive, why);
                    false
                }
                Phase::Firing { absent, .. } => {
                    let since = *absent.get_or_insert(now);
                    now - since < most || !self.resolve(alert, why)
                }
                Phase::Cooling { until, pending } => {
                    *pending = None;
                    now < *until
                }
            }
        });
        memory.alerts = alerts;
    }

    /// Forgets what was silent for long enough.
    fn end_cooling(&self, memory: &mut RuleMemory) {
        let now = self.step.now;
        memory.alerts.retain(|_, alert| match alert.phase {
            Phase::Cooling { until, pending: None } => now < until,
            _ => true,
        });
    }

    fn say(&mut self, alert: &Instance, from: State, to: State, why: &str) {
        self.changes.push(alert.change(&self.rule.name, &self.at.now, from, to, why));
    }
}
