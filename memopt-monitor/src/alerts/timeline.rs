//! The time that states are counted in.

use crate::clock::Stamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Milliseconds that passed since the states began, over all runs. They never go back: within a run
/// the monotonic clock tells them, and between two runs the wall clock, if it went on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Timeline {
    now: u64,
    /// The run, its monotonic time and the wall time of the last step.
    last: Option<(u32, u64, i64)>,
}

/// A step of the timeline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Step {
    /// The time now, ms.
    pub(crate) now: u64,
    /// How much of the time since the step before nobody looked, ms: the program was down, or the
    /// process stopped.
    pub(crate) unseen: u64,
}

impl Timeline {
    /// Goes on to `stamp`. A step longer than `longest` is one in which nobody looked.
    pub(crate) fn advance(&mut self, stamp: &Stamp, longest: Duration) -> Step {
        let passed = match self.last {
            None => 0,
            Some((run, monotonic_ns, _))
                if run == stamp.run && monotonic_ns <= stamp.monotonic_ns =>
            {
                (stamp.monotonic_ns - monotonic_ns) / 1_000_000
            }
            // Another run, or one that took the number of an earlier one.
            Some((_, _, unix_ms)) => u64::try_from(stamp.unix_ms - unix_ms).unwrap_or(0),
        };
        // What is less than a millisecond is not lost: the stamp stays until it is one.
        let same =
            self.last.is_some_and(|(run, ns, _)| run == stamp.run && ns <= stamp.monotonic_ns);
        let ns = match self.last {
            Some((_, ns, _)) if same => ns + passed * 1_000_000,
            _ => stamp.monotonic_ns,
        };
        self.last = Some((stamp.run, ns, stamp.unix_ms));
        self.now += passed;
        let unseen = if passed > ms(longest) { passed } else { 0 };
        Step { now: self.now, unseen }
    }

    /// The time of the last step, ms.
    pub(crate) fn now(&self) -> u64 {
        self.now
    }
}

/// A duration in the unit of the timeline.
pub(crate) fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(run: u32, ms: u64, unix_ms: i64) -> Stamp {
        Stamp { run, monotonic_ns: ms * 1_000_000, unix_ms }
    }

    #[test]
    fn no_clock_takes_it_back() {
        let mut line = Timeline::default();
        let minute = Duration::from_secs(60);
        let mut at = |stamp| line.advance(&stamp, minute).now;
        assert_eq!(at(stamp(0, 500, 1_000_000)), 0);
        assert_eq!(at(stamp(0, 1_500, 9_000_000)), 1_000);
        assert_eq!(at(stamp(0, 2_500, 10)), 2_000);
        // The next run begins with a wall clock that is right again, then with one that is behind.
        assert_eq!(at(stamp(1, 0, 5_010)), 7_000);
        assert_eq!(at(stamp(2, 0, 0)), 7_000);
        assert_eq!(at(stamp(2, 10, 10)), 7_010);
    }

    #[test]
    fn parts_of_a_millisecond_add_up() {
        let mut line = Timeline::default();
        for step in 0..=1_000 {
            let stamp = Stamp { run: 0, monotonic_ns: step * 100_000, unix_ms: 0 };
            line.advance(&stamp, Duration::from_secs(1));
        }
        assert_eq!(line.now(), 100);
    }

    #[test]
    fn a_pause_is_time_in_which_nobody_looked() {
        let mut line = Timeline::default();
        line.advance(&stamp(0, 0, 0), Duration::from_secs(60));
        let step = line.advance(&stamp(0, 90_000, 90_000), Duration::from_secs(60));
        assert_eq!(step, Step { now: 90_000, unseen: 90_000 });
    }
}
