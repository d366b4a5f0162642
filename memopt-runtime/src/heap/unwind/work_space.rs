//! The work spaces of `framehop`: a few for the process, each claimed by one thread at a time.

use super::rule::Table;
use framehop::{CacheNative, MustNotAllocateDuringUnwind};
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering::SeqCst};

/// Work space of `framehop`.
pub(super) type Cache = CacheNative<MustNotAllocateDuringUnwind>;

/// Bytes of one, by its declaration: 509 rules, and rows of unwind tables with 192 registers each.
const CACHE_BYTES: usize = 48 << 10;

/// As many threads can ask at once, and signal handlers that come meanwhile. Who finds no room even
/// after others have had the core ends its walk there; asking happens once for each address. In a
/// forked child those stay claimed that other threads had at that moment.
const SPACES: usize = 8;

static SCRATCHES: [Scratch; SPACES] = [const {
    Scratch { busy: AtomicBool::new(false), cache: AtomicPtr::new(std::ptr::null_mut()) }
}; SPACES];

/// Work space and whether it is in use. Whoever uses one may look at the list of modules, and
/// nobody else may: see [`quiescent`].
struct Scratch {
    busy: AtomicBool,
    /// Null until it is made; then never again.
    cache: AtomicPtr<Cache>,
}

/// A work space in use.
pub(in crate::heap) struct Claim(&'static Scratch);

impl Claim {
    pub(super) fn new() -> Option<Self> {
        for _ in 0..32 {
            for scratch in &SCRATCHES {
                if scratch.busy.compare_exchange(false, true, SeqCst, SeqCst).is_ok() {
                    return Some(Self(scratch));
                }
            }
            // Those who ask are done in some microseconds, unless they have lost their core.
            // SAFETY: always allowed; it waits for nothing.
            unsafe { libc::sched_yield() };
        }
        None
    }

    /// The work space, its own for as long as it is claimed; null until it is made.
    pub(super) fn cache(&mut self) -> *mut Cache {
        self.0.cache.load(SeqCst)
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.0.busy.store(false, SeqCst);
    }
}

/// Makes the work spaces. Allocates: not for the hook.
pub(in crate::heap) fn prepare() {
    for scratch in &SCRATCHES {
        if scratch.cache.load(SeqCst).is_null() {
            scratch.cache.store(Box::into_raw(Box::new(Cache::new_in())), SeqCst);
        }
    }
}

/// Whether nobody looks at a list of modules that was replaced before the call.
///
/// Each work space was seen free after the list was replaced. Who claims it later reads the list
/// later: all of these operations have one order (`SeqCst`), so it reads the new one.
pub(in crate::heap) fn quiescent() -> bool {
    SCRATCHES.iter().all(|scratch| !scratch.busy.load(SeqCst))
}

/// Bytes of the table and the work spaces.
pub(in crate::heap) fn own_bytes() -> usize {
    size_of::<Table>() + SPACES * CACHE_BYTES
}
