//! Which part of the history is asked for.

use crate::clock::Stamp;
use std::time::Duration;

/// A part of the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Window {
    /// All that is kept, of all runs.
    All,
    /// Between two times of the wall clock, ms since the beginning of 1970, both within.
    Between {
        /// From then.
        from_ms: i64,
        /// Until then.
        to_ms: i64,
    },
    /// The time before the newest reading, of this run alone. Who sets the wall clock changes
    /// nothing.
    Last(Duration),
}

impl Window {
    /// Between two times of the wall clock, ms.
    pub fn between(from_ms: i64, to_ms: i64) -> Self {
        Self::Between { from_ms, to_ms }
    }

    /// What it comes to when the newest reading is of this moment.
    pub(super) fn cut(self, newest: Stamp) -> Cut {
        match self {
            Self::All => Cut::Wall(i64::MIN, i64::MAX),
            Self::Between { from_ms, to_ms } => Cut::Wall(from_ms, to_ms),
            Self::Last(time) => {
                Cut::Run(newest.run, newest.monotonic_ns.saturating_sub(time.as_nanos() as u64))
            }
        }
    }
}

/// The same, with the newest reading known.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cut {
    Wall(i64, i64),
    Run(u32, u64),
}

impl Cut {
    pub(super) fn holds(self, at: &Stamp) -> bool {
        match self {
            Self::Wall(from, to) => (from..=to).contains(&at.unix_ms),
            Self::Run(run, from) => at.run == run && at.monotonic_ns >= from,
        }
    }

    /// Whether this moment is within so much time of the beginning.
    pub(super) fn begins_with(self, at: &Stamp, time: Duration) -> bool {
        match self {
            Self::Wall(from, _) => at.unix_ms <= from.saturating_add(time.as_millis() as i64),
            Self::Run(_, from) => at.monotonic_ns <= from.saturating_add(time.as_nanos() as u64),
        }
    }

    /// Whether anything of a block may be within.
    pub(super) fn meets(self, span: &Span) -> bool {
        match self {
            Self::Wall(from, to) => span.unix_max >= from && span.unix_min <= to,
            Self::Run(run, from) => span.run == run && span.monotonic_max >= from,
        }
    }
}

/// What a block covers. The wall clock may have jumped within: its extremes count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) run: u32,
    pub(super) monotonic_max: u64,
    pub(super) unix_min: i64,
    pub(super) unix_max: i64,
}

impl Span {
    pub(super) fn of(stamps: &[Stamp]) -> Option<Self> {
        let last = stamps.last()?;
        let unix = || stamps.iter().map(|at| at.unix_ms);
        Some(Self {
            run: last.run,
            monotonic_max: last.monotonic_ns,
            unix_min: unix().min()?,
            unix_max: unix().max()?,
        })
    }
}
