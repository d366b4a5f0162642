//! The words of one future that is alive.

use crate::record::Node;
use crate::site::Site;
use crate::sync::{AtomicPtr, AtomicU32, AtomicU64, Ordering, constant, fence};
use core::cell::UnsafeCell;
use core::ptr;

/// Words of an entry that are for the future's own use.
pub(crate) type OwnWords = [u64; 8];

/// One future, or room for one. Zeroed memory is room.
///
/// Whoever polls the future writes; polls of one future follow each other, on whatever threads, so
/// there is one writer at a time. Readers look at any time: the entry is theirs to believe if
/// `turn` and `site` are the same before and after.
#[derive(Debug)]
#[repr(C, align(64))]
pub(crate) struct Task {
    /// Its site; null while nobody has the entry.
    site: AtomicPtr<Site>,
    /// Where its first poll that was pending stood in the scope tree.
    node: AtomicPtr<Node>,
    /// The innermost future within that was pending at the end of its last poll; null where it was
    /// this one itself.
    waits: AtomicPtr<Node>,
    /// See [`clock`](super::clock).
    born: AtomicU64,
    polls: AtomicU64,
    /// Bytes allocated in its polls less those freed in them; signed.
    held: AtomicU64,
    /// The next entry that nobody has, while nobody has this one.
    next: AtomicPtr<Task>,
    /// Size of the future, bytes.
    size: AtomicU32,
    /// How often it was taken: tells a reader that it was taken anew meanwhile.
    turn: AtomicU32,
    /// What the future keeps for itself; no reader looks at it.
    own: UnsafeCell<OwnWords>,
}

// SAFETY: all but `own` is atomic. `own` is for who has the entry: the future, whose polls follow
// each other.
unsafe impl Sync for Task {}

/// A future as read from outside.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TaskSnapshot {
    pub(crate) site: *const Site,
    pub(crate) node: *const Node,
    pub(crate) waits: *const Node,
    pub(crate) born: u64,
    pub(crate) polls: u64,
    pub(crate) held: i64,
    pub(crate) size: u32,
}

impl Task {
    constant! {
        /// Room for a future; memory of the system is taken zeroed instead.
        #[allow(dead_code, reason = "for models and tests, whose memory is not zeroed")]
        pub(crate) fn new() -> Self {
            Self {
                site: AtomicPtr::new(ptr::null_mut()),
                node: AtomicPtr::new(ptr::null_mut()),
                waits: AtomicPtr::new(ptr::null_mut()),
                born: AtomicU64::new(0),
                polls: AtomicU64::new(0),
                held: AtomicU64::new(0),
                next: AtomicPtr::new(ptr::null_mut()),
                size: AtomicU32::new(0),
                turn: AtomicU32::new(0),
                own: UnsafeCell::new([0; 8]),
            }
        }
    }

    /// Takes the entry for a future of so many bytes whose first poll has just been pending.
    #[inline(always)]
    pub(crate) fn enter(
        &self,
        site: *const Site,
        node: *const Node,
        waits: *const Node,
        born: u64,
        held: u64,
        bytes: u32,
    ) {
        // Release pairs with the Acquire in `read`: who has seen this turn no longer sees the site
        // of the last one.
        self.turn.store(self.turn.load(Ordering::Relaxed).wrapping_add(1), Ordering::Release);
        // Pairs with the Acquire fence in `read`: who has seen a word of this turn sees the turn
        // too.
        fence(Ordering::Release);
        self.node.store(node.cast_mut(), Ordering::Relaxed);
        self.waits.store(waits.cast_mut(), Ordering::Relaxed);
        self.born.store(born, Ordering::Relaxed);
        self.polls.store(1, Ordering::Relaxed);
        self.held.store(held, Ordering::Relaxed);
        self.size.store(bytes, Ordering::Relaxed);
        // Release pairs with the Acquire in `read`: who finds the site sees the words of its turn.
        self.site.store(site.cast_mut(), Ordering::Release);
    }

    /// Notes a poll that was pending.
    #[inline(always)]
    pub(crate) fn polled(&self, waits: *const Node) {
        self.polls.store(self.polls.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
        self.waits.store(waits.cast_mut(), Ordering::Relaxed);
    }

    /// Notes what its polls allocated less what they freed.
    #[inline(always)]
    pub(crate) fn holds(&self, bytes: u64) {
        self.held.store(bytes, Ordering::Relaxed);
    }

    /// The words that only who has the entry may touch.
    #[inline(always)]
    pub(crate) fn own(&self) -> *mut OwnWords {
        self.own.get()
    }

    /// The future has ended.
    #[inline(always)]
    pub(crate) fn leave(&self) {
        self.site.store(ptr::null_mut(), Ordering::Relaxed);
    }

    /// The future, if there is one and it stays while it is read.
    pub(crate) fn read(&self) -> Option<TaskSnapshot> {
        // Acquire pairs with the Release in `enter`: else the site may be that of the turn before,
        // and so may some of the words.
        let turn = self.turn.load(Ordering::Acquire);
        // Acquire pairs with the Release in `enter`.
        let site = self.site.load(Ordering::Acquire);
        if site.is_null() {
            return None;
        }
        let seen = TaskSnapshot {
            site,
            node: self.node.load(Ordering::Relaxed),
            waits: self.waits.load(Ordering::Relaxed),
            born: self.born.load(Ordering::Relaxed),
            polls: self.polls.load(Ordering::Relaxed),
            held: self.held.load(Ordering::Relaxed).cast_signed(),
            size: self.size.load(Ordering::Relaxed),
        };
        // Pairs with the Release fence in `enter`.
        fence(Ordering::Acquire);
        let same =
            self.turn.load(Ordering::Relaxed) == turn && self.site.load(Ordering::Relaxed) == site;
        same.then_some(seen)
    }

    /// The entry behind it in a list of entries that nobody has. Only for who has the list.
    pub(crate) fn next(&self) -> *const Task {
        self.next.load(Ordering::Relaxed)
    }

    pub(crate) fn set_next(&self, next: *const Task) {
        self.next.store(next.cast_mut(), Ordering::Relaxed);
    }
}
