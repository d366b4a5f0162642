//! The states of all alerts.

use super::condition::{At, Judgement, judge};
use super::explain::Explanation;
use super::group::{Groups, Notification};
use super::inputs::Inputs;
use super::instance::{Instance, Phase, RuleMemory, explain};
use super::model::{Alert, Change, RuleStatus, State};
use super::quiet::{Quiet, Silence, inhibitor};
use super::rules::{definition, fingerprint, inhibitions_of, rules_of};
use super::timeline::{Step, Timeline, ms};
use super::turn::Turn;
use crate::clock::Stamp;
use crate::config::{AlertRule, Alerts as Settings, Inhibition, Labels, Matcher};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// The rules and the states of their alerts.
#[derive(Debug)]
pub struct Alerts {
    settings: Settings,
    stale: Duration,
    /// Labels of this program and instance.
    identity: Labels,
    rules: Arc<[AlertRule]>,
    inhibitions: Vec<Inhibition>,
    pub(super) memory: Memory,
    evaluated: BTreeMap<String, Evaluated>,
    /// When all rules were evaluated last.
    last: Option<Stamp>,
}

/// What survives a restart.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Memory {
    timeline: Timeline,
    rules: BTreeMap<String, RuleMemory>,
    silences: Vec<Silence>,
    last_silence: u64,
    groups: Groups,
    history: VecDeque<Change>,
}

/// What the last evaluation of a rule found.
#[derive(Debug)]
struct Evaluated {
    at: Stamp,
    value: Option<f64>,
    shown: Option<String>,
    explanation: Explanation,
}

/// A reading comes a little late, and the one after it in time: it is judged all the same.
const EARLY: Duration = Duration::from_millis(250);

/// Silences at once: each is compared with each alert.
const SILENCES: usize = 1_000;

impl Alerts {
    /// Rules without states. `identity` are the labels of the program and the instance, and
    /// readings older than `stale` are absent.
    pub fn new(settings: &Settings, stale: Duration, identity: Labels) -> Self {
        let mut alerts = Self {
            settings: settings.clone(),
            stale,
            identity,
            rules: Arc::default(),
            inhibitions: Vec::new(),
            memory: Memory::default(),
            evaluated: BTreeMap::new(),
            last: None,
        };
        alerts.configure(settings, stale);
        alerts
    }

    /// Takes up another configuration. Alerts of a rule that was removed end with the next
    /// evaluation. Pending alerts begin anew if their rule changed.
    pub fn configure(&mut self, settings: &Settings, stale: Duration) {
        self.settings = settings.clone();
        self.stale = stale;
        self.rules = rules_of(settings).into();
        self.inhibitions = inhibitions_of(settings);
        self.evaluated.retain(|name, _| self.rules.iter().any(|rule| rule.name == *name));
    }

    /// Whether `alerts.interval` has passed since the last evaluation. The first one is due at
    /// once.
    pub fn is_due(&self, now: &Stamp) -> bool {
        let interval = self.settings.interval;
        let early = (interval / 8).min(EARLY);
        let passed = self.last.and_then(|last| now.since(&last));
        passed.is_none_or(|passed| passed.saturating_add(early) >= interval)
    }

    /// Evaluates all rules, and says what changed.
    pub fn evaluate(&mut self, now: Stamp, inputs: &dyn Inputs) -> Vec<Change> {
        self.last = Some(now);
        let step = self.step_to(&now);
        let mut changes = Vec::new();
        self.end_removed(&now, &mut changes);
        let at = At { inputs, now, stale: self.stale };
        let rules = Arc::clone(&self.rules);
        let on = self.settings.enabled;
        for rule in rules.iter().filter(|rule| on && rule.enabled) {
            self.evaluate_rule(rule, &at, step, &mut changes);
        }
        self.mark_quiet();
        for change in &mut changes {
            if change.to == State::Firing {
                let rule = self.memory.rules.get(&change.alert.rule);
                let mut alerts = rule.into_iter().flat_map(|rule| rule.alerts.values());
                let same = alerts.find(|alert| alert.labels == change.alert.labels);
                change.alert.quiet = same.and_then(|alert| alert.quiet.clone());
            }
            self.memory.groups.note(change);
        }
        self.memory.history.extend(changes.iter().cloned());
        let most = self.settings.history as usize;
        let surplus = self.memory.history.len().saturating_sub(most);
        self.memory.history.drain(..surplus);
        changes
    }

    /// The messages that are due now: alerts in groups, after the waits of the configuration. Call
    /// it after each evaluation.
    pub fn notifications(&mut self) -> Vec<Notification> {
        let firing = self.firing();
        let told = self.memory.groups.due(&firing, &self.settings, self.memory.timeline.now());
        for alert in told.iter().flat_map(|message| &message.alerts) {
            let rule = self.memory.rules.get_mut(&alert.rule);
            let mut same = rule.into_iter().flat_map(|rule| rule.alerts.values_mut());
            if let Some(same) = same.find(|same| same.labels == alert.labels) {
                same.is_untold = false;
            }
        }
        told
    }

    /// All alerts that fire.
    pub fn firing(&self) -> Vec<Alert> {
        self.alerts().into_iter().filter(|alert| alert.state == State::Firing).collect()
    }

    /// All alerts that are pending or fire.
    pub fn alerts(&self) -> Vec<Alert> {
        let of = |(name, rule): (&String, &RuleMemory)| {
            let alerts = rule.alerts.values().filter_map(|alert| alert.told(name));
            alerts.collect::<Vec<_>>()
        };
        self.memory.rules.iter().flat_map(of).collect()
    }

    /// What each rule is doing, and why it does not fire.
    pub fn status(&self) -> Vec<RuleStatus> {
        self.rules.iter().map(|rule| self.status_of(rule)).collect()
    }

    /// The changes of state, the oldest first.
    pub fn history(&self) -> impl ExactSizeIterator<Item = &Change> {
        self.memory.history.iter()
    }

    /// Silences alerts that meet all these conditions, for a while. Returns the number of the
    /// silence, or why there is none.
    ///
    /// # Errors
    ///
    /// If there is no condition, since that would silence everything.
    pub fn silence(
        &mut self,
        now: &Stamp,
        matchers: Vec<Matcher>,
        time: Duration,
        by: &str,
        comment: &str,
    ) -> Result<u64, String> {
        if matchers.is_empty() {
            return Err("a silence needs a condition; `alertname = *` silences all".to_owned());
        }
        if time.is_zero() {
            return Err("a silence lasts for a time above zero".to_owned());
        }
        let memory = &mut self.memory;
        if memory.silences.len() >= SILENCES {
            return Err(format!("{SILENCES} silences last: end one before another begins"));
        }
        memory.last_silence += 1;
        let id = memory.last_silence;
        let ends_ms = now.unix_ms.saturating_add(i64::try_from(ms(time)).unwrap_or(i64::MAX));
        memory.silences.push(Silence {
            id,
            matchers,
            by: by.to_owned(),
            comment: comment.to_owned(),
            began_ms: now.unix_ms,
            ends_ms,
            until: memory.timeline.now().saturating_add(ms(time)),
        });
        self.mark_quiet();
        Ok(id)
    }

    /// Ends a silence. `false`: there is none with this number.
    pub fn end_silence(&mut self, id: u64) -> bool {
        let before = self.memory.silences.len();
        self.memory.silences.retain(|silence| silence.id != id);
        self.mark_quiet();
        before != self.memory.silences.len()
    }

    /// The silences that are in force.
    pub fn silences(&self) -> &[Silence] {
        &self.memory.silences
    }

    /// The silences, and how long each still lasts.
    pub(super) fn left_of_silences(&self) -> Vec<(Silence, Duration)> {
        let now = self.memory.timeline.now();
        let left = |silence: &Silence| Duration::from_millis(silence.until.saturating_sub(now));
        self.memory.silences.iter().map(|silence| (silence.clone(), left(silence))).collect()
    }

    /// Acknowledges an alert that fires: it is not sent again until it ends. `false`: no such alert
    /// fires.
    pub fn acknowledge(&mut self, fingerprint: u64, by: &str) -> bool {
        self.set_acknowledged(fingerprint, Some(by.to_owned()))
    }

    /// Takes an acknowledgement back.
    pub fn unacknowledge(&mut self, fingerprint: u64) -> bool {
        self.set_acknowledged(fingerprint, None)
    }

    fn set_acknowledged(&mut self, fingerprint: u64, by: Option<String>) -> bool {
        let all = self.memory.rules.values_mut().flat_map(|rule| rule.alerts.values_mut());
        let mut firing = all.filter(|alert| matches!(alert.phase, Phase::Firing { .. }));
        let found = firing.find(|alert| self::fingerprint(&alert.labels) == fingerprint);
        let known = found.is_some();
        if let Some(alert) = found {
            alert.acknowledged = by;
        }
        self.mark_quiet();
        known
    }

    /// Lets the time go on, and ends the silences that it is up for.
    pub(super) fn step_to(&mut self, now: &Stamp) -> Step {
        let longest = self.stale.max(self.settings.interval.saturating_mul(3));
        let step = self.memory.timeline.advance(now, longest);
        if step.unseen > 0 {
            self.leave_out(step);
        }
        self.memory.silences.retain(|silence| silence.until > step.now);
        step
    }

    /// Time in which nobody looked counts for no condition.
    fn leave_out(&mut self, step: Step) {
        let later = |at: &mut u64| *at = (*at + step.unseen).min(step.now);
        for alert in self.memory.rules.values_mut().flat_map(|rule| rule.alerts.values_mut()) {
            match &mut alert.phase {
                Phase::Pending { since } => later(since),
                Phase::Firing { ended, absent, .. } => {
                    ended.iter_mut().chain(absent).for_each(later);
                }
                Phase::Cooling { pending, .. } => pending.iter_mut().for_each(later),
            }
        }
    }

    /// Ends the alerts of rules that are gone or switched off.
    fn end_removed(&mut self, now: &Stamp, changes: &mut Vec<Change>) {
        let on = |name: &str| {
            let mut rules = self.rules.iter();
            self.settings.enabled && rules.any(|rule| rule.name == *name && rule.enabled)
        };
        let gone: Vec<String> =
            self.memory.rules.keys().filter(|name| !on(name)).cloned().collect();
        for name in gone {
            let rule = self.memory.rules.remove(&name).unwrap_or_default();
            for alert in rule.alerts.values() {
                let (from, to) = match alert.phase {
                    Phase::Pending { .. } => (State::Pending, State::Inactive),
                    Phase::Firing { .. } => (State::Firing, State::Resolved),
                    Phase::Cooling { .. } => continue,
                };
                let why = "its rule was removed or switched off";
                changes.push(alert.change(&name, now, from, to, why));
            }
        }
    }

    fn evaluate_rule(
        &mut self,
        rule: &AlertRule,
        at: &At<'_>,
        step: Step,
        changes: &mut Vec<Change>,
    ) {
        let mut memory = self.memory.rules.remove(&rule.name).unwrap_or_default();
        let definition = definition(rule);
        if memory.definition != definition {
            // What a former rule waited for is not what this one waits for.
            memory.alerts.retain(|_, alert| !matches!(alert.phase, Phase::Pending { .. }));
            memory.definition = definition;
        }
        let judgement = judge(rule, at);
        let mut turn =
            Turn { rule, settings: &self.settings, identity: &self.identity, at, step, changes };
        let (value, shown, why_absent) = match &judgement {
            Judgement::Absent(why) => {
                turn.absent(&mut memory, |_| true, why);
                (None, None, Some(why.clone()))
            }
            Judgement::Values { values, complete } => {
                turn.values(&mut memory, values, *complete);
                let worst = values.first();
                (worst.map(|one| one.value), worst.map(|one| one.shown.clone()), None)
            }
        };
        let explanation = explain(rule, &memory, step.now, shown.as_deref(), why_absent);
        self.memory.rules.insert(rule.name.clone(), memory);
        let evaluated = Evaluated { at: at.now, value, shown, explanation };
        self.evaluated.insert(rule.name.clone(), evaluated);
    }

    /// Notes for each alert that fires why nobody is told.
    fn mark_quiet(&mut self) {
        let fires = |alert: &&Instance| matches!(alert.phase, Phase::Firing { .. });
        let firing: Vec<Labels> = self
            .memory
            .rules
            .values()
            .flat_map(|rule| rule.alerts.values())
            .filter(fires)
            .map(|alert| alert.labels.clone())
            .collect();
        let silences = &self.memory.silences;
        for alert in self.memory.rules.values_mut().flat_map(|rule| rule.alerts.values_mut()) {
            let silence = silences.iter().find(|silence| silence.covers(&alert.labels));
            alert.quiet = if !matches!(alert.phase, Phase::Firing { .. }) {
                None
            } else if let Some(silence) = silence {
                Some(Quiet::Silenced(silence.id))
            } else if let Some(by) = &alert.acknowledged {
                Some(Quiet::Acknowledged(by.clone()))
            } else {
                inhibitor(&alert.labels, &self.inhibitions, &firing)
                    .map(|by| Quiet::Inhibited(by.to_owned()))
            };
            alert.is_untold |= matches!(alert.quiet, Some(Quiet::Inhibited(_)));
        }
    }

    fn status_of(&self, rule: &AlertRule) -> RuleStatus {
        let memory = self.memory.rules.get(&rule.name);
        let alerts: Vec<Alert> = memory
            .into_iter()
            .flat_map(|memory| memory.alerts.values())
            .filter_map(|alert| alert.told(&rule.name))
            .collect();
        let evaluated = self.evaluated.get(&rule.name);
        let off = !rule.enabled || !self.settings.enabled;
        RuleStatus {
            name: rule.name.clone(),
            watch: rule.watch,
            severity: rule.severity,
            state: alerts.iter().map(|alert| alert.state).max().unwrap_or(State::Inactive),
            value: evaluated.and_then(|evaluated| evaluated.value),
            shown: evaluated.and_then(|evaluated| evaluated.shown.clone()),
            evaluated: evaluated.map(|evaluated| evaluated.at),
            explanation: match evaluated {
                _ if off => Explanation::Disabled,
                Some(evaluated) => evaluated.explanation.clone(),
                None => Explanation::NotEvaluated,
            },
            alerts,
            left_out: memory.map_or(0, |memory| memory.left_out),
        }
    }
}
