//! States that outlive the program: cooldowns, silences, acknowledgements, limits.

use super::{Engine, Happened};
use crate::clock::Stamp;
use crate::saved::{Saved, StateError};
use crate::schedule::Schedule;
use crate::source::Frame;
use std::collections::BTreeMap;

const AREA: &str = "engine";
const ALERTS: &str = "alerts";
const RULES: &str = "rules";
const SINKS: &str = "sinks";
const TOLD: Saved = Saved { what: "sinks", name: *b"MOSI", version: 1 };
/// States that did not visibly change are kept once in so many ticks: their clocks go on.
const EVERY: u64 = 30;

impl Engine {
    /// Opens the store, and takes up what an earlier run kept there. The caller waits for the disk;
    /// time begins anew when it has answered. Without a store nothing happens.
    pub fn open_store(&mut self) {
        if !self.history.open_store() {
            return;
        }
        self.clock.set_run(self.history.run());
        let (now, config) = (self.clock.now(), self.settings.config());
        self.began = now;
        self.frame = Frame::new(now);
        self.analyses = Schedule::new(config.analysis.interval, now);
        self.reloads = Schedule::new(config.monitoring.reload_every, now);
        self.readings = Schedule::new(self.interval(), now);
        self.restore(now);
        let gap = self.stale_after();
        self.judge.learn(&self.history, now, gap);
        super::events::tell_store(self.history.run(), &self.history.state());
    }

    /// Takes up what an earlier run kept.
    pub(super) fn restore(&mut self, now: Stamp) {
        if let Some(bytes) = self.history.get(AREA, ALERTS) {
            let outcome = self.alerts.load(&bytes).map_err(|error| error.to_string());
            self.health.report("kept alerts", now, outcome);
        }
        if let Some(bytes) = self.history.get(AREA, RULES) {
            let outcome = self.rules.load(&bytes).map_err(|error| error.to_string());
            self.health.report("kept rules", now, outcome);
        }
        if let Some(bytes) = self.history.get(AREA, SINKS) {
            self.inherit(&bytes, now);
        }
        for key in [ALERTS, RULES, SINKS] {
            self.history.take_earlier(AREA, key);
        }
    }

    /// The sinks go on where those of an earlier run ended.
    fn inherit(&mut self, bytes: &[u8], now: Stamp) {
        let told: Result<BTreeMap<String, Vec<u64>>, StateError> = TOLD.read(bytes);
        let outcome = told.map(|told| {
            self.outbox.inherit(&told);
            self.configured.inherit(&told);
        });
        self.health.report("kept sinks", now, outcome.map_err(|error| error.to_string()));
    }

    /// Takes up what an earlier run kept in a store that could be opened only now.
    pub(super) fn restore_late(&mut self, now: Stamp) {
        let alerts = self.history.take_earlier(AREA, ALERTS);
        let rules = self.history.take_earlier(AREA, RULES);
        if let Some(bytes) = self.history.take_earlier(AREA, SINKS) {
            self.inherit(&bytes, now);
        }
        if alerts.is_none() && rules.is_none() {
            return;
        }
        if let Some(bytes) = alerts {
            let outcome = self.alerts.load_late(&bytes, &now).map_err(|error| error.to_string());
            self.health.report("kept alerts", now, outcome);
        }
        if let Some(bytes) = rules {
            let outcome = self.rules.load_late(&bytes).map_err(|error| error.to_string());
            self.health.report("kept rules", now, outcome);
        }
        self.keep_states();
    }

    /// Keeps the states where something happened, and from time to time.
    pub(super) fn save(&mut self, now: Stamp, happened: &Happened) {
        self.ticks.count += 1;
        let something = !happened.changes.is_empty() || !happened.events.is_empty();
        if something || self.ticks.count.is_multiple_of(EVERY) {
            let kept = self.keep_states();
            let why = "the states of alerts and rules are too large for the store";
            self.health.report("states", now, if kept { Ok(()) } else { Err(why.to_owned()) });
        }
    }

    /// Keeps the states after somebody changed them: on disk with the next reading, or at once
    /// while nothing is read.
    pub fn keep(&self) {
        self.keep_states();
        if self.is_paused {
            self.history.flush();
        }
    }

    /// Keeps the states on disk: nothing is read after this.
    pub(super) fn keep_last_states(&self) {
        self.keep_states();
        self.history.flush();
    }

    /// Puts the states into the history, which writes them with what it writes next.
    pub(super) fn keep_states(&self) -> bool {
        let mut told = self.outbox.told();
        told.extend(self.configured.told());
        self.history.put(AREA, ALERTS, &self.alerts.save())
            & self.history.put(AREA, RULES, &self.rules.save())
            & self.history.put(AREA, SINKS, &TOLD.write(&told))
    }
}
