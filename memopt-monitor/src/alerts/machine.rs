//! The states of all alerts.

use super::condition::{At, Judged, Judgement, judge, limit_of};
use super::explain::Explanation;
use super::group::{Groups, Notification};
use super::inputs::Inputs;
use super::model::{Alert, Change, RuleStatus, State};
use super::quiet::{Quiet, Silence, inhibitor};
use super::rules::{definition, fingerprint, inhibitions_of, labels_of, rules_of};
use super::timeline::{Step, Timeline, ms};
use crate::clock::Stamp;
use crate::config::{AlertRule, Alerts as Settings, Inhibition, Labels, Matcher, Severity};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// The rules and the states of their alerts.
#[derive(Debug)]
pub struct Alerts {
    settings: Settings,
    stale: Duration,
    /// Labels of this program and instance.
    identity: Labels,
    rules: Vec<AlertRule>,
    inhibitions: Vec<Inhibition>,
    pub(super) memory: Memory,
    evaluated: BTreeMap<String, Evaluated>,
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

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct RuleMemory {
    /// Of the rule that made these states.
    definition: u64,
    /// By the value of their label.
    alerts: BTreeMap<String, Instance>,
    left_out: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Instance {
    own: Option<(String, String)>,
    phase: Phase,
    severity: Severity,
    labels: Labels,
    annotations: Labels,
    value: f64,
    shown: String,
    active_since_ms: i64,
    fired_ms: Option<i64>,
    acknowledged: Option<String>,
    quiet: Option<Quiet>,
}

/// All times are on the timeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Phase {
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

/// What the last evaluation of a rule found.
#[derive(Debug)]
struct Evaluated {
    at: Stamp,
    value: Option<f64>,
    shown: Option<String>,
    explanation: Explanation,
}

impl Alerts {
    /// Rules without states. `identity` are the labels of the program and the instance, and
    /// readings older than `stale` are absent.
    pub fn new(settings: &Settings, stale: Duration, identity: Labels) -> Self {
        let mut alerts = Self {
            settings: settings.clone(),
            stale,
            identity,
            rules: Vec::new(),
            inhibitions: Vec::new(),
            memory: Memory::default(),
            evaluated: BTreeMap::new(),
        };
        alerts.configure(settings, stale);
        alerts
    }

    /// Takes up another configuration. Alerts of a rule that is no longer there end with the next
    /// evaluation; those that were pending begin anew where their rule changed.
    pub fn configure(&mut self, settings: &Settings, stale: Duration) {
        self.settings = settings.clone();
        self.stale = stale;
        self.rules = rules_of(settings);
        self.inhibitions = inhibitions_of(settings);
        self.evaluated.retain(|name, _| self.rules.iter().any(|rule| rule.name == *name));
    }

    /// Evaluates all rules, and says what changed.
    pub fn evaluate(&mut self, now: Stamp, inputs: &dyn Inputs) -> Vec<Change> {
        let longest = self.stale.max(self.settings.interval * 3);
        let step = self.memory.timeline.advance(&now, longest);
        if step.unseen > 0 {
            self.leave_out(step);
        }
        self.memory.silences.retain(|silence| silence.until > step.now);
        let mut changes = Vec::new();
        self.end_removed(&now, &mut changes);
        let at = At { inputs, now, stale: self.stale };
        let rules = std::mem::take(&mut self.rules);
        let on = self.settings.enabled;
        for rule in rules.iter().filter(|rule| on && rule.enabled) {
            self.evaluate_rule(rule, &at, step, &mut changes);
        }
        self.rules = rules;
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

    /// What is to be told now: alerts in groups, after the waits that the configuration asks for.
    /// To be called after each evaluation.
    pub fn notifications(&mut self) -> Vec<Notification> {
        let firing = self.firing();
        self.memory.groups.due(&firing, &self.settings, self.memory.timeline.now())
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

    /// Tells nobody of alerts that meet all these conditions, for a while. The number of the
    /// silence, or why there is none.
    ///
    /// # Errors
    ///
    /// Where there is no condition: it would silence everything for ever after.
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

    /// Takes on an alert that fires: nobody is told of it again until it ends. `false`: no such
    /// alert fires.
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

/// Why a rule fires or does not.
fn explain(
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
        Some((Phase::Firing { ended: Some(ended), .. }, _)) => {
            Explanation::KeptFiring { left: gap(now, ended + ms(rule.keep_firing_for)) }
        }
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

/// One evaluation of one rule.
struct Turn<'a> {
    rule: &'a AlertRule,
    settings: &'a Settings,
    identity: &'a Labels,
    at: &'a At<'a>,
    step: Step,
    changes: &'a mut Vec<Change>,
}

/// The name under which an alert is kept.
fn slot(own: Option<&(String, String)>) -> String {
    own.map_or_else(String::new, |(name, value)| format!("{name}={value}"))
}

impl Turn<'_> {
    /// Judges all values, and what of the rule's alerts is not among them.
    fn values(&mut self, memory: &mut RuleMemory, values: &[Judged], complete: bool) {
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
                    if now - ended >= ms(self.rule.keep_firing_for) {
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
        let until = self.step.now + ms(self.rule.cooldown);
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
    fn absent(&mut self, memory: &mut RuleMemory, which: impl Fn(&String) -> bool, why: &str) {
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

impl Instance {
    /// The alert, if it is pending or fires.
    fn told(&self, rule: &str) -> Option<Alert> {
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

    fn change(&self, rule: &str, now: &Stamp, from: State, to: State, why: &str) -> Change {
        let ended = (to == State::Resolved).then_some(now.unix_ms);
        Change { at: *now, alert: self.alert(rule, to, ended), from, to, why: why.to_owned() }
    }
}
