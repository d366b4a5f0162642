//! The state of one thread: its counters, and where its open scopes are.
//!
//! It lies in plain thread-local storage: constant at start and without a destructor, so it can be
//! used before `main`, in any thread however it was made, and while other thread-locals are torn
//! down.

mod life;
mod sampling;
mod traffic;
#[cfg(all(
    target_arch = "x86_64",
    target_pointer_width = "64",
    debug_assertions,
    not(any(miri, test))
))]
pub(crate) mod written_out;

pub(crate) use self::sampling::call_to_sample;
pub(crate) use self::traffic::Realloc;

use super::erased::{NO_SLAB, TaskWords};
use super::route::{CHUNK, MARK, Route};
use super::size_class::SMALL;
use super::slot::{Registry, Slot};
use super::{Counter, Counters};
use crate::machine::{at, opaque_address};
use crate::process;
use std::cell::Cell;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, AtomicPtr, AtomicU32, AtomicUsize, Ordering::Relaxed};
use std::time::Instant;

/// Every thread's counters.
pub(crate) static REGISTRY: Registry = Registry::new();

/// Where a thread is in its life.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Life {
    New,
    /// Inside registration: what that allocates is counted among the orphans.
    Registering,
    Running,
    /// Its storage is being torn down: what still happens is counted among the orphans.
    Ended,
}

/// The state of one thread. Only its own thread writes it; readers see `counters` through the slot.
#[repr(C, align(64))]
pub(crate) struct ThreadState {
    pub(crate) counters: Counters,
    /// Highest `bytes - freed` since the innermost open scope was entered.
    pub(crate) peak: AtomicI64,
    /// Where an allocation counts its size class: at the innermost open scope's site. Null where
    /// there is nothing to count, so that an allocation has no more to do than two additions;
    /// [`IDLE`] where only `due` has to be looked at.
    pub(crate) sizes: AtomicPtr<Counter>,
    /// The value of `bytes` above which an allocation takes the slow path: where a block is to be
    /// sampled, or the thread is new, gone, or does our own work, when it is the smallest value and
    /// `sizes` not null.
    pub(crate) due: AtomicI64,
    /// What is added to every `sizes`: [`LOOK`] where `due` has to be looked at, else 0.
    pub(crate) look: AtomicUsize,
    /// The sum of `freed` and `peak` before a small allocation in a scope raised it last, or
    /// [`NOT_RAISED`].
    raised_from: Cell<i64>,
    /// Bits of a block's address of which each sends its free along the slow path: [`SLOW_FREES`],
    /// or all where frees are counted elsewhere, as the thread is new, gone, or does our own work.
    slow_frees: Cell<usize>,
    /// Bits of a block's address that its chunk's has too, or all where `slow_frees` has all.
    chunk_mask: Cell<usize>,
    /// Where the innermost scope's blocks come from, and the room for the next one in the chunk at
    /// hand.
    /// Invariant: a route that is not plain only while a scope is open and `sizes` is its; room
    /// only while `chunk` is that of this thread's innermost routed scope.
    pub(crate) bump: Cell<*mut u8>,
    pub(crate) bump_end: Cell<*mut u8>,
    /// What the thread has of the region, the slabs at hand of each class (or [`NO_SLAB`]), the
    /// chunk at hand: the region's.
    pub(crate) region: Cell<*const ()>,
    pub(crate) route: Cell<Route>,
    /// The route as a number, for small blocks that are taken without looking further; plain while
    /// blocks are sampled, or may have to be.
    short_route: AtomicU32,
    pub(crate) slabs: [Cell<*const ()>; SMALL],
    pub(crate) chunk: Cell<*const ()>,
    /// Blocks counted when the chunk came to hand, and those since that are not from it.
    pub(crate) chunk_since: Cell<u64>,
    /// Blocks freed here of another thread's chunk, which does not know yet.
    pub(crate) remote: Cell<*const ()>,
    pub(crate) remote_blocks: Cell<u32>,
    /// The last frame there is room for, the shard's table of children and its mask, the groups of
    /// its histograms, and the shard: the record's.
    pub(crate) last_frame: Cell<*const ()>,
    pub(crate) children: Cell<*const ()>,
    pub(crate) children_mask: Cell<usize>,
    pub(crate) groups: Cell<*const ()>,
    pub(crate) shard: Cell<*const ()>,
    /// Entries for the futures polled here.
    pub(crate) tasks: TaskWords,
    /// Depth of `untracked` sections, and whether the hook was called within one.
    muted: Cell<u32>,
    called_muted: Cell<bool>,
    /// The route, and where sizes are counted, while our own work is done.
    held_route: Cell<Route>,
    held_sizes: Cell<*mut Counter>,
    /// State of the generator that draws what calls get.
    random: Cell<u64>,
    slot: Cell<Option<&'static Slot>>,
    life: Cell<Life>,
    /// Address and size of blocks that grew lately, to know a chain of growth when it goes on.
    grown: [Cell<(usize, usize)>; GROWN],
    /// The interval this thread samples with, and the value of `bytes` from which on the next block
    /// is sampled.
    interval: Cell<u64>,
    sample_at: Cell<i64>,
    /// One more than the number the thread has among those with sampled blocks; 0 for none yet.
    sampled_as: Cell<u16>,
    /// Spots of nodes and recordings met lately.
    known_call_paths: [Cell<(*const (), u32, u32)>; KNOWN_CALL_PATHS],
}

/// Buffers that can grow by turns and mostly be told apart; two always are.
const GROWN: usize = 64;
/// Nodes whose call paths are known.
const KNOWN_CALL_PATHS: usize = 16;

/// `sizes` where no size is counted but `due` has to be looked at.
pub(super) const IDLE: *mut Counter = ptr::without_provenance_mut(LOOK);
/// The bit of `sizes` that says that `due` has to be looked at: no address of a counter has it.
///
/// PERF: the sign, so that one test of `sizes` answers whether it is null and whether the bit is
/// set. Addresses of 32 bits may have that one; there it is the lowest.
pub(crate) const LOOK: usize = if usize::BITS == 64 { 1 << (usize::BITS - 1) } else { 1 };
/// `raised_from` of an allocation that failed: less than any sum.
const NOT_RAISED: i64 = i64::MIN / 2;
/// `slow_frees` of a thread that counts: the bit that tells the blocks of the region.
const SLOW_FREES: usize = MARK;

thread_local! {
    static LOCAL: ThreadState = const {
        ThreadState {
            counters: Counters::new(),
            peak: AtomicI64::new(0),
            sizes: AtomicPtr::new(IDLE),
            due: AtomicI64::new(i64::MIN),
            look: AtomicUsize::new(LOOK),
            raised_from: Cell::new(NOT_RAISED),
            slow_frees: Cell::new(usize::MAX),
            chunk_mask: Cell::new(usize::MAX),
            bump: Cell::new(ptr::null_mut()),
            bump_end: Cell::new(ptr::null_mut()),
            region: Cell::new(ptr::null()),
            route: Cell::new(Route::Plain),
            short_route: AtomicU32::new(Route::Plain as u32),
            slabs: [const { Cell::new((&raw const NO_SLAB.head).cast()) }; SMALL],
            chunk: Cell::new(ptr::null()),
            chunk_since: Cell::new(0),
            remote: Cell::new(ptr::null()),
            remote_blocks: Cell::new(0),
            last_frame: Cell::new(ptr::null()),
            children: Cell::new(ptr::null()),
            children_mask: Cell::new(0),
            groups: Cell::new(ptr::null()),
            shard: Cell::new(ptr::null()),
            tasks: TaskWords::new(),
            muted: Cell::new(0),
            called_muted: Cell::new(false),
            held_route: Cell::new(Route::Plain),
            held_sizes: Cell::new(ptr::null_mut()),
            random: Cell::new(0),
            slot: Cell::new(None),
            life: Cell::new(Life::New),
            grown: [const { Cell::new((0, 0)) }; GROWN],
            interval: Cell::new(0),
            sample_at: Cell::new(i64::MAX),
            sampled_as: Cell::new(0),
            known_call_paths: [const { Cell::new((ptr::dangling(), 0, 0)) }; KNOWN_CALL_PATHS],
        }
    };
    static LEAVE: Leave = const { Leave };
}

/// Retires the thread when its thread-locals are torn down.
struct Leave;

impl Drop for Leave {
    fn drop(&mut self) {
        ThreadState::with(ThreadState::end);
    }
}

impl ThreadState {
    /// Gives `work` this thread's state.
    #[inline(always)]
    pub(crate) fn with<T>(work: impl FnOnce(&Self) -> T) -> T {
        // `LOCAL` has no destructor, so it is always there and `with` cannot fail.
        LOCAL.with(work)
    }

    /// As [`with`](Self::with), for work that touches many of the members.
    ///
    /// PERF: hides that the address is a constant offset of the thread pointer, so that the members
    /// are reached through a register (4-byte instructions) and not each by a 9-byte one; entry and
    /// exit of a scope take 1.5 ns less.
    #[inline(always)]
    pub(crate) fn with_address<T>(work: impl FnOnce(&Self) -> T) -> T {
        // SAFETY: as in `with`, of this thread, which runs as long as `work` does.
        work(unsafe { at(Self::address()) })
    }

    /// Where this thread's state lies: there as long as the thread runs.
    ///
    /// PERF: for entry and exit as guards have them. Without optimisation each closure that a call
    /// goes through takes 20 instructions.
    #[inline(always)]
    pub(crate) fn address() -> *const Self {
        opaque_address(LOCAL.with(ptr::from_ref))
    }

    /// Where the innermost scope's blocks come from.
    #[inline(always)]
    pub(crate) fn route(&self) -> Route {
        self.route.get()
    }

    /// The route by which small blocks of the innermost scope are taken without looking further, as
    /// a number.
    #[inline(always)]
    pub(crate) fn short_route(&self) -> u32 {
        self.short_route.load(Relaxed)
    }

    /// Whether the thread is registered and has not ended.
    pub(crate) fn is_running(&self) -> bool {
        self.life.get() == Life::Running
    }

    /// Where an allocation counts its size class; null or [`IDLE`] for nowhere.
    #[inline(always)]
    pub(crate) fn sizes(&self) -> *mut Counter {
        self.sizes.load(Relaxed)
    }

    /// Where an allocation counts its size class; null for nowhere.
    #[inline(always)]
    pub(crate) fn site_sizes(&self) -> *mut Counter {
        self.sizes().map_addr(|at| at & !LOOK)
    }

    /// Whether an allocation of `size` bytes has to take the slow path.
    #[inline(always)]
    pub(crate) fn is_due(&self, size: usize) -> bool {
        // PERF: a load of its own. Else the sum is made before it is asked for, together with that
        // of the peak, and between two tests of one word, which are one then.
        self.counters.bytes.get().wrapping_add(size as u64).cast_signed() > self.due.load(Relaxed)
    }

    /// A random number of this thread: the upper half of a linear congruential generator (Knuth's
    /// MMIX constants), begun at an address of the thread and its first time.
    pub(crate) fn random(&self) -> u32 {
        let mut state = self.random.get();
        if state == 0 {
            state = now_ns().wrapping_mul(ptr::from_ref(self).addr() as u64) | 1;
        }
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.random.set(state);
        (state >> 32) as u32
    }
}

/// The moment the first thread was registered.
pub(crate) fn started() -> Instant {
    static STARTED: OnceLock<Instant> = OnceLock::new();
    *STARTED.get_or_init(|| {
        process::program_begins();
        Instant::now()
    })
}

/// Nanoseconds of the monotonic clock since the first thread was registered, never 0.
pub(crate) fn now_ns() -> u64 {
    (started().elapsed().as_nanos() as u64).max(1)
}
