//! A run of a rule: its actions one after the other, and their effects.

use super::effect::{Before, Verdict};
use super::memory::{Barred, Memory};
use super::model::{Ending, RuleEvent, RunRecord};
use super::moment::{Moment, before, key, situation};
use super::order::{Executor, Order, Outcome, Progress, expand};
use crate::alerts::timeline::ms;
use crate::config::{ActionConfig, CollectionRule, Labels, Rules as Settings};
use std::collections::BTreeMap;

/// A run that goes on.
#[derive(Debug)]
pub(super) struct Active {
    pub(super) rule: CollectionRule,
    pub(super) record: RunRecord,
    /// The action that is next or runs.
    pub(super) index: usize,
    pub(super) outputs: BTreeMap<String, Labels>,
    pub(super) phase: Phase,
}

/// How far a run is.
#[derive(Debug)]
pub(super) enum Phase {
    /// The next action is to be begun.
    Next,
    /// An action runs.
    Runs { order: u64, since: u64, before: Option<Before> },
    /// An action is over, and its effect is measured.
    Measures { until: u64, since: u64, before: Before, undo: Option<String> },
}

/// The name of an action in its rule.
pub(super) fn name_of(action: &ActionConfig) -> String {
    action.name.clone().unwrap_or_else(|| action.action.word().to_owned())
}

/// Whether it changes the program, and does not merely look at it.
pub(super) fn changes(rule: &CollectionRule) -> bool {
    rule.actions.iter().any(|action| action.action.changes_the_program())
}

/// What a run goes on with.
pub(super) struct Work<'a> {
    pub(super) memory: &'a mut Memory,
    pub(super) settings: &'a Settings,
    pub(super) moment: &'a Moment<'a>,
    /// On the timeline.
    pub(super) now: u64,
    pub(super) executor: &'a mut dyn Executor,
}

impl Work<'_> {
    /// Goes on with a run. `true`: it is over.
    pub(super) fn go_on(&mut self, run: &mut Active, events: &mut Vec<RuleEvent>) -> bool {
        // Each turn ends an action or returns.
        loop {
            let ending = match &run.phase {
                Phase::Next if run.index >= run.rule.actions.len() => Some(Ending::Done),
                Phase::Next => {
                    let (progress, worked) = self.start(run);
                    self.over(run, progress, worked)
                }
                Phase::Runs { order, .. } => {
                    let order = *order;
                    let (progress, worked) = self.timed(|executor| executor.poll(order));
                    self.over(run, progress, worked)
                }
                Phase::Measures { until, .. } if self.now < *until => return false,
                Phase::Measures { .. } => self.measured(run),
            };
            if let Some(ending) = ending {
                self.end(run, ending, events);
                return true;
            }
            if !matches!(run.phase, Phase::Next) {
                return false;
            }
        }
    }

    /// What the executor says, and how long it worked, ms: the timeline stands meanwhile.
    fn timed(&mut self, ask: impl FnOnce(&mut dyn Executor) -> Progress) -> (Progress, u64) {
        let began = self.executor.now();
        let progress = ask(self.executor);
        let took = began.zip(self.executor.now()).and_then(|(began, now)| now.since(&began));
        (progress, took.map_or(0, ms))
    }

    /// Begins the next action.
    fn start(&mut self, run: &mut Active) -> (Progress, u64) {
        let action = &run.rule.actions[run.index];
        if let Some(budget) = self.memory.hour.spent(self.settings) {
            let why = format!("all rules together used up `{}`", budget.key());
            run.phase = Phase::Runs { order: 0, since: self.now, before: None };
            return (Progress::Failed(why), 0);
        }
        let before = action.action.changes_the_program().then(|| before(&run.rule, self.moment));
        let order = self.memory.next_id();
        run.phase = Phase::Runs { order, since: self.now, before: before.flatten() };
        match expand(&action.with, &run.outputs) {
            Err(why) => (Progress::Failed(why), 0),
            Ok(with) => {
                run.record.actions[run.index].with.clone_from(&with);
                let (rule, why) = (run.record.rule.clone(), run.record.why.clone());
                let order = Order { id: order, rule, action: action.action, with, why };
                self.timed(|executor| executor.begin(&order))
            }
        }
    }

    /// What follows from how far an action is, for which the executor just worked so many ms: how
    /// the run ended, if it did.
    fn over(&mut self, run: &mut Active, progress: Progress, worked: u64) -> Option<Ending> {
        let Phase::Runs { order, since, before } = &mut run.phase else { return None };
        let (order, took) = (*order, self.now - *since + worked);
        let action = &run.rule.actions[run.index];
        let record = &mut run.record.actions[run.index];
        record.took_ms = took;
        let failed = match progress {
            Progress::Running if took < ms(action.timeout) => return None,
            Progress::Running => {
                self.executor.cancel(order);
                format!("it took longer than {} s", action.timeout.as_secs_f64())
            }
            Progress::Done(Outcome { outputs, bytes, undo }) => {
                self.memory.hour.add(self.now, bytes, took);
                record.bytes = bytes;
                record.result = Some(Ok(outputs.clone()));
                run.outputs.insert(record.name.clone(), outputs);
                if let Some(before) = before.take() {
                    let wait = run.rule.settle.saturating_add(run.rule.effect_window);
                    let until = self.now.saturating_add(ms(wait));
                    run.phase = Phase::Measures { until, since: self.now, before, undo };
                } else {
                    run.phase = Phase::Next;
                    run.index += 1;
                }
                return None;
            }
            Progress::Failed(why) => why,
        };
        self.memory.hour.add(self.now, 0, took);
        record.result = Some(Err(failed));
        if !action.or_go_on {
            return Some(Ending::Failed);
        }
        run.phase = Phase::Next;
        run.index += 1;
        None
    }

    /// Judges the effect of an action; how the run ended, if it did.
    fn measured(&mut self, run: &mut Active) -> Option<Ending> {
        let Phase::Measures { since, before, undo, .. } = &run.phase else { return None };
        let window = run.rule.effect_window;
        let after = key(&before.metric, self.moment)
            .map(|key| self.moment.inputs.window(&key, window))
            .unwrap_or_default();
        // From the middle of the window before to the middle of the one after.
        let apart = (self.now - since) as f64 / 1_000.0;
        let effect = before.compare(&after, apart, self.settings.harm.0);
        let worse = effect.verdict == Verdict::Worse;
        let record = &mut run.record.actions[run.index];
        record.effect = Some(effect);
        if worse {
            record.taken_back = undo.as_ref().map(|token| self.executor.undo(token));
            self.memory.barred.push(Barred {
                rule: run.record.rule.clone(),
                action: record.name.clone(),
                situation: situation(&run.rule, self.moment),
            });
            return Some(Ending::Harmful);
        }
        run.phase = Phase::Next;
        run.index += 1;
        None
    }

    fn end(&mut self, run: &mut Active, ending: Ending, events: &mut Vec<RuleEvent>) {
        self.memory.of(&run.record.rule).runs.end(self.now);
        run.record.ended_ms = Some(self.moment.now.unix_ms);
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
        events.push(RuleEvent { at: self.moment.now, rule, id, what });
        self.memory.remember(run.record.clone(), self.settings.history);
    }
}
