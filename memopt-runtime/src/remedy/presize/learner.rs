//! One place that makes collections, and what it has learned about them.

use super::Presizable;
use super::choice::{self, Aim};
use super::lengths::Lengths;
use super::tally::Tally;
use crate::remedy::reclaimable::{Pressure, Reclaimable};
use crate::remedy::registry;
use crate::report::{ReclaimableReport, Remedy};
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

/// Starts above are none: nothing was learned, or it is not to be applied.
const MOST: usize = usize::MAX >> 2;
const NONE: usize = usize::MAX - 1;
/// Every collection is asked about.
const ON_TRIAL: usize = usize::MAX - 2;
/// No collection was started here yet.
const FRESH: usize = usize::MAX;

/// After as many lengths, and powers of two below from [`FIRST_LOOK`] on, the start is chosen anew.
const LOOK_EVERY: u32 = 64;
const FIRST_LOOK: u32 = 4;
/// At a place whose start stays, one collection in as many is looked at.
const RAREST: u64 = 16;

/// What a learner does with what it knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LearnerMode {
    /// Only learns; collections start as the source says.
    Learning,
    /// Starts collections with the room it has learned.
    #[default]
    Applied,
    /// Starts those of the calls that the optimizer treats; the others as in
    /// [`Learning`](Self::Learning).
    OnTrial,
}

/// What a learner knows at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LearnerState {
    /// What it does with it.
    pub mode: LearnerMode,
    /// Elements it would start a collection with; `None` before it has seen four.
    pub start: Option<usize>,
    /// Collections whose start sufficed.
    pub sufficed: u64,
    /// Collections that grew anyway.
    pub grew: u64,
    /// Bytes of room that stayed unused, over all collections.
    pub unused_bytes: u64,
}

/// A place that makes collections: learns how long they get, and starts later ones with that much
/// room.
///
/// `#[presize]` makes one for each marked `let`; by hand it is a static. How the start is chosen
/// stands in the [module's rule](super#the-rule).
///
/// # Examples
///
/// ```
/// use memopt::remedy::Learner;
///
/// static SQUARES: Learner = Learner::new("squares");
///
/// fn squares(n: u64) -> Vec<u64> {
///     let mut squares = SQUARES.start(Vec::new());
///     let started = SQUARES.started(&squares);
///     squares.extend((0..n).filter(|n| n % 2 == 0).map(|n| n * n));
///     SQUARES.end(started, &squares);
///     squares
/// }
///
/// for _ in 0..10 {
///     squares(2000);
/// }
/// assert_eq!(SQUARES.state().start, Some(1000));
/// assert_eq!(squares(0).capacity(), 1000);
/// ```
///
/// # Cost
///
/// Start and end together take 3 to 4 ns (example `lazy_cost`). It allocates nothing, and takes 1.1
/// KB in a static.
///
/// # Limits
///
/// The length is read at the end, so a collection that is emptied before counts as short. One
/// learner in a generic function learns for all its types together.
pub struct Learner {
    name: &'static str,
    #[cfg(feature = "track")]
    site: Option<&'static crate::Site>,
    aim: Aim,
    /// What collections start with now: a length, [`NONE`], [`ON_TRIAL`] or [`FRESH`].
    start: AtomicUsize,
    /// The length chosen last, or [`NONE`].
    chosen: AtomicUsize,
    mode: AtomicU8,
    /// A power of two: one collection in as many is looked at.
    every: AtomicU8,
    /// Lengths taken so far.
    taken: AtomicU32,
    /// A thread is choosing.
    choosing: AtomicBool,
    lengths: Lengths,
    tally: Tally,
}

/// The room a collection had when it was started.
#[derive(Clone, Copy, Debug)]
pub struct Started {
    room: usize,
}

static LEARNERS: Mutex<Vec<&'static Learner>> = Mutex::new(Vec::new());

/// Every learner that has started a collection, in the order they came.
pub fn learners() -> Vec<&'static Learner> {
    LEARNERS.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Whether a learner in a site waits for the optimizer.
#[cfg(feature = "track")]
pub(crate) fn waits(site: &crate::Site) -> bool {
    learners().into_iter().any(|learner| learner.waits_in(site))
}

/// Sets the mode of the learners in a site that wait for the optimizer.
#[cfg(feature = "track")]
pub(crate) fn set_waiting(site: &crate::Site, mode: LearnerMode) {
    learners()
        .into_iter()
        .filter(|learner| learner.waits_in(site))
        .for_each(|learner| learner.set_mode(mode));
}

impl Learner {
    /// A learner that starts collections at the 95th percentile, with at most a fifth of the room
    /// unused.
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            #[cfg(feature = "track")]
            site: None,
            aim: Aim { percentile: 95, max_waste: 20 },
            start: AtomicUsize::new(FRESH),
            chosen: AtomicUsize::new(NONE),
            mode: AtomicU8::new(LearnerMode::Applied as u8),
            every: AtomicU8::new(1),
            taken: AtomicU32::new(0),
            choosing: AtomicBool::new(false),
            lengths: Lengths::new(),
            tally: Tally::new(),
        }
    }

    /// The share of the collections the start should suffice for, in percent: 1 to 100.
    #[must_use]
    pub const fn percentile(mut self, percent: u8) -> Self {
        self.aim.percentile = if percent > 100 { 100 } else { percent };
        self
    }

    /// The share of the room that may stay unused, in percent: 0 to 100.
    #[must_use]
    pub const fn max_waste(mut self, percent: u8) -> Self {
        self.aim.max_waste = if percent > 100 { 100 } else { percent };
        self
    }

    #[doc(hidden)]
    #[cfg(feature = "track")]
    #[must_use]
    pub const fn within(mut self, site: &'static crate::Site) -> Self {
        self.site = Some(site);
        self
    }

    /// Gives an empty collection the room that was learned.
    #[inline]
    pub fn start<C: Presizable>(&'static self, mut empty: C) -> C {
        let mut start = self.start.load(Relaxed);
        if start > MOST && start != NONE {
            start = self.otherwise(start);
        }
        if start <= MOST {
            empty.make_room(start);
        }
        empty
    }

    /// The room that was learned, or `given` before.
    #[inline]
    pub fn start_or(&'static self, given: usize) -> usize {
        let mut start = self.start.load(Relaxed);
        if start > MOST && start != NONE {
            start = self.otherwise(start);
        }
        if start <= MOST { start } else { given }
    }

    /// The start where it is not the same for every collection.
    #[cold]
    #[inline(never)]
    fn otherwise(&'static self, start: usize) -> usize {
        if start == FRESH {
            self.enlist();
            return NONE;
        }
        #[cfg(feature = "track")]
        if self.site.is_some_and(crate::record::is_treated) {
            return self.chosen.load(Relaxed);
        }
        NONE
    }

    /// What [`end`](Self::end) must know; call it when the collection was started.
    #[inline]
    pub fn started<C: Presizable>(&self, collection: &C) -> Started {
        Started { room: collection.room() }
    }

    /// Learns from a collection that has its final length.
    #[inline]
    pub fn end<C: Presizable>(&self, started: Started, collection: &C) {
        let (room, length) = (collection.room(), collection.length());
        // Another value stands in its place, such as after `mem::take`.
        if room < started.room && length < room || room == 0 && started.room > 0 {
            return;
        }
        let grew = room > started.room;
        let seen = self.tally.count(grew, (room - length).wrapping_mul(C::ELEMENT_BYTES));
        if seen & (u64::from(self.every.load(Relaxed)) - 1) == 0 {
            /// Smaller collections are made with more room than they need.
            const SMALL: usize = 16;
            // Room that was grown was needed, whatever was taken out since.
            let emptied = grew && room > SMALL && length < room / 2;
            self.learn(if emptied { room / 2 + 1 } else { length });
        }
    }

    fn learn(&self, length: usize) {
        self.lengths.add(length);
        let taken = self.taken.load(Relaxed).wrapping_add(1);
        self.taken.store(taken, Relaxed);
        let due = taken.is_multiple_of(LOOK_EVERY)
            || (FIRST_LOOK..LOOK_EVERY).contains(&taken) && taken.is_power_of_two();
        if due && !self.choosing.swap(true, Relaxed) {
            crate::untracked(|| self.choose());
            self.choosing.store(false, Relaxed);
        }
    }

    #[cold]
    fn choose(&self) {
        let before = self.chosen.load(Relaxed);
        let start = choice::start(&self.lengths.read(), self.aim).min(MOST);
        // Within one bucket it is the same place still.
        let stays = before <= MOST && start.abs_diff(before) <= before / 8;
        let every = u64::from(self.every.load(Relaxed));
        let past_first_looks = self.taken.load(Relaxed) >= LOOK_EVERY;
        let every = if stays && past_first_looks { (every * 2).min(RAREST) } else { 1 };
        self.every.store(every as u8, Relaxed);
        self.chosen.store(start, Relaxed);
        self.apply();
    }

    /// Makes what was chosen the start, or not, as the mode says.
    fn apply(&self) {
        let start = match self.mode() {
            LearnerMode::Applied => self.chosen.load(Relaxed),
            LearnerMode::Learning => NONE,
            LearnerMode::OnTrial => ON_TRIAL,
        };
        self.start.store(start, Relaxed);
    }

    #[cold]
    fn enlist(&'static self) {
        if self.start.compare_exchange(FRESH, NONE, Relaxed, Relaxed).is_ok() {
            self.list();
            self.apply();
        }
    }

    fn list(&'static self) {
        crate::untracked(|| LEARNERS.lock().unwrap_or_else(PoisonError::into_inner).push(self));
        registry::register(self);
    }

    /// Its name: the site it stands in and the variable.
    pub fn name(&self) -> String {
        #[cfg(feature = "track")]
        if let Some(site) = self.site {
            return format!("{}::{}", site.full_name(), self.name);
        }
        self.name.to_owned()
    }

    /// Only learns until the optimizer, or the program, says more.
    #[must_use]
    pub const fn learning(mut self) -> Self {
        self.mode = AtomicU8::new(LearnerMode::Learning as u8);
        self
    }

    /// Whether it stands in a site and waits for the optimizer.
    #[cfg(feature = "track")]
    pub(crate) fn waits_in(&self, site: &crate::Site) -> bool {
        self.site.is_some_and(|own| std::ptr::eq(own, site)) && self.mode() != LearnerMode::Applied
    }

    /// What it does with what it knows.
    pub fn mode(&self) -> LearnerMode {
        match self.mode.load(Relaxed) {
            0 => LearnerMode::Learning,
            1 => LearnerMode::Applied,
            _ => LearnerMode::OnTrial,
        }
    }

    /// Sets what it does with what it knows, from the next collection on.
    pub fn set_mode(&self, mode: LearnerMode) {
        self.mode.store(mode as u8, Relaxed);
        if self.start.load(Relaxed) != FRESH {
            self.apply();
        }
    }

    /// What it knows now.
    pub fn state(&self) -> LearnerState {
        let sums = self.tally.sums();
        let chosen = self.chosen.load(Relaxed);
        LearnerState {
            mode: self.mode(),
            start: (chosen <= MOST).then_some(chosen),
            sufficed: sums.sufficed,
            grew: sums.grew,
            unused_bytes: sums.unused_bytes,
        }
    }
}

impl Reclaimable for Learner {
    fn report(&self) -> ReclaimableReport {
        let state = self.state();
        let mut report = ReclaimableReport::new(self.name(), Remedy::PreSize);
        report.hits = state.sufficed;
        report.misses = state.grew;
        report.wasted_bytes = state.unused_bytes;
        report
    }

    /// It holds nothing for later.
    fn reclaim(&self, _pressure: Pressure) -> u64 {
        0
    }
}

impl fmt::Debug for Learner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Learner")
            .field("name", &self.name())
            .field("aim", &self.aim)
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
