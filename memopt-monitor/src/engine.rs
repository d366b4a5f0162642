//! One tick of the monitor, without a thread: reads, keeps, judges, tells.

mod act;
mod analyse;
mod carried;
mod events;
mod identity;
mod inputs;
mod judge;
mod keep;
mod limit;
pub mod own;
mod pace;
mod published;
mod sampling;

pub use self::act::Callback;
pub use self::judge::{Anomaly, Course, Found};
pub use self::published::Published;

use self::act::{Actor, Hands};
use self::carried::Carried;
use self::identity::Identity;
use self::inputs::View;
use self::judge::Judge;
use self::own::Ticks;
use self::sampling::{Sampling, Taken};
use crate::alerts::sink::{Outbox, SinkStatus};
use crate::alerts::{Alerts, Change, Limit, Unknown};
use crate::clock::{Clock, Stamp};
use crate::config::{ActionKind, Config, Labels, Reloaded, Watched};
use crate::governor::{Decision, Governor};
use crate::health::{Health, caught};
use crate::history::{Health as StoreHealth, History, Options};
use crate::metric::Metric;
use crate::profiles::Profiles;
use crate::program::Program;
use crate::rules::{Executor as _, Moment, Order, Outcome, Progress, RuleEvent, Rules};
use crate::schedule::{Due, Schedule};
use crate::source::{Frame, Source};
use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// What an engine is made of. All that it reads or changes stands behind these.
#[derive(Debug)]
pub struct Parts {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The settings.
    pub settings: Watched,
    /// What is read.
    pub sources: Vec<Box<dyn Source>>,
    /// The observed program.
    pub program: Box<dyn Program>,
    /// Where what was read is kept.
    pub history: Arc<History>,
    /// Sinks of the program, beside those of the settings.
    pub outbox: Outbox,
    /// Functions of the program that rules may call, by name.
    pub callbacks: HashMap<String, Callback>,
}

/// What happened in a tick.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Happened {
    /// Alerts that changed their state.
    pub changes: Vec<Change>,
    /// What collection rules did.
    pub events: Vec<RuleEvent>,
    /// What became of a change of the configuration.
    pub reloaded: Option<Reloaded>,
    /// The governor's decision.
    pub decision: Option<Decision>,
    /// Ticks that were missed before this one.
    pub missed: u64,
}

/// The monitor without its thread. [`tick`](Self::tick) is called by that thread, by tests with a
/// made-up machine and a clock that is turned by hand, and by replays.
#[derive(Debug)]
pub struct Engine {
    clock: Arc<dyn Clock>,
    settings: Watched,
    /// The settings in force, as they are published.
    shown: Arc<Config>,
    sources: Vec<Box<dyn Source>>,
    metrics: HashMap<&'static str, Metric>,
    program: Box<dyn Program>,
    history: Arc<History>,
    alerts: Alerts,
    /// The sinks that the program gave.
    outbox: Outbox,
    /// The sinks of the settings.
    configured: Outbox,
    rules: Rules,
    hands: Hands,
    identity: Identity,
    /// What the program is: harm done to another one says nothing of this.
    situation: String,
    judge: Judge,
    governor: Governor,
    health: Health,
    /// The parts whose fault was told.
    told: BTreeSet<String>,
    began: Stamp,
    ticks: Ticks,
    readings: Schedule,
    analyses: Schedule,
    reloads: Schedule,
    /// Which blocks are sampled.
    sampling: Sampling,
    taken: Taken,
    /// When a heap profile was kept last because it was time.
    profiled: Option<Stamp>,
    frame: Frame,
    /// What is read less often than in every tick.
    carried: Carried,
    is_paused: bool,
}

impl Engine {
    /// An engine whose first tick is due at once.
    pub fn new(parts: Parts) -> Self {
        let Parts { clock, settings, mut sources, program, history, outbox, callbacks } = parts;
        let (now, config) = (clock.now(), settings.config());
        sources.retain(|source| !config.monitoring.without.iter().any(|it| it == source.name()));
        let all = sources.iter().flat_map(|source| source.metrics()).chain(own::METRICS);
        let metrics = all.map(|metric| (metric.name, *metric)).collect();
        let monitoring = &config.monitoring;
        let stale = monitoring.stale_after.max(monitoring.interval.saturating_mul(3));
        let identity = Identity::of(config);
        let mut engine = Self {
            alerts: Alerts::new(&config.alerts, stale, identity.labels.clone()),
            rules: Rules::new(&config.rules, stale),
            hands: Hands::new(config, callbacks),
            situation: identity::situation(),
            configured: Outbox::of(&config.alerts),
            outbox,
            identity,
            governor: Governor::new(pace::budget(config)),
            readings: Schedule::new(config.monitoring.interval, now),
            analyses: Schedule::new(config.analysis.interval, now),
            reloads: Schedule::new(config.monitoring.reload_every, now),
            judge: Judge::new(config.analysis.window),
            health: Health::default(),
            told: BTreeSet::new(),
            began: now,
            ticks: Ticks::default(),
            sampling: Sampling::Off,
            taken: Taken::default(),
            profiled: None,
            frame: Frame::new(now),
            carried: Carried::default(),
            is_paused: false,
            clock,
            shown: Arc::new(settings.config().clone()),
            settings,
            sources,
            metrics,
            program,
            history,
        };
        engine.sample();
        engine.restore(now);
        engine
    }

    /// How much of the memory budget history gets: what remains is for detectors and states.
    pub fn history_options(config: &Config) -> Options {
        let mut options = Options::default();
        let share = (config.monitoring.memory_budget.0 / 2) as usize;
        options.memory_bytes = (config.storage.memory.0 as usize).min(share);
        if let Some(path) = &config.storage.path {
            options.folder = path.parent().map(Path::to_owned);
            if let Some(name) = path.file_stem() {
                options.name = name.to_string_lossy().into_owned();
            }
        }
        let retention = &config.retention;
        options.retention = [retention.raw, retention.minutes, retention.hours];
        options.store_bytes = retention.total.0;
        options
    }

    /// Time until the next tick is due.
    pub fn wait(&self) -> Duration {
        self.readings.wait(self.clock.now())
    }

    /// The time by the engine's clock.
    pub fn now(&self) -> Stamp {
        self.clock.now()
    }

    /// Takes in how a part of the monitor fared.
    pub fn report(&mut self, part: &str, outcome: Result<(), String>) {
        self.health.report(part, self.clock.now(), outcome);
    }

    /// So many requests found the worker's queue full until now.
    pub(crate) fn set_refused(&mut self, count: u64) {
        self.ticks.refused = count;
    }

    /// The settings in force.
    pub fn config(&self) -> &Config {
        self.settings.config()
    }

    /// Where the settings come from.
    pub fn settings(&self) -> &Watched {
        &self.settings
    }

    /// The time between two readings, as the governor has it now.
    pub fn interval(&self) -> Duration {
        self.governor.interval(self.config().monitoring.interval)
    }

    /// The labels that identify the program and the instance.
    pub fn labels(&self) -> &Labels {
        &self.identity.labels
    }

    /// The same, of a monitor with these settings.
    pub fn identity(config: &Config) -> Labels {
        Identity::of(config).labels
    }

    /// All metrics that may be reported, by name.
    pub fn metrics(&self) -> &HashMap<&'static str, Metric> {
        &self.metrics
    }

    /// The alerts, to be silenced and acknowledged.
    pub fn alerts(&mut self) -> &mut Alerts {
        &mut self.alerts
    }

    /// Reads, stores, judges and sends alerts once, if a tick is due and the monitor is not
    /// [paused](Self::pause).
    pub fn tick(&mut self) -> Option<Happened> {
        let now = self.clock.now();
        let Due { missed } = self.readings.take(now)?;
        if self.is_paused {
            return None;
        }
        self.ticks.missed += missed;
        let mut happened = Happened { missed, ..Happened::default() };
        if self.reloads.take(now).is_some() {
            happened.reloaded = self.reload(now);
        }
        self.read(now);
        self.restore_late(now);
        self.look_after(now);
        self.profile(now);
        let limit = self.limit();
        if self.analyses.take(now).is_some() {
            self.analyse(now, &limit);
        }
        self.tell_and_act(now, limit, &mut happened);
        happened.decision = self.account(now);
        self.save(now, &happened);
        events::tell(&happened);
        events::tell_faults(&mut self.told, &self.health);
        Some(happened)
    }

    /// Keeps a heap profile, where the settings ask for one in an interval.
    fn profile(&mut self, now: Stamp) {
        let Some(every) = self.settings.config().profiling.every else { return };
        let due =
            self.profiled.is_none_or(|then| now.since(&then).is_none_or(|time| time >= every));
        if due {
            self.profiled = Some(now);
            let outcome = self.hands.keep_heap(&*self.program, now);
            events::tell_profile(&outcome);
            self.health.report("heap profiles", now, outcome);
        }
    }

    /// Evaluates alerts and collection rules on what is known now.
    fn tell_and_act(&mut self, now: Stamp, limit: Result<Limit, Unknown>, happened: &mut Happened) {
        let view = View {
            metrics: &self.metrics,
            frame: &self.frame,
            carried: &self.carried,
            history: &self.history,
            limit,
            found: &self.judge.found,
            health: &self.health,
        };
        let mut notifications = Vec::new();
        if self.alerts.is_due(&now) {
            happened.changes = self.alerts.evaluate(now, &view);
            notifications = self.alerts.notifications();
        }
        let firing = self.alerts.firing();
        for outbox in [&mut self.outbox, &mut self.configured] {
            outbox.tell(&happened.changes, &notifications, &firing);
        }
        let labels = self.identity.filtered(&self.settings.config().alerts.labels);
        let moment = Moment {
            now,
            inputs: &view,
            firing: &firing,
            labels: &labels,
            situation: &self.situation,
        };
        let pressure = self.pressure();
        let mut actor = Actor {
            at: now,
            clock: &*self.clock,
            hands: &mut self.hands,
            program: &*self.program,
            history: &self.history,
            config: self.settings.config(),
            findings: &self.judge.found.findings,
            sampling: &mut self.sampling,
            pressure,
        };
        happened.events = self.rules.evaluate(&moment, &mut actor);
    }

    /// Writes an incident bundle because somebody asked for one: its path, and its bytes.
    ///
    /// # Errors
    ///
    /// Where there is no folder, or it cannot be written.
    pub fn bundle(&mut self, by: &str, why: &str) -> Result<Outcome, String> {
        let order = Order {
            id: 0,
            rule: by.to_owned(),
            action: ActionKind::Bundle,
            with: Labels::new(),
            why: why.to_owned(),
        };
        let pressure = self.pressure();
        let mut actor = Actor {
            at: self.clock.now(),
            clock: &*self.clock,
            hands: &mut self.hands,
            program: &*self.program,
            history: &self.history,
            config: self.settings.config(),
            findings: &self.judge.found.findings,
            sampling: &mut self.sampling,
            pressure,
        };
        match actor.begin(&order) {
            Progress::Done(outcome) => Ok(outcome),
            Progress::Failed(why) => Err(why),
            Progress::Running => Err("a bundle is written at once".to_owned()),
        }
    }

    /// Takes in how the store and the sinks fare.
    fn look_after(&mut self, now: Stamp) {
        let state = self.history.state();
        let is_well = state.health != StoreHealth::Degraded;
        let outcome = if is_well { Ok(()) } else { Err(state.to_string()) };
        self.health.report("store", now, outcome);
        for sink in self.sinks() {
            let outcome = sink.fault.clone().map_or(Ok(()), Err);
            self.health.report(&format!("sink {}", sink.name), now, outcome);
        }
    }

    /// The collection rules, to be agreed with or refused.
    pub fn rules(&mut self) -> &mut Rules {
        &mut self.rules
    }

    /// The profiles on disk; none where history is in memory alone.
    pub fn profiles(&self) -> Option<&Profiles> {
        self.hands.profiles()
    }

    /// Ends the sinks, which have so much time for what waits. States are kept, and no block is
    /// sampled any more where the monitor asked for it.
    pub fn stop(mut self, grace: Duration) {
        if self.samples() {
            self.program.stop_sampling();
        }
        self.program.leave_optimizer();
        self.keep_last_states();
        events::tell_stop(self.ticks.count);
        std::mem::take(&mut self.configured).stop(grace);
        std::mem::take(&mut self.outbox).stop(grace);
    }

    /// How all sinks fare.
    fn sinks(&self) -> Vec<SinkStatus> {
        let mut all = self.outbox.status();
        all.extend(self.configured.status());
        all
    }

    /// One frame of all sources, into the history. One that panics is a fault, and no more.
    fn read(&mut self, now: Stamp) {
        let mut frame = Frame::new(now);
        for source in &mut self.sources {
            let outcome = caught(|| source.read(&mut frame));
            self.health.report(&format!("source {}", source.name()), now, outcome);
        }
        let held = self.history.held();
        let faults = self.health.faults().count();
        own::read(&mut frame, self.governor.cost(), &held, self.ticks, faults);
        self.history.append(&frame);
        let stale = self.stale_after();
        let warms_up = now.since(&self.began) < Some(self.config().analysis.warm_up);
        self.judge.push(&frame, stale, warms_up);
        self.carried.follow(&self.frame, &frame, stale);
        self.frame = frame;
    }

    /// What is known now.
    pub fn published(&self) -> Published {
        Published {
            at: self.frame.at,
            began: self.began,
            frame: self.carried.with(&self.frame),
            limit: self.limit(),
            pressure: self.pressure(),
            found: self.judge.found.clone(),
            rules: self.alerts.status(),
            alerts: self.alerts.alerts(),
            collection: self.rules.status(),
            runs: self.rules.history().cloned().collect(),
            proposals: self.rules.proposals().cloned().collect(),
            sinks: self.sinks(),
            store: self.history.state(),
            faults: self.health.faults().cloned().collect(),
            config: Arc::clone(&self.shown),
            interval: self.interval(),
            stale_after: self.stale_after(),
            cost: self.governor.cost().clone(),
            held: self.history.held(),
        }
    }
}

#[cfg(test)]
mod tests;
