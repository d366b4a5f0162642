//! Everything that keeps memory for later: listed once, shown in reports, asked to give it back.

use crate::report::HolderReport;
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
/// Both methods are called from any thread; [`report`](Holder::report) inside a section that the counters do not see,
/// [`reclaim`](Holder::reclaim) not: what it frees is the program's.
pub trait Holder: Sync {
    /// Its state now.
    fn report(&self) -> HolderReport;

    /// Gives memory back as the pressure asks for; returns the bytes it let go.
    fn reclaim(&self, pressure: Pressure) -> u64;
}

static HOLDERS: Mutex<Vec<&'static dyn Holder>> = Mutex::new(Vec::new());

/// Lists a holder for reports and reclaim. Call it once for each, when it is first used.
///
/// # Cost
///
/// A lock and a push; what the list takes is not counted.
pub fn register(holder: &'static dyn Holder) {
    crate::quiet(|| list().push(holder));
}

/// Every holder listed so far, in the order they came.
pub(crate) fn holders() -> Vec<&'static dyn Holder> {
    list().clone()
}

/// A holder that panicked while it was listed has pushed or not: the list is whole either way.
fn list() -> MutexGuard<'static, Vec<&'static dyn Holder>> {
    HOLDERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The state of every holder that was used. Call it quietly.
pub(crate) fn reports() -> Vec<HolderReport> {
    holders().into_iter().map(Holder::report).collect()
}
