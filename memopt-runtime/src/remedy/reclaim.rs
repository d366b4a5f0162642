//! Giving memory back: what is held for reuse, then what the allocator holds.

use super::reclaimable::Pressure;
use super::registry;
use crate::process::resident_bytes;
#[cfg(feature = "serde")]
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// What [`reclaim`] gave back.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize))]
#[non_exhaustive]
pub struct Reclaimed {
    /// What gave memory back, and how many bytes.
    pub parts: Vec<(String, u64)>,
    /// Resident bytes of the process before; `None` if the system does not report them.
    pub rss_before: Option<u64>,
    /// Resident bytes after.
    pub rss_after: Option<u64>,
}

impl Reclaimed {
    /// Bytes that pools, caches and arenas let go.
    pub fn let_go(&self) -> u64 {
        self.parts.iter().map(|(_, bytes)| bytes).sum()
    }

    /// Bytes by which the resident memory fell, if that is known. Other threads may have taken
    /// memory meanwhile: then it is less, at worst 0.
    pub fn returned(&self) -> Option<u64> {
        Some(self.rss_before?.saturating_sub(self.rss_after?))
    }
}

impl fmt::Display for Reclaimed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use crate::report::units::bytes;
        write!(f, "let go {}", bytes(self.let_go()))?;
        if let (Some(before), Some(after)) = (self.rss_before, self.rss_after) {
            write!(f, "; resident {} before, {} after", bytes(before), bytes(after))?;
        }
        for (name, let_go) in &self.parts {
            write!(f, "\n  {}  {name}", bytes(*let_go))?;
        }
        Ok(())
    }
}

/// What gives the inner allocator's free memory back.
static PURGE: Mutex<fn()> = Mutex::new(purge_system);

/// Sets how the allocator gives its free memory back to the system. The default is glibc's
/// `malloc_trim`.
///
/// With mimalloc: `|| unsafe { libmimalloc_sys::mi_collect(true) }`; with jemalloc: `mallctl` of
/// `thread.tcache.flush`, then of `arena.4096.purge` (all arenas). `benches/allocators` has both as
/// they are written.
pub fn set_purge(purge: fn()) {
    *PURGE.lock().unwrap_or_else(PoisonError::into_inner) = purge;
}

/// Gives memory back, as much as the pressure asks for: trims pools, evicts lazily loaded values
/// that are unused, compresses cold values, empties chunks of arenas, and then releases the
/// allocator's free memory.
///
/// # Examples
///
/// ```
/// use memopt::remedy::{Pressure, reclaim};
///
/// let reclaimed = reclaim(Pressure::Critical);
/// println!("{reclaimed}");
/// ```
///
/// # Cost
///
/// From some microseconds to many milliseconds: the allocator walks its heap, and pages given back
/// are faulted in again when they are needed. Nothing happens under [`Pressure::None`].
pub fn reclaim(pressure: Pressure) -> Reclaimed {
    let rss_before = crate::untracked(resident_bytes);
    let mut reclaimed = Reclaimed { parts: Vec::new(), rss_before, rss_after: None };
    if pressure > Pressure::None {
        let parts = crate::untracked(registry::reclaimables);
        for reclaimable in &parts {
            // What it frees is the program's, and counts.
            let bytes = reclaimable.reclaim(pressure);
            if bytes > 0 {
                reclaimed.parts.push((reclaimable.report().name, bytes));
            }
        }
        crate::untracked(|| drop(parts));
        let purge = *PURGE.lock().unwrap_or_else(PoisonError::into_inner);
        purge();
    }
    reclaimed.rss_after = crate::untracked(resident_bytes);
    reclaimed
}

#[cfg(all(target_os = "linux", target_env = "gnu", not(miri)))]
fn purge_system() {
    // SAFETY: takes the allocator's own locks and touches free memory only.
    unsafe {
        libc::malloc_trim(0);
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu", not(miri))))]
fn purge_system() {}
