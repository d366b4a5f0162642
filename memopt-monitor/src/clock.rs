//! Time: when something was seen, and the clock that says so.

use std::fmt::Debug;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// When something was seen.
///
/// Intervals are differences of `monotonic_ns` within one `run`. People are shown `unix_ms`, which
/// jumps when somebody sets the clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp {
    /// Which run of a monitor saw it. Monotonic times of two runs have nothing to do with each
    /// other.
    pub run: u32,
    /// Time since that run began, ns.
    pub monotonic_ns: u64,
    /// Time since the beginning of 1970, ms, by the system's clock.
    pub unix_ms: i64,
}

impl Stamp {
    /// Time from `earlier` to this; `None` across two runs, or if `earlier` is later.
    pub fn since(&self, earlier: &Self) -> Option<Duration> {
        let ns = self.monotonic_ns.checked_sub(earlier.monotonic_ns)?;
        (self.run == earlier.run).then(|| Duration::from_nanos(ns))
    }
}

/// What tells the time. The monitor reads no other clock, so that tests turn one by hand.
pub trait Clock: Debug + Send + Sync {
    /// The time of this moment.
    fn now(&self) -> Stamp;

    /// Takes the number of the run, which the store knows when it is open.
    fn set_run(&self, run: u32);
}

/// The clock of the machine.
#[derive(Debug)]
pub struct SystemClock {
    run: AtomicU32,
    began: Instant,
}

impl SystemClock {
    /// A clock that begins now, of the run with this number.
    pub fn new(run: u32) -> Self {
        Self { run: AtomicU32::new(run), began: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Stamp {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Stamp {
            run: self.run.load(Ordering::SeqCst),
            monotonic_ns: self.began.elapsed().as_nanos() as u64,
            unix_ms: unix.as_millis() as i64,
        }
    }

    fn set_run(&self, run: u32) {
        self.run.store(run, Ordering::SeqCst);
    }
}

/// Whether the wall clock may judge how old something is. A machine without a battery learns the
/// time when it is up, and somebody may set the clock.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Steady {
    /// How far the wall clock is ahead, ms, in which run.
    ahead: Option<(u32, i64)>,
    /// Since when it has not been set.
    since: Option<Stamp>,
}

impl Steady {
    /// A wall clock that jumps by more, ms, was set.
    pub(crate) const STEP_MS: i64 = 60_000;
    /// Nothing is judged by its age for so long after that, nor after the beginning.
    const MISTRUST: Duration = Duration::from_secs(600);

    /// Looks whether somebody set the clock.
    pub(crate) fn look(&mut self, now: Stamp) {
        let ahead = now.unix_ms - (now.monotonic_ns / 1_000_000).cast_signed();
        let is_as_before =
            |(run, before): (u32, i64)| run == now.run && (ahead - before).abs() <= Self::STEP_MS;
        if !self.ahead.is_some_and(is_as_before) {
            self.since = Some(now);
        }
        self.ahead = Some((now.run, ahead));
    }

    /// Whether nobody set it for a while.
    pub(crate) fn trusts(&self, now: Stamp) -> bool {
        self.since.and_then(|since| now.since(&since)) >= Some(Self::MISTRUST)
    }
}

/// A clock that is turned by hand, for tests and for replays of what was stored.
#[derive(Debug, Default)]
pub struct ManualClock {
    monotonic_ns: AtomicU64,
    /// What the wall clock is ahead of the monotonic one, ms, and the run.
    ahead: Mutex<(i64, u32)>,
}

impl ManualClock {
    /// A clock that shows this.
    pub fn at(stamp: Stamp) -> Self {
        let clock = Self::default();
        clock.set(stamp);
        clock
    }

    /// Turns the clock to this.
    pub fn set(&self, stamp: Stamp) {
        let mut ahead = self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        self.monotonic_ns.store(stamp.monotonic_ns, Ordering::SeqCst);
        *ahead = (stamp.unix_ms - (stamp.monotonic_ns / 1_000_000) as i64, stamp.run);
    }

    /// Lets so much time pass, on both clocks.
    pub fn advance(&self, time: Duration) {
        self.monotonic_ns.fetch_add(time.as_nanos() as u64, Ordering::SeqCst);
    }

    /// Sets the wall clock forward, or backward where `ms` is negative. No time passes.
    pub fn step_wall(&self, ms: i64) {
        self.ahead.lock().unwrap_or_else(PoisonError::into_inner).0 += ms;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Stamp {
        let (ahead, run) = *self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        let monotonic_ns = self.monotonic_ns.load(Ordering::SeqCst);
        Stamp { run, monotonic_ns, unix_ms: (monotonic_ns / 1_000_000) as i64 + ahead }
    }

    fn set_run(&self, run: u32) {
        self.ahead.lock().unwrap_or_else(PoisonError::into_inner).1 = run;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_of_the_wall_clock_is_no_time() {
        let clock = ManualClock::at(Stamp { run: 3, monotonic_ns: 5_000_000, unix_ms: 1_000 });
        let before = clock.now();
        clock.advance(Duration::from_secs(2));
        clock.step_wall(-10_000);
        let after = clock.now();
        assert_eq!(after.since(&before), Some(Duration::from_secs(2)));
        assert_eq!(after.unix_ms, 1_000 + 2_000 - 10_000);
        assert_eq!(before.since(&after), None);
    }

    #[test]
    fn times_of_two_runs_are_not_subtracted() {
        let (one, two) = (Stamp::default(), Stamp { run: 1, monotonic_ns: 9, unix_ms: 0 });
        assert_eq!(two.since(&one), None);
    }

    #[test]
    fn the_clock_of_the_machine_goes_on() {
        let clock = SystemClock::new(0);
        let first = clock.now();
        assert!(clock.now().since(&first).is_some());
        clock.set_run(4);
        assert_eq!((clock.now().run, clock.now().since(&first)), (4, None));
        assert!(first.unix_ms > 1_700_000_000_000);
    }
}
