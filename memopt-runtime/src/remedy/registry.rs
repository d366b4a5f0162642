//! Everything that keeps memory for later, listed once.

use super::reclaimable::Reclaimable;
#[cfg(feature = "track")]
use super::region_chunks::RegionChunks;
use crate::report::ReclaimableReport;
use std::sync::{Mutex, MutexGuard, PoisonError};

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
    all.extend(RegionChunks::listed());
    all
}

/// A reclaimable that panicked while it was listed has pushed or not: the list is whole either way.
fn list() -> MutexGuard<'static, Vec<&'static dyn Reclaimable>> {
    RECLAIMABLES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The state of every reclaimable that was used. Call it untracked.
pub fn reports() -> Vec<ReclaimableReport> {
    reclaimables().into_iter().map(Reclaimable::report).collect()
}

/// Lets the reclaimables of this name give back what the pressure asks for. Bytes that were let go;
/// `None` where there is none of this name.
pub fn reclaim_named(name: &str, pressure: super::Pressure) -> Option<u64> {
    let named = crate::untracked(|| {
        let mut all = reclaimables();
        all.retain(|one| one.report().name == name);
        all
    });
    // What is freed is the program's, and counts.
    let let_go = named.iter().map(|one| one.reclaim(pressure)).sum();
    let known = !named.is_empty();
    crate::untracked(|| drop(named));
    known.then_some(let_go)
}
