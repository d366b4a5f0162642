//! How often rules act, at most. All times are on the timeline.

use crate::alerts::timeline::ms;
use crate::config::Rules as Settings;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::time::Duration;

const HOUR: u64 = 3_600_000;

/// The runs of one rule.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Runs {
    /// When each began, the oldest first.
    began: VecDeque<u64>,
    ended: Option<u64>,
}

impl Runs {
    pub(super) fn begin(&mut self, now: u64, most: u32) {
        self.began.push_back(now);
        // No limit looks at more of them.
        let surplus = self.began.len().saturating_sub(most as usize);
        self.began.drain(..surplus);
    }

    pub(super) fn end(&mut self, now: u64) {
        self.ended = Some(now);
    }

    /// When the last run began.
    pub(super) fn last(&self) -> Option<u64> {
        self.began.back().copied()
    }

    /// Runs in the window before now, and the time until one of them leaves it.
    pub(super) fn within(&self, window: Duration, now: u64) -> (u32, Duration) {
        let window = ms(window);
        let inside = || self.began.iter().filter(|began| now.saturating_sub(**began) < window);
        let left =
            inside().next().map_or(0, |oldest| oldest.saturating_add(window).saturating_sub(now));
        (inside().count() as u32, Duration::from_millis(left))
    }

    /// What is left of the cooldown.
    pub(super) fn cooling(&self, cooldown: Duration, now: u64) -> Option<Duration> {
        let left = self.ended?.saturating_add(ms(cooldown)).saturating_sub(now);
        (left > 0).then(|| Duration::from_millis(left))
    }
}

/// What all rules did in the last hour.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Hour {
    /// When each action ended, its bytes, and how long it took, ms.
    actions: VecDeque<(u64, u64, u64)>,
}

/// A budget that is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Budget {
    /// `rules.actions_per_hour`
    Actions,
    /// `rules.bytes_per_hour`
    Bytes,
    /// `rules.time_per_hour`
    Time,
}

impl Budget {
    /// The key of its limit.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Actions => "rules.actions_per_hour",
            Self::Bytes => "rules.bytes_per_hour",
            Self::Time => "rules.time_per_hour",
        }
    }
}

impl Hour {
    pub(super) fn add(&mut self, now: u64, bytes: u64, took: u64) {
        self.actions.push_back((now, bytes, took));
    }

    pub(super) fn forget(&mut self, now: u64) {
        while self.actions.front().is_some_and(|(at, ..)| now.saturating_sub(*at) >= HOUR) {
            self.actions.pop_front();
        }
    }

    /// The budget that does not allow another action.
    pub(super) fn spent(&self, settings: &Settings) -> Option<Budget> {
        let bytes: u64 = self.actions.iter().map(|(_, bytes, _)| bytes).sum();
        let took: u64 = self.actions.iter().map(|(.., took)| took).sum();
        if self.actions.len() >= settings.actions_per_hour as usize {
            Some(Budget::Actions)
        } else if bytes >= settings.bytes_per_hour.0 {
            Some(Budget::Bytes)
        } else if took >= ms(settings.time_per_hour) {
            Some(Budget::Time)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_slides() {
        let mut runs = Runs::default();
        let window = Duration::from_secs(10);
        runs.begin(0, 5);
        runs.begin(4_000, 5);
        assert_eq!(runs.within(window, 5_000), (2, Duration::from_secs(5)));
        assert_eq!(runs.within(window, 9_999), (2, Duration::from_millis(1)));
        assert_eq!(runs.within(window, 10_000), (1, Duration::from_secs(4)));
        assert_eq!(runs.within(window, 14_000), (0, Duration::ZERO));
        assert_eq!(runs.cooling(window, 14_000), None);
        runs.end(14_000);
        assert_eq!(runs.cooling(window, 15_000), Some(Duration::from_secs(9)));
        for _ in 0..100 {
            runs.begin(20_000, 5);
        }
        assert_eq!(runs.began.len(), 5);
    }

    #[test]
    fn each_budget_of_the_hour_is_told() {
        let settings = Settings { actions_per_hour: 3, ..Settings::default() };
        let mut hour = Hour::default();
        hour.add(0, 1 << 40, 0);
        assert_eq!(hour.spent(&settings), Some(Budget::Bytes));
        hour.forget(HOUR);
        assert_eq!(hour.spent(&settings), None);
        hour.add(HOUR, 0, 300_000);
        assert_eq!(hour.spent(&settings), Some(Budget::Time));
        hour.add(HOUR, 0, 0);
        hour.add(HOUR, 0, 0);
        assert_eq!(hour.spent(&settings), Some(Budget::Actions));
    }
}
