//! The states of all rules.

use super::effect::{Before, Verdict};
use super::explain::Inaction;
use super::limits::{Hour, Runs};
use super::model::{ActionRecord, Ending, Proposal, RuleEvent, RunRecord};
use super::order::{Executor, Order, Outcome, Progress, expand};
use super::status::CollectionStatus;
use crate::alerts::condition::{At, Judgement, judge, limit_of};
use crate::alerts::timeline::{Timeline, ms};
use crate::alerts::{Alert, Inputs, State};
use crate::clock::Stamp;
use crate::config::{ActionConfig, CollectionRule, Labels, Mode, Rules as Settings};
use crate::series::Key;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

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

/// The rules, what they wait for and what they did.
#[derive(Debug)]
pub struct Rules {
    settings: Settings,
    stale: Duration,
    pub(super) memory: Memory,
    active: Vec<Active>,
    evaluated: BTreeMap<String, (Stamp, Inaction)>,
    /// When this run of the program began, on the timeline.
    began: Option<u64>,
    /// Rules without a trigger that acted in this run of the program.
    started: Vec<String>,
}

/// What survives a restart.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Memory {
    timeline: Timeline,
    rules: BTreeMap<String, RuleMemory>,
    hour: Hour,
    proposals: Vec<Proposal>,
    barred: Vec<Barred>,
    last_id: u64,
    pub(super) history: VecDeque<RunRecord>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct RuleMemory {
    /// Since when its trigger holds.
    held: Option<u64>,
    /// Whether it acted since.
    acted: bool,
    runs: Runs,
}

/// An action that did harm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Barred {
    rule: String,
    action: String,
    /// What the rule and the program were.
    situation: String,
}

/// A run that goes on.
#[derive(Debug)]
struct Active {
    rule: CollectionRule,
    record: RunRecord,
    /// The action that is next or runs.
    index: usize,
    outputs: BTreeMap<String, Labels>,
    phase: Phase,
}

#[derive(Debug)]
enum Phase {
    /// The next action is to be begun.
    Next,
    /// An action runs.
    Runs { order: u64, since: u64, before: Option<Before> },
    /// An action is over, and its effect is measured.
    Measures { until: u64, since: u64, before: Before, undo: Option<String> },
}

/// The name of an action in its rule.
fn name_of(action: &ActionConfig) -> String {
    action.name.clone().unwrap_or_else(|| action.action.word().to_owned())
}

fn changes(rule: &CollectionRule) -> bool {
    rule.actions.iter().any(|action| action.action.changes_the_program())
}

impl Rules {
    /// Rules that did nothing yet. Readings older than `stale` are absent.
    pub fn new(settings: &Settings, stale: Duration) -> Self {
        Self {
            settings: settings.clone(),
            stale,
            memory: Memory::default(),
            active: Vec::new(),
            evaluated: BTreeMap::new(),
            began: None,
            started: Vec::new(),
        }
    }

    /// Takes up another configuration. Runs that go on are ended as they began, and counters stay.
    pub fn configure(&mut self, settings: &Settings, stale: Duration) {
        self.settings = settings.clone();
        self.stale = stale;
        let known = |name: &String| settings.rules.iter().any(|rule| rule.name == *name);
        self.evaluated.retain(|name, _| known(name));
        self.memory.proposals.retain(|proposal| known(&proposal.rule));
    }

    /// Evaluates all rules, and goes on with those that act.
    pub fn evaluate(&mut self, moment: &Moment<'_>, executor: &mut dyn Executor) -> Vec<RuleEvent> {
        let step =
            self.memory.timeline.advance(&moment.now, self.stale.max(Duration::from_secs(60)));
        let now = step.now;
        self.began.get_or_insert(now);
        if step.unseen > 0 {
            // Time in which nobody looked counts for no trigger.
            for rule in self.memory.rules.values_mut() {
                rule.held = rule.held.map(|held| (held + step.unseen).min(now));
            }
        }
        self.memory.hour.forget(now);
        let mut events = Vec::new();
        let mut active = std::mem::take(&mut self.active);
        active.retain_mut(|run| !self.go_on(run, moment, now, executor, &mut events));
        self.active = active;
        for rule in self.settings.rules.clone() {
            let inaction = match self.consider(&rule, moment, now, &mut events) {
                Ok(why) => {
                    self.begin(&rule, why, moment, now, &mut events);
                    self.go_on_with(&rule.name, moment, now, executor, &mut events);
                    self.doing(&rule.name)
                }
                Err(inaction) => inaction,
            };
            self.evaluated.insert(rule.name.clone(), (moment.now, inaction));
        }
        events
    }

    /// What each rule is doing, and why it does not act.
    pub fn status(&self) -> Vec<CollectionStatus> {
        let now = self.memory.timeline.now();
        let status = |rule: &CollectionRule| {
            let evaluated = self.evaluated.get(&rule.name);
            let runs = self.memory.rules.get(&rule.name);
            CollectionStatus {
                name: rule.name.clone(),
                mode: self.mode(rule),
                evaluated: evaluated.map(|(at, _)| *at),
                inaction: evaluated.map_or(Inaction::NotEvaluated, |(_, why)| why.clone()),
                runs: runs.map_or(0, |memory| memory.runs.within(rule.limit_window, now).0),
                limit: rule.limit,
            }
        };
        self.settings.rules.iter().map(status).collect()
    }

    /// The runs that ended, the oldest first.
    pub fn history(&self) -> impl ExactSizeIterator<Item = &RunRecord> {
        self.memory.history.iter()
    }

    /// The runs that go on.
    pub fn running(&self) -> impl ExactSizeIterator<Item = &RunRecord> {
        self.active.iter().map(|run| &run.record)
    }

    /// What rules propose and nobody answered.
    pub fn proposals(&self) -> impl Iterator<Item = &Proposal> {
        self.memory.proposals.iter().filter(|proposal| proposal.agreed.is_none())
    }

    /// Agrees to a proposal: its actions are taken at the next evaluation, if the limits still
    /// allow it. `false`: there is none with this number.
    pub fn agree(&mut self, proposal: u64, by: &str) -> bool {
        let open = |one: &&mut Proposal| one.id == proposal && one.agreed.is_none();
        let found = self.memory.proposals.iter_mut().find(open);
        found.map(|found| found.agreed = Some(by.to_owned())).is_some()
    }

    /// Refuses a proposal. It is not made again until the trigger has ended.
    pub fn refuse(&mut self, proposal: u64, by: &str, now: &Stamp) -> bool {
        let all = &mut self.memory.proposals;
        let Some(at) = all.iter().position(|one| one.id == proposal) else { return false };
        let proposal = all.remove(at);
        self.end_proposal(proposal, Ending::Refused(by.to_owned()), now);
        true
    }

    /// Allows the actions of a rule that did harm to be taken again. `false`: none did.
    pub fn allow(&mut self, rule: &str) -> bool {
        let before = self.memory.barred.len();
        self.memory.barred.retain(|barred| barred.rule != rule);
        before != self.memory.barred.len()
    }

    fn mode(&self, rule: &CollectionRule) -> Mode {
        let general = if changes(rule) { self.settings.change_mode } else { self.settings.mode };
        rule.mode.unwrap_or(general)
    }

    fn doing(&self, rule: &str) -> Inaction {
        match self.active.iter().find(|run| run.record.rule == rule) {
            Some(run) => Inaction::Running {
                action: run.rule.actions.get(run.index).map_or_else(String::new, name_of),
            },
            None => Inaction::Acted,
        }
    }

    /// What survives a restart now. What runs is in memory alone: it counts, and is told as
    /// interrupted.
    pub(super) fn memory_to_save(&self) -> Memory {
        let mut memory = self.memory.clone();
        let now = memory.timeline.now();
        for mut run in self.running().cloned() {
            memory_of(&mut memory, &run.rule).runs.end(now);
            run.ending = Some(Ending::Interrupted);
            memory.history.push_back(run);
        }
        memory
    }

    fn next_id(&mut self) -> u64 {
        self.memory.last_id += 1;
        self.memory.last_id
    }

    /// Whether a rule acts now, and why; or why it does not.
    fn consider(
        &mut self,
        rule: &CollectionRule,
        moment: &Moment<'_>,
        now: u64,
        events: &mut Vec<RuleEvent>,
    ) -> Result<String, Inaction> {
        if self.active.iter().any(|run| run.record.rule == rule.name) {
            return Err(self.doing(&rule.name));
        }
        let mode = self.mode(rule);
        if mode == Mode::Off {
            return Err(Inaction::Off);
        }
        if let Some(filter) = rule.filters.iter().find(|filter| !filter.matches(moment.labels)) {
            return Err(Inaction::Filtered(filter.clone()));
        }
        let age = Duration::from_millis(now - self.began.unwrap_or(now));
        if rule.lifetime.is_some_and(|lifetime| age >= lifetime) {
            return Err(Inaction::Over);
        }
        let why = self.trigger(rule, moment, now, events)?;
        self.allowed(rule, moment, now)?;
        match mode {
            Mode::Ask => self.ask(rule, why, moment, now, events),
            _ => Ok(why),
        }
    }

    /// Whether the trigger has held for long enough, and nothing was done since.
    fn trigger(
        &mut self,
        rule: &CollectionRule,
        moment: &Moment<'_>,
        now: u64,
        events: &mut Vec<RuleEvent>,
    ) -> Result<String, Inaction> {
        let memory = self.memory.rules.entry(rule.name.clone()).or_default();
        let found = if let Some(alert) = &rule.on_alert {
            on_alert(alert, moment.firing)
        } else if let Some(trigger) = rule.trigger.first() {
            // A trigger that holds goes on until the clear threshold.
            let at = At { inputs: moment.inputs, now: moment.now, stale: self.stale };
            condition(&judge(trigger, &at), memory.held.is_some(), &limit_of(trigger))
        } else if self.started.contains(&rule.name) {
            return Err(Inaction::Acted);
        } else {
            return Ok("the program has started".to_owned());
        };
        let why = match found {
            Ok(why) => why,
            Err(why) => {
                memory.held = None;
                memory.acted = false;
                let over = |one: &Proposal| one.rule == rule.name && one.agreed.is_none();
                for at in (0..self.memory.proposals.len()).rev() {
                    if over(&self.memory.proposals[at]) {
                        let proposal = self.memory.proposals.remove(at);
                        events.push(RuleEvent {
                            at: moment.now,
                            rule: rule.name.clone(),
                            id: proposal.id,
                            what: "its proposal is withdrawn: its trigger has ended".to_owned(),
                        });
                    }
                }
                return Err(Inaction::NotTriggered(why));
            }
        };
        let held = now - *memory.held.get_or_insert(now);
        let needed = rule.trigger.first().map_or(Duration::ZERO, |trigger| trigger.hold);
        if held < ms(needed) {
            return Err(Inaction::NotForLongEnough { held: Duration::from_millis(held), needed });
        }
        if memory.acted {
            let again = rule.repeat.zip(memory.runs.last());
            if again.is_none_or(|(repeat, last)| now - last < ms(repeat)) {
                return Err(Inaction::Acted);
            }
        }
        Ok(why)
    }

    /// Whether the limits allow a run.
    fn allowed(
        &mut self,
        rule: &CollectionRule,
        moment: &Moment<'_>,
        now: u64,
    ) -> Result<(), Inaction> {
        if let Some(memory) = self.memory.rules.get(&rule.name) {
            let (runs, left) = memory.runs.within(rule.limit_window, now);
            if runs >= rule.limit {
                return Err(Inaction::Limited { runs, window: rule.limit_window, left });
            }
            if let Some(left) = memory.runs.cooling(rule.cooldown, now) {
                return Err(Inaction::CoolingDown { left });
            }
        }
        if let Some(budget) = self.memory.hour.spent(&self.settings) {
            return Err(Inaction::spent(budget));
        }
        let situation = situation(rule, moment);
        self.memory
            .barred
            .retain(|barred| barred.rule != rule.name || barred.situation == situation);
        if let Some(barred) = self.memory.barred.iter().find(|barred| barred.rule == rule.name) {
            return Err(Inaction::Barred { action: barred.action.clone() });
        }
        // Of two changes at the same time nobody knows which one helped.
        let other = self.active.iter().find(|run| changes(&run.rule));
        match other.filter(|_| changes(rule)) {
            Some(other) => Err(Inaction::Busy { other: other.record.rule.clone() }),
            None => Ok(()),
        }
    }

    /// Whether somebody agreed; a proposal is made where there is none.
    fn ask(
        &mut self,
        rule: &CollectionRule,
        why: String,
        moment: &Moment<'_>,
        now: u64,
        events: &mut Vec<RuleEvent>,
    ) -> Result<String, Inaction> {
        let all = &mut self.memory.proposals;
        let Some(at) = all.iter().position(|one| one.rule == rule.name) else {
            let id = self.next_id();
            let actions: Vec<String> = rule.actions.iter().map(name_of).collect();
            events.push(RuleEvent {
                at: moment.now,
                rule: rule.name.clone(),
                id,
                what: format!("it proposes {}: {why}", actions.join(", ")),
            });
            self.memory.proposals.push(Proposal {
                id,
                rule: rule.name.clone(),
                why,
                actions,
                made_ms: moment.now.unix_ms,
                made: now,
                agreed: None,
            });
            return Err(Inaction::Asking { proposal: id });
        };
        if let Some(by) = &all[at].agreed {
            let why = format!("{why}; {by} agreed");
            all.remove(at);
            return Ok(why);
        }
        if now - all[at].made >= ms(self.settings.ask_for) {
            let proposal = all.remove(at);
            self.end_proposal(proposal, Ending::Unanswered, &moment.now);
            return Err(Inaction::Acted);
        }
        Err(Inaction::Asking { proposal: all[at].id })
    }

    /// A proposal that was not taken up counts as if the rule had acted.
    fn end_proposal(&mut self, proposal: Proposal, ending: Ending, now: &Stamp) {
        let memory = self.memory.rules.entry(proposal.rule.clone()).or_default();
        memory.acted = true;
        memory.runs.end(self.memory.timeline.now());
        if !self.settings.rules.iter().any(|rule| rule.name == proposal.rule && has_trigger(rule)) {
            self.started.push(proposal.rule.clone());
        }
        self.remember(RunRecord {
            id: proposal.id,
            rule: proposal.rule,
            why: proposal.why,
            mode: Mode::Ask,
            began_ms: proposal.made_ms,
            ended_ms: Some(now.unix_ms),
            ending: Some(ending),
            actions: Vec::new(),
        });
    }

    fn remember(&mut self, record: RunRecord) {
        self.memory.history.push_back(record);
        let surplus = self.memory.history.len().saturating_sub(self.settings.history as usize);
        self.memory.history.drain(..surplus);
    }

    /// Begins a run, which counts from now on, however it ends.
    fn begin(
        &mut self,
        rule: &CollectionRule,
        why: String,
        moment: &Moment<'_>,
        now: u64,
        events: &mut Vec<RuleEvent>,
    ) {
        let id = self.next_id();
        let memory = self.memory.rules.entry(rule.name.clone()).or_default();
        memory.acted = true;
        memory.runs.begin(now, rule.limit);
        if !has_trigger(rule) {
            self.started.push(rule.name.clone());
        }
        let mode = self.mode(rule);
        let dry = mode == Mode::DryRun;
        let names: Vec<String> = rule.actions.iter().map(name_of).collect();
        events.push(RuleEvent {
            at: moment.now,
            rule: rule.name.clone(),
            id,
            what: format!(
                "it {} {}: {why}",
                if dry { "would take" } else { "takes" },
                names.join(", ")
            ),
        });
        let record = |action: &ActionConfig| ActionRecord {
            name: name_of(action),
            action: action.action,
            with: action.with.clone(),
            took_ms: 0,
            result: None,
            bytes: 0,
            effect: None,
            taken_back: None,
        };
        let mut run = RunRecord {
            id,
            rule: rule.name.clone(),
            why,
            mode,
            began_ms: moment.now.unix_ms,
            ended_ms: None,
            ending: None,
            actions: rule.actions.iter().map(record).collect(),
        };
        if dry {
            memory_of(&mut self.memory, &rule.name).runs.end(now);
            run.ended_ms = Some(moment.now.unix_ms);
            run.ending = Some(Ending::DryRun);
            return self.remember(run);
        }
        self.active.push(Active {
            rule: rule.clone(),
            record: run,
            index: 0,
            outputs: BTreeMap::new(),
            phase: Phase::Next,
        });
    }

    fn go_on_with(
        &mut self,
        rule: &str,
        moment: &Moment<'_>,
        now: u64,
        executor: &mut dyn Executor,
        events: &mut Vec<RuleEvent>,
    ) {
        let Some(at) = self.active.iter().position(|run| run.record.rule == rule) else { return };
        let mut run = self.active.remove(at);
        if !self.go_on(&mut run, moment, now, executor, events) {
            self.active.push(run);
        }
    }

    /// Goes on with a run. `true`: it is over.
    fn go_on(
        &mut self,
        run: &mut Active,
        moment: &Moment<'_>,
        now: u64,
        executor: &mut dyn Executor,
        events: &mut Vec<RuleEvent>,
    ) -> bool {
        // Each turn ends an action or returns.
        loop {
            let ending = match &run.phase {
                Phase::Next if run.index >= run.rule.actions.len() => Some(Ending::Done),
                Phase::Next => {
                    let progress = self.start(run, moment, now, executor);
                    self.over(run, progress, now, executor)
                }
                Phase::Runs { order, .. } => {
                    let progress = executor.poll(*order);
                    self.over(run, progress, now, executor)
                }
                Phase::Measures { until, .. } if now < *until => return false,
                Phase::Measures { .. } => self.measured(run, moment, now, executor),
            };
            if let Some(ending) = ending {
                self.end(run, ending, moment, now, events);
                return true;
            }
            if !matches!(run.phase, Phase::Next) {
                return false;
            }
        }
    }

    /// Begins the next action.
    fn start(
        &mut self,
        run: &mut Active,
        moment: &Moment<'_>,
        now: u64,
        executor: &mut dyn Executor,
    ) -> Progress {
        let action = &run.rule.actions[run.index];
        if let Some(budget) = self.memory.hour.spent(&self.settings) {
            let why = format!("all rules together used up `{}`", budget.key());
            run.phase = Phase::Runs { order: 0, since: now, before: None };
            return Progress::Failed(why);
        }
        let before = action.action.changes_the_program().then(|| before(&run.rule, moment));
        let order = self.next_id();
        run.phase = Phase::Runs { order, since: now, before: before.flatten() };
        match expand(&action.with, &run.outputs) {
            Err(why) => Progress::Failed(why),
            Ok(with) => {
                run.record.actions[run.index].with.clone_from(&with);
                let (rule, why) = (run.record.rule.clone(), run.record.why.clone());
                let order = Order { id: order, rule, action: action.action, with, why };
                executor.begin(&order)
            }
        }
    }

    /// What follows from how far an action is: how the run ended, if it did.
    fn over(
        &mut self,
        run: &mut Active,
        progress: Progress,
        now: u64,
        executor: &mut dyn Executor,
    ) -> Option<Ending> {
        let Phase::Runs { order, since, before } = &mut run.phase else { return None };
        let (order, took) = (*order, now - *since);
        let action = &run.rule.actions[run.index];
        let record = &mut run.record.actions[run.index];
        record.took_ms = took;
        let failed = match progress {
            Progress::Running if took < ms(action.timeout) => return None,
            Progress::Running => {
                executor.cancel(order);
                format!("it took longer than {} s", action.timeout.as_secs_f64())
            }
            Progress::Done(Outcome { outputs, bytes, undo }) => {
                self.memory.hour.add(now, bytes, took);
                record.bytes = bytes;
                record.result = Some(Ok(outputs.clone()));
                run.outputs.insert(record.name.clone(), outputs);
                if let Some(before) = before.take() {
                    let until = now + ms(run.rule.settle) + ms(run.rule.effect_window);
                    run.phase = Phase::Measures { until, since: now, before, undo };
                } else {
                    run.phase = Phase::Next;
                    run.index += 1;
                }
                return None;
            }
            Progress::Failed(why) => why,
        };
        self.memory.hour.add(now, 0, took);
        record.result = Some(Err(failed));
        if !action.or_go_on {
            return Some(Ending::Failed);
        }
        run.phase = Phase::Next;
        run.index += 1;
        None
    }

    /// Judges the effect of an action; how the run ended, if it did.
    fn measured(
        &mut self,
        run: &mut Active,
        moment: &Moment<'_>,
        now: u64,
        executor: &mut dyn Executor,
    ) -> Option<Ending> {
        let Phase::Measures { since, before, undo, .. } = &run.phase else { return None };
        let window = run.rule.effect_window;
        let after = key(&before.metric, moment)
            .map(|key| moment.inputs.window(&key, window))
            .unwrap_or_default();
        // From the middle of the window before to the middle of the one after.
        let apart = (now - since) as f64 / 1_000.0;
        let effect = before.compare(&after, apart, self.settings.harm.0);
        let worse = effect.verdict == Verdict::Worse;
        let record = &mut run.record.actions[run.index];
        record.effect = Some(effect);
        if worse {
            record.taken_back = undo.as_ref().map(|token| executor.undo(token));
            self.memory.barred.push(Barred {
                rule: run.record.rule.clone(),
                action: record.name.clone(),
                situation: situation(&run.rule, moment),
            });
            return Some(Ending::Harmful);
        }
        run.phase = Phase::Next;
        run.index += 1;
        None
    }

    fn end(
        &mut self,
        run: &mut Active,
        ending: Ending,
        moment: &Moment<'_>,
        now: u64,
        events: &mut Vec<RuleEvent>,
    ) {
        memory_of(&mut self.memory, &run.record.rule).runs.end(now);
        run.record.ended_ms = Some(moment.now.unix_ms);
        let mut what = ending.to_string();
        if let Some(action) = run.record.actions.get(run.index) {
            match (&action.result, &action.taken_back) {
                (Some(Err(why)), _) => what = format!("{what}: `{}`: {why}", action.name),
                (_, Some(Ok(()))) => what = format!("{what}: `{}` was taken back", action.name),
                (_, Some(Err(why))) => {
                    what = format!("{what}: `{}` could not be taken back: {why}", action.name);
                }
                _ => {}
            }
        }
        run.record.ending = Some(ending);
        let (rule, id) = (run.record.rule.clone(), run.record.id);
        events.push(RuleEvent { at: moment.now, rule, id, what });
        self.remember(run.record.clone());
    }
}

fn memory_of<'a>(memory: &'a mut Memory, rule: &str) -> &'a mut RuleMemory {
    memory.rules.entry(rule.to_owned()).or_default()
}

fn has_trigger(rule: &CollectionRule) -> bool {
    rule.on_alert.is_some() || !rule.trigger.is_empty()
}

/// What the rule and the program are.
fn situation(rule: &CollectionRule, moment: &Moment<'_>) -> String {
    format!("{}\n{:?}", moment.situation, rule.actions)
}

/// Whether an alert fires.
fn on_alert(name: &str, firing: &[Alert]) -> Result<String, String> {
    let found = firing.iter().find(|alert| alert.rule == name && alert.state == State::Firing);
    match found {
        Some(alert) => {
            Ok(alert.annotations.get("value").cloned().unwrap_or_else(|| name.to_owned()))
        }
        None => Err(format!("the alert `{name}` does not fire")),
    }
}

/// Whether a condition holds, and for what.
fn condition(judgement: &Judgement, held: bool, limit: &str) -> Result<String, String> {
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
fn key(metric: &str, moment: &Moment<'_>) -> Option<Key> {
    moment.inputs.keys(metric).into_iter().find(|key| key.label.is_none())
}

/// What is seen of the metric of the effect.
fn before(rule: &CollectionRule, moment: &Moment<'_>) -> Option<Before> {
    let metric = match &rule.effect {
        Some(metric) => metric.clone(),
        None => match moment.inputs.limit() {
            Ok(limit) => limit.used.metric.to_string(),
            Err(_) => "process.resident".to_owned(),
        },
    };
    let series = moment.inputs.window(&key(&metric, moment)?, rule.effect_window);
    Before::of(metric, &series)
}
