//! Everything that keeps memory for later: listed once, shown in reports, asked to give it back.

use crate::report::ReclaimableReport;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How urgently memory is needed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pressure {
    /// There is plenty: nothing needs to be given back.
    #[default]
    None,
    /// Give back what has long been idle.
    Low,
    /// Give back what is idle beyond what is used all the time.
    Medium,
    /// Give back everything that can be.
    Critical,
}

/// Something that keeps memory for the program: a pool, a cache, a lazily loaded value.
///
/// Both methods are called from any thread; [`report`](Reclaimable::report) inside a section that the counters do not see,
/// [`reclaim`](Reclaimable::reclaim) not: what it frees is the program's.
pub trait Reclaimable: Sync {
    /// Its state now.
    fn report(&self) -> ReclaimableReport;

    /// Gives memory back as the pressure asks for; returns the bytes it let go.
    fn reclaim(&self, pressure: Pressure) -> u64;
}

static RECLAIMABLES: Mutex<Vec<&'static dyn Reclaimable>> = Mutex::new(Vec::new());

/// Lists a reclaimable for reports and reclaim. Call it once for each, when it is first used.
///
/// # Cost
///
/// A lock and a push; what the list takes is not counted.
pub fn register(reclaimable: &'static dyn Reclaimable) {
    crate::untracked(|| list().push(reclaimable));
}

/// Every reclaimable listed so far, in the order they came.
pub(crate) fn reclaimables() -> Vec<&'static dyn Reclaimable> {
    #[cfg_attr(not(feature = "track"), allow(unused_mut, reason = "there is no region"))]
    let mut all = list().clone();
    #[cfg(feature = "track")]
    all.extend(super::region_chunks::RegionChunks::listed());
    all
}

/// A reclaimable that panicked while it was listed has pushed or not: the list is whole either way.
fn list() -> MutexGuard<'static, Vec<&'static dyn Reclaimable>> {
    RECLAIMABLES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The state of every reclaimable that was used. Call it untracked.
pub(crate) fn reports() -> Vec<ReclaimableReport> {
    reclaimables().into_iter().map(Reclaimable::report).collect()
}
