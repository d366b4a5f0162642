//! What the settings and the governor change while the engine runs: intervals, samples, sinks.

use super::Engine;
use super::sampling::Sampling;
use crate::alerts::sink::Outbox;
use crate::clock::Stamp;
use crate::config::{Config, Reloaded};
use crate::governor::{Budget, Decision};
use std::sync::Arc;
use std::time::Duration;

impl Engine {
    /// Looks at the file of the settings, and takes up what changed.
    pub(super) fn reload(&mut self, now: Stamp) -> Option<Reloaded> {
        let before = self.settings.config().alerts.sinks.clone();
        let reloaded = self.settings.poll();
        let fault = self.settings.fault().map_or(Ok(()), |fault| Err(fault.to_string()));
        self.health.report("configuration", now, fault);
        if let Some(Reloaded::Taken { .. }) = &reloaded {
            let config = self.settings.config().clone();
            self.shown = Arc::new(config.clone());
            if config.alerts.sinks != before {
                // Those from before have their thread end by itself: nothing is waited for.
                let told = self.configured.told();
                self.configured = Outbox::of(&config.alerts);
                self.configured.inherit(&told);
            }
            self.governor.set_budget(budget(&config));
            self.judge.look_back(config.analysis.window);
            self.analyses.set_interval(config.analysis.interval, now);
            self.reloads.set_interval(config.monitoring.reload_every, now);
            self.pace(now);
        }
        reloaded
    }

    /// Takes up the settings at the level of the governor.
    fn pace(&mut self, now: Stamp) {
        self.readings.set_interval(self.interval(), now);
        let (stale, config) = (self.stale_after(), self.settings.config());
        self.alerts.configure(&config.alerts, stale);
        self.rules.configure(&config.rules, stale);
        self.sample();
    }

    /// The age from which a reading is absent, and a pause from which on it is a gap: three
    /// intervals at least, however long the governor made them. Otherwise nothing would be seen.
    pub fn stale_after(&self) -> Duration {
        self.config().monitoring.stale_after.max(self.interval().saturating_mul(3))
    }

    /// Stops reading, judging and acting, and samples no block itself, until it is called with
    /// `false`.
    /// Counters go on, so a pause is a gap in their series. After a pause, blocks are sampled as
    /// the settings say.
    pub fn pause(&mut self, is_paused: bool) {
        if std::mem::replace(&mut self.is_paused, is_paused) == is_paused {
            return;
        }
        if is_paused {
            // What the program samples for itself goes on.
            if self.samples() {
                self.program.stop_sampling();
            }
            self.sampling = Sampling::Off;
            self.program.leave_optimizer();
            self.keep_last_states();
        } else {
            self.sample();
        }
    }

    /// Adds up what the tick cost.
    pub(super) fn account(&mut self, began: Stamp) -> Option<Decision> {
        let now = self.clock.now();
        self.ticks.last_s = now.since(&began).unwrap_or_default().as_secs_f64();
        let history = self.history.held().memory_bytes as u64;
        let bytes = self.program.own_bytes().max(history);
        self.history.set_room(self.room(bytes - history));
        let counted = self.counted();
        let decision = self.governor.account(now, self.program.own_cpu(), counted, bytes);
        if decision.is_some() {
            self.pace(now);
        }
        decision
    }
}

/// History keeps at least this part of what it may, however much others take.
const LEAST: u64 = 4;

impl Engine {
    /// Bytes for history, where the rest of memopt's own work holds so many.
    pub(super) fn room(&self, others: u64) -> usize {
        let may = Self::history_options(self.config()).memory_bytes as u64;
        let left = self.config().monitoring.memory_budget.0.saturating_sub(others);
        left.clamp(may / LEAST, may) as usize
    }
}

/// The budget that the settings give.
pub(super) fn budget(config: &Config) -> Budget {
    Budget { cpu_ratio: config.monitoring.cpu_budget.0, bytes: config.monitoring.memory_budget.0 }
}
