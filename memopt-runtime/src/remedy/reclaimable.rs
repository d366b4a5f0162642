//! What keeps memory for reuse: it shows in reports, and gives memory back on request.

use crate::report::ReclaimableReport;

/// How urgently memory is needed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Pressure {
    /// There is plenty: nothing needs to be given back.
    #[default]
    None,
    /// Give back what has long been idle.
    Low,
    /// Give back what is idle, except what is used all the time.
    Medium,
    /// Give back everything that can be.
    Critical,
}

impl Pressure {
    /// `none`, `low`, `medium` or `critical`.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::Critical => "critical",
        }
    }
}

/// Something that keeps memory for the program: a pool, a cache, a lazily loaded value.
///
/// Both methods are called from any thread. [`report`](Reclaimable::report) runs untracked.
/// [`reclaim`](Reclaimable::reclaim) is counted, since it frees memory of the program.
pub trait Reclaimable: Sync {
    /// Its state now.
    fn report(&self) -> ReclaimableReport;

    /// Gives memory back as the pressure asks for; returns the bytes it let go.
    fn reclaim(&self, pressure: Pressure) -> u64;
}
