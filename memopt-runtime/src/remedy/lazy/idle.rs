//! What was not used for long: a clock in milliseconds, and the list of what has a limit.

use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Instant;

/// Something that lets values go that were not used for its own time.
pub(super) trait Idle: Sync {
    /// Lets them go; returns their bytes.
    fn expire(&self, now: u64) -> u64;
}

static LIMITED: Mutex<Vec<&'static dyn Idle>> = Mutex::new(Vec::new());

/// Adds to what [`sweep`] looks at.
pub(super) fn enlist(reclaimable: &'static dyn Idle) {
    crate::untracked(|| LIMITED.lock().unwrap_or_else(PoisonError::into_inner).push(reclaimable));
}

/// Lets go what is idle beyond its time, everywhere. Called after each load: that took long, and
/// memory is wanted.
pub(super) fn sweep() {
    let mut at = 0;
    // One after another, since a value that is dropped may load.
    let next = |at: usize| LIMITED.lock().unwrap_or_else(PoisonError::into_inner).get(at).copied();
    while let Some(reclaimable) = next(at) {
        reclaimable.expire(now());
        at += 1;
    }
}

/// Milliseconds since the first call, and 1 more: 0 stands for never.
pub(super) fn now() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_millis() as u64 + 1
}
