//! When the next tick is due.

use crate::clock::Stamp;
use std::time::Duration;

/// Ticks at whole multiples of an interval since it began, so that no tick is late because those
/// before it were. Ticks that passed while the process was suspended are not made up for: the next
/// one comes at the next multiple, and the pause is told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schedule {
    interval: Duration,
    origin_ns: u64,
    /// Ticks that are done: the first was due at the origin.
    done: u64,
}

/// A tick that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    /// Ticks that were missed before it.
    pub(crate) missed: u64,
}

/// The shortest interval, which also stands for 0.
pub(crate) const SHORTEST: Duration = Duration::from_millis(10);

impl Schedule {
    /// A schedule whose first tick is due at once.
    pub(crate) fn new(interval: Duration, now: Stamp) -> Self {
        Self { interval: interval.max(SHORTEST), origin_ns: now.monotonic_ns, done: 0 }
    }

    /// Takes another interval; the next tick is due one of them from now.
    pub(crate) fn set_interval(&mut self, interval: Duration, now: Stamp) {
        let interval = interval.max(SHORTEST);
        if interval != self.interval {
            *self = Self { interval, origin_ns: now.monotonic_ns, done: 1 };
        }
    }

    /// Ticks that were due until now.
    fn passed(&self, now: Stamp) -> u64 {
        let since_ns = now.monotonic_ns.checked_sub(self.origin_ns);
        since_ns.map_or(0, |ns| ns / self.interval.as_nanos() as u64 + 1)
    }

    /// Time until the next tick; zero where one is due.
    pub(crate) fn wait(&self, now: Stamp) -> Duration {
        let due_ns = self.done.saturating_mul(self.interval.as_nanos() as u64);
        let since_ns = now.monotonic_ns.saturating_sub(self.origin_ns);
        Duration::from_nanos(due_ns.saturating_sub(since_ns))
    }

    /// Takes the tick that is due, if one is.
    pub(crate) fn take(&mut self, now: Stamp) -> Option<Due> {
        let passed = self.passed(now);
        let missed = passed.checked_sub(self.done + 1)?;
        self.done = passed;
        Some(Due { missed })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Stamp {
        Stamp { run: 0, monotonic_ns: ms * 1_000_000, unix_ms: 0 }
    }

    #[test]
    fn late_ticks_do_not_move_those_after_them() {
        let mut schedule = Schedule::new(Duration::from_secs(1), at(5_000));
        assert_eq!(schedule.take(at(5_000)), Some(Due { missed: 0 }));
        assert_eq!(schedule.take(at(5_999)), None);
        assert_eq!(schedule.wait(at(5_999)), Duration::from_millis(1));
        assert_eq!(schedule.take(at(6_300)), Some(Due { missed: 0 }));
        assert_eq!(schedule.wait(at(6_300)), Duration::from_millis(700));
    }

    #[test]
    fn a_pause_is_told_and_not_made_up_for() {
        let mut schedule = Schedule::new(Duration::from_secs(1), at(0));
        assert!(schedule.take(at(0)).is_some());
        assert_eq!(schedule.take(at(60_400)), Some(Due { missed: 59 }));
        assert_eq!(schedule.wait(at(60_400)), Duration::from_millis(600));
    }

    #[test]
    fn another_interval_begins_now() {
        let mut schedule = Schedule::new(Duration::from_secs(1), at(0));
        schedule.take(at(0));
        schedule.set_interval(Duration::from_secs(2), at(300));
        assert_eq!(schedule.wait(at(300)), Duration::from_secs(2));
        schedule.set_interval(Duration::from_secs(2), at(900));
        assert_eq!(schedule.wait(at(900)), Duration::from_millis(1_400));
        schedule.set_interval(Duration::ZERO, at(1_000));
        assert_eq!(schedule.wait(at(1_000)), SHORTEST);
    }

    #[test]
    fn a_clock_that_goes_back_waits() {
        let mut schedule = Schedule::new(Duration::from_secs(1), at(10_000));
        schedule.take(at(10_000));
        assert_eq!(schedule.take(at(2_000)), None);
        assert!(schedule.take(at(11_000)).is_some());
    }
}
