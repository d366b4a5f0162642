//! The states of all rules.

use super::explain::Inaction;
use super::memory::Memory;
use super::model::{ActionRecord, Ending, Proposal, RuleEvent, RunRecord};
use super::moment::{Moment, condition, on_alert, situation};
use super::order::Executor;
use super::run::{Active, Phase, Work, changes, name_of};
use super::status::CollectionStatus;
use crate::alerts::condition::{At, judge, limit_of};
use crate::alerts::timeline::ms;
use crate::clock::Stamp;
use crate::config::{ActionConfig, CollectionRule, Mode, Rules as Settings};
use std::collections::BTreeMap;
use std::time::Duration;

/// The rules, what they wait for and what they did.
#[derive(Debug)]
pub struct Rules {
    settings: Settings,
    stale: Duration,
    pub(super) memory: Memory,
    active: Vec<Active>,
    evaluated: BTreeMap<String, (Stamp, Inaction)>,
    /// When this run of the program began, on the timeline.
    pub(super) began: Option<u64>,
    /// Rules without a trigger that acted in this run of the program.
    started: Vec<String>,
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

    /// Takes up another configuration. Active runs end by the settings with which they began, and
    /// counters stay.
    pub fn configure(&mut self, settings: &Settings, stale: Duration) {
        self.settings = settings.clone();
        self.stale = stale;
        let known = |name: &String| settings.rules.iter().any(|rule| rule.name == *name);
        self.evaluated.retain(|name, _| known(name));
        self.memory.proposals.retain(|proposal| known(&proposal.rule));
    }

    /// Evaluates all rules, and continues those that act.
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
        self.go_on(moment, now, executor, &mut events, |_| true);
        for rule in self.settings.rules.clone() {
            let inaction = match self.consider(&rule, moment, now, &mut events) {
                Ok(why) => {
                    self.begin(&rule, why, moment, now, &mut events);
                    self.go_on(moment, now, executor, &mut events, |run| run.rule == rule.name);
                    self.doing(&rule.name)
                }
                Err(inaction) => inaction,
            };
            self.evaluated.insert(rule.name.clone(), (moment.now, inaction));
        }
        events
    }

    /// Goes on with the runs of some rules.
    fn go_on(
        &mut self,
        moment: &Moment<'_>,
        now: u64,
        executor: &mut dyn Executor,
        events: &mut Vec<RuleEvent>,
        which: impl Fn(&RunRecord) -> bool,
    ) {
        let (memory, settings) = (&mut self.memory, &self.settings);
        let mut work = Work { memory, settings, moment, now, executor };
        self.active.retain_mut(|run| !which(&run.record) || !work.go_on(run, events));
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

    /// Agrees to a proposal: its actions are taken as soon as the limits allow it, if its trigger
    /// still holds then and `rules.ask_for` has not passed. `false`: there is none with this
    /// number.
    pub fn agree(&mut self, proposal: u64, by: &str) -> bool {
        let now = self.memory.timeline.now();
        let open = |one: &&mut Proposal| one.id == proposal && one.agreed.is_none();
        let Some(found) = self.memory.proposals.iter_mut().find(open) else { return false };
        found.agreed = Some(by.to_owned());
        found.made = now;
        true
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
            memory.of(&run.rule).runs.end(now);
            run.ending = Some(Ending::Interrupted);
            memory.history.push_back(run);
        }
        memory
    }

    /// Whether a rule acts now, and why; or why it does not.
    fn consider(
        &mut self,
        rule: &CollectionRule,
        moment: &Moment<'_>,
        now: u64,
        events: &mut Vec<RuleEvent>,
    ) -> Result<String, Inaction> {
        // Also while nothing can be done: meanwhile it may end, and hold anew.
        let triggered = self.trigger(rule, moment, now, events);
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
        let why = triggered?;
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
                self.withdraw(rule, moment, "its trigger has ended", events, |_| true);
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

    /// Withdraws the proposals of a rule, also those that somebody agreed to.
    fn withdraw(
        &mut self,
        rule: &CollectionRule,
        moment: &Moment<'_>,
        why: &str,
        events: &mut Vec<RuleEvent>,
        which: impl Fn(&Proposal) -> bool,
    ) {
        self.memory.proposals.retain(|proposal| {
            let stays = proposal.rule != rule.name || !which(proposal);
            if !stays {
                events.push(RuleEvent {
                    at: moment.now,
                    rule: rule.name.clone(),
                    id: proposal.id,
                    what: format!("its proposal is withdrawn: {why}"),
                });
            }
            stays
        });
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
        // Who agreed meant what was so then.
        let late = ms(self.settings.ask_for);
        self.withdraw(rule, moment, "what was agreed to was not done in time", events, |one| {
            one.agreed.is_some() && now - one.made >= late
        });
        let all = &mut self.memory.proposals;
        let Some(at) = all.iter().position(|one| one.rule == rule.name) else {
            let id = self.memory.next_id();
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
        let record = RunRecord {
            id: proposal.id,
            rule: proposal.rule,
            why: proposal.why,
            mode: Mode::Ask,
            began_ms: proposal.made_ms,
            ended_ms: Some(now.unix_ms),
            ending: Some(ending),
            actions: Vec::new(),
        };
        self.memory.remember(record, self.settings.history);
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
        let id = self.memory.next_id();
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
            self.memory.of(&rule.name).runs.end(now);
            run.ended_ms = Some(moment.now.unix_ms);
            run.ending = Some(Ending::DryRun);
            return self.memory.remember(run, self.settings.history);
        }
        self.active.push(Active {
            rule: rule.clone(),
            record: run,
            index: 0,
            outputs: BTreeMap::new(),
            phase: Phase::Next,
        });
    }
}

fn has_trigger(rule: &CollectionRule) -> bool {
    rule.on_alert.is_some() || !rule.trigger.is_empty()
}
