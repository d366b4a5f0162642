//! What is done from time to time: all is looked at, and what actions began goes on.

use super::Engine;
use super::judge::Look;
use crate::alerts::{Limit, Unknown};
use crate::clock::Stamp;
use crate::config::{Optimization, Optimize};
use memopt_report::Report;
use memopt_runtime::optimizer::Mode;

impl Engine {
    /// Looks at everything, and goes on with what actions began: that also where nothing is
    /// analysed.
    pub(super) fn analyse(&mut self, now: Stamp, limit: &Result<Limit, Unknown>) {
        let is_on = self.config().analysis.enabled;
        if !is_on && !self.hands.is_busy() {
            return;
        }
        let began = self.program.own_cpu();
        if self.hands.tries() {
            // Somebody else may have taken a remedy back.
            self.hands.optimized(&self.program.optimizer_log());
        }
        let goes_on = is_on || self.hands.tries();
        let is_due =
            goes_on && self.judge.wants_report(now) || !is_on && self.hands.has_mode_to_end();
        let report = is_due.then(|| self.program.report());
        if is_on {
            let frame = self.carried.with(&self.frame);
            let (interval, stale) = (self.interval(), self.stale_after());
            self.judge.look(&Look {
                at: now,
                began: self.began,
                history: &self.history,
                program: &*self.program,
                config: self.settings.config(),
                limit,
                frame: &frame,
                interval,
                stale,
                report: report.as_ref(),
            });
        }
        self.hands.hold(&*self.program);
        let Some(report) = report else { return };
        let is_tried = self.optimize(&report);
        drop(report);
        let took = self.program.own_cpu().saturating_sub(began);
        self.judge.had_report(now, took, is_tried);
    }

    /// One step of the optimizer, as the settings want it. What an action tries goes on beside
    /// them until it ends. Whether remedies are applied.
    fn optimize(&mut self, report: &Report) -> bool {
        let Optimization { mode, trials, worth } = self.config().optimization;
        let (mode, sites) = match mode {
            Optimize::Apply => (Mode::Apply, trials as usize),
            _ if self.hands.tries() => {
                let actions = self.program.try_remedies(0, worth.0, report);
                self.hands.optimized(&actions);
                return true;
            }
            Optimize::Suggest => (Mode::Suggest, trials as usize),
            Optimize::Off => (Mode::Off, 0),
        };
        if self.hands.has_mode_to_end() {
            self.hands.end_mode();
        }
        let actions = self.program.optimize(mode, sites, worth.0, report);
        self.hands.optimized(&actions);
        mode == Mode::Apply
    }
}
