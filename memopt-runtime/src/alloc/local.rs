//! The state of one thread: its counters, and where its open scopes are.
//!
//! It lies in plain thread-local storage: constant at start and without a destructor, so it can be used
//! before `main`, in any thread however it was made, and while other thread-locals are torn down.

mod following;

pub(crate) use self::following::call_to_follow;

use super::machine::opaque_address;
use super::region::{self, Heap, Route};
use super::slot::{Registry, Slot};
use super::{Counter, Counters};
use crate::heap::interval;
use crate::record::{Frame, Group, Node, SMALL, Shard};
use crate::report::Totals;
use crate::tasks::Front;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, AtomicPtr, Ordering::Relaxed};
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
pub(crate) struct Local {
    pub(crate) counters: Counters,
    /// Highest `bytes - freed` since the innermost open scope was entered.
    pub(crate) peak: AtomicI64,
    /// Where an allocation counts its size class: at the innermost open scope's site. Null where there is nothing to count, so
    /// that an allocation has no more to do than two additions; dangling where it must go the long way because of `due`.
    pub(crate) sizes: AtomicPtr<Counter>,
    /// The value of `bytes` above which an allocation goes the long way: where a block is to be followed, or the thread is
    /// new, gone, or does our own work.
    /// Invariant: whenever `sizes` dangles this is the smallest value.
    pub(crate) due: AtomicI64,
    /// `sizes` outside every scope: null, or `idle` while blocks are followed.
    pub(crate) idle_sizes: AtomicPtr<Counter>,
    /// Whether frees are counted elsewhere: the thread is new, gone, or does our own work.
    apart: Cell<bool>,
    /// Where the innermost scope's blocks come from, and the room for the next one in the chunk at hand.
    /// Invariant: a route that is not plain only while a scope is open and `sizes` is its; room only while `chunk` is that of this thread's
    /// innermost routed scope.
    pub(super) bump: Cell<*mut u8>,
    pub(super) bump_end: Cell<*mut u8>,
    pub(super) heap: Cell<*const Heap>,
    pub(super) route: Cell<Route>,
    pub(super) chunk: Cell<*const region::Chunk>,
    /// Blocks counted when the chunk came to hand, and those since that are not from it.
    pub(super) chunk_since: Cell<u64>,
    /// Blocks freed here of another thread's chunk, which does not know yet.
    pub(super) elsewhere: Cell<*const region::Chunk>,
    pub(super) elsewhere_blocks: Cell<u32>,
    /// The last frame there is room for.
    pub(crate) last_frame: Cell<*const Frame>,
    /// The shard's table of children and its mask.
    pub(crate) children: Cell<*const *const Node>,
    pub(crate) children_mask: Cell<usize>,
    /// The groups of the shard's histograms.
    pub(crate) groups: Cell<*const Group>,
    pub(crate) shard: Cell<*const Shard>,
    /// Entries for the futures polled here.
    pub(crate) tasks: Front,
    /// Depth of `quiet` sections, and whether the hook was called within one.
    muted: Cell<u32>,
    called_muted: Cell<bool>,
    /// The route while our own work is done.
    held_route: Cell<Route>,
    /// State of the generator that draws what calls get.
    random: Cell<u64>,
    slot: Cell<Option<&'static Slot>>,
    life: Cell<Life>,
    /// Address and size of blocks that grew lately, to know a chain of growth when it goes on.
    grown: [Cell<(usize, usize)>; GROWN],
    /// The interval this thread samples with, and the value of `bytes` from which on the next block is followed.
    interval: Cell<u64>,
    follow_at: Cell<i64>,
    /// One more than the number the thread has among those with followed blocks; 0 for none yet.
    followed_as: Cell<u16>,
    /// Spots of nodes and recordings met lately.
    known_spots: [Cell<(*const Node, u32, u32)>; KNOWN_SPOTS],
    /// Takes the size classes of what is allocated outside every scope while blocks are followed; nobody reads it.
    idle: [Counter; SMALL],
}

/// Buffers that can grow by turns and still be told apart.
const GROWN: usize = 64;
/// Nodes whose spots are known.
const KNOWN_SPOTS: usize = 16;

thread_local! {
    static LOCAL: Local = const {
        Local {
            counters: Counters::new(),
            peak: AtomicI64::new(0),
            sizes: AtomicPtr::new(ptr::dangling_mut()),
            due: AtomicI64::new(i64::MIN),
            idle_sizes: AtomicPtr::new(ptr::null_mut()),
            apart: Cell::new(true),
            bump: Cell::new(ptr::null_mut()),
            bump_end: Cell::new(ptr::null_mut()),
            heap: Cell::new(ptr::null()),
            route: Cell::new(Route::Plain),
            chunk: Cell::new(ptr::null()),
            chunk_since: Cell::new(0),
            elsewhere: Cell::new(ptr::null()),
            elsewhere_blocks: Cell::new(0),
            last_frame: Cell::new(ptr::null()),
            children: Cell::new(ptr::null()),
            children_mask: Cell::new(0),
            groups: Cell::new(ptr::null()),
            shard: Cell::new(ptr::null()),
            tasks: Front::new(),
            muted: Cell::new(0),
            called_muted: Cell::new(false),
            held_route: Cell::new(Route::Plain),
            random: Cell::new(0),
            slot: Cell::new(None),
            life: Cell::new(Life::New),
            grown: [const { Cell::new((0, 0)) }; GROWN],
            interval: Cell::new(0),
            follow_at: Cell::new(i64::MAX),
            followed_as: Cell::new(0),
            known_spots: [const { Cell::new((ptr::dangling(), 0, 0)) }; KNOWN_SPOTS],
            idle: [const { Counter::new(0) }; SMALL],
        }
    };
    static LEAVE: Leave = const { Leave };
}

/// Retires the thread when its thread-locals are torn down.
struct Leave;

impl Drop for Leave {
    fn drop(&mut self) {
        Local::with(Local::end);
    }
}

impl Local {
    /// Gives `work` this thread's state.
    #[inline(always)]
    pub(crate) fn with<T>(work: impl FnOnce(&Self) -> T) -> T {
        // `LOCAL` has no destructor, so it is always there and `with` cannot fail.
        LOCAL.with(work)
    }

    /// The innermost open frame; null while scopes cannot be entered.
    #[inline(always)]
    pub(crate) fn top(&self) -> *const Frame {
        self.counters.top.load(Relaxed).cast_const().cast()
    }

    /// As [`top`](Self::top).
    ///
    /// # Safety
    ///
    /// - Only the thread whose state it is may call it.
    #[inline(always)]
    pub(crate) unsafe fn own_top(&self) -> *const Frame {
        // SAFETY: nobody writes meanwhile, as by the caller's word this thread is the one that does.
        unsafe { *self.counters.top.as_ptr() }.cast_const().cast()
    }

    #[inline(always)]
    pub(crate) fn set_top(&self, frame: *const Frame) {
        self.counters.top.store(frame.cast_mut().cast(), Relaxed);
    }

    /// As [`with`](Self::with), for work that touches many of the members.
    ///
    /// PERF: hides that the address is a constant offset of the thread pointer, so that the members are reached
    /// through a register (4-byte instructions) and not each by a 9-byte one; entry and exit of a scope take
    /// 1.5 ns less.
    #[inline(always)]
    pub(crate) fn with_address<T>(work: impl FnOnce(&Self) -> T) -> T {
        // SAFETY: the address of a reference that lives as long as `work` runs.
        LOCAL.with(|local| work(unsafe { &*opaque_address(ptr::from_ref(local)) }))
    }

    /// Where the innermost scope's blocks come from.
    #[inline(always)]
    pub(super) fn route(&self) -> Route {
        self.route.get()
    }

    /// Whether the thread is registered and has not ended.
    pub(super) fn is_running(&self) -> bool {
        self.life.get() == Life::Running
    }

    /// Where an allocation counts its size class; null for nowhere.
    #[inline(always)]
    pub(super) fn sizes(&self) -> *mut Counter {
        self.sizes.load(Relaxed)
    }

    /// Whether an allocation of `size` bytes has to go the long way.
    #[inline(always)]
    pub(super) fn is_due(&self, size: usize) -> bool {
        // SAFETY: this is the thread that writes its counters.
        let bytes = unsafe { self.counters.bytes.own() };
        bytes.wrapping_add(size as u64).cast_signed() > self.due.load(Relaxed)
    }

    /// Counts one allocation.
    #[inline(always)]
    pub(super) fn on_alloc(&self, size: usize) {
        self.counters.bytes.add(size as u64);
        self.counters.allocs.add(1);
    }

    /// Counts what else there is to count of one small allocation in a scope.
    ///
    /// # Safety
    ///
    /// - `sizes` must point to the size classes of a record, or to `idle`; the size must have a small class.
    #[inline(always)]
    pub(super) unsafe fn on_small(&self, sizes: *mut Counter, size: usize) {
        self.raise_peak();
        // SAFETY: the caller's word: `sizes` has a counter for each small class.
        unsafe { &*sizes.add(crate::record::small_class(size)) }.add(1);
    }

    /// Counts what else there is to count of one allocation without a small class, in a scope.
    pub(super) fn on_large(&self, size: usize) {
        self.raise_peak();
        if !ptr::eq(self.sizes(), self.idle.as_ptr()) {
            crate::record::count_large(self, size);
        }
    }

    /// Raises the peak to what is live.
    #[inline(always)]
    fn raise_peak(&self) {
        // PERF: read anew, although it was just written: else the addition takes three instructions for those outside scopes too.
        let bytes = self.counters.bytes.get();
        // SAFETY: this is the thread that writes them.
        let (live, peak) =
            unsafe { (bytes.wrapping_sub(self.counters.freed.own()).cast_signed(), *self.peak.as_ptr()) };
        if live > peak {
            self.peak.store(live, Relaxed);
        }
    }

    /// Whether frees are counted elsewhere.
    #[inline(always)]
    pub(super) fn is_apart(&self) -> bool {
        self.apart.get()
    }

    /// Counts one free.
    #[inline(always)]
    pub(super) fn on_free(&self, size: usize) {
        self.counters.freed.add(size as u64);
        self.counters.frees.add(1);
    }

    /// Counts one `realloc` that succeeded: address and size of the block before and after.
    pub(crate) fn on_realloc(&self, from: (usize, usize), to: (usize, usize)) {
        let ((old_block, old), (new_block, new)) = (from, to);
        let copied = if old_block == new_block { 0 } else { old.min(new) as u64 };
        let (grown, shrunk) = (new.saturating_sub(old) as u64, old.saturating_sub(new) as u64);
        let counters = &self.counters;
        if self.apart.get() {
            let totals = Totals {
                bytes: grown,
                freed_bytes: shrunk,
                reallocs: 1,
                copied_bytes: copied,
                ..Totals::default()
            };
            return self.count_unready(&totals);
        }
        counters.bytes.add(grown);
        counters.freed.add(shrunk);
        counters.reallocs.add(1);
        counters.copied.add(copied);
        if self.interval.get() > interval::EXACT {
            // What was drawn was whether a block of the new size is followed.
            self.follow_at.set(self.follow_at.get().saturating_sub_unsigned(old.min(new) as u64));
            self.set_due();
        }
        if !self.sizes().is_null() {
            self.raise_peak();
            let goes_on = self.goes_on(from, to);
            crate::record::count_realloc(self, old as u64, new as u64, copied, goes_on);
        }
    }

    /// Whether the block that became `to` had grown before; remembers `to`.
    ///
    /// The size is compared too: an address may have been freed and given out anew since.
    fn goes_on(&self, from: (usize, usize), to: (usize, usize)) -> bool {
        // Blocks are 16 bytes apart at least; the multiplication spreads them over the places.
        let place = |block: usize| &self.grown[((block >> 4).wrapping_mul(0x9E37_79B1) >> 20) % GROWN];
        let known = place(from.0).get() == from;
        if known {
            place(from.0).set((0, 0));
        }
        place(to.0).set(to);
        known
    }

    #[cold]
    #[inline(never)]
    pub(super) fn on_alloc_unready(&self, size: usize) {
        self.count_unready(&Totals { allocs: 1, bytes: size as u64, ..Totals::default() });
    }

    #[cold]
    #[inline(never)]
    pub(super) fn on_free_unready(&self, size: usize) {
        self.count_unready(&Totals { frees: 1, freed_bytes: size as u64, ..Totals::default() });
    }

    /// An operation of a thread that is new, gone or doing our own work.
    fn count_unready(&self, totals: &Totals) {
        if self.muted.get() > 0 {
            self.called_muted.set(true);
        } else if self.is_ready() {
            self.counters.add(totals);
        } else {
            REGISTRY.orphans.add_shared(totals);
        }
    }

    /// Whether the thread counts, registering it if it is new.
    pub(super) fn is_ready(&self) -> bool {
        if self.muted.get() > 0 {
            return false;
        }
        if self.life.get() == Life::New {
            self.register();
        }
        self.life.get() == Life::Running
    }

    /// Makes the thread's counters visible to readers.
    fn register(&self) {
        self.life.set(Life::Registering);
        started();
        // The destructor may already have run (an allocation in another thread-local's destructor, where the
        // platform refuses new ones): then the thread stays among the orphans.
        let counters = ptr::from_ref(self).cast();
        let slot = LEAVE.try_with(|_| REGISTRY.claim(counters, os_id(), new_slot)).ok().flatten();
        match slot {
            Some(slot) => {
                self.slot.set(Some(slot));
                self.life.set(Life::Running);
                self.mark();
            }
            None => self.life.set(Life::Ended),
        }
    }

    /// Keeps what was counted; from here on the thread is an orphan.
    fn end(&self) {
        if let Some(slot) = self.slot.take() {
            crate::record::thread_ends(self);
            region::thread_ends(self);
            self.tasks.end();
            self.life.set(Life::Ended);
            REGISTRY.retire(slot, &self.counters);
        }
        self.life.set(Life::Ended);
        self.set_top(ptr::null());
        self.shard.set(ptr::null());
        self.mark();
        self.counters.set(&Totals::default());
    }

    /// The thread's slot, registering it if it is new; `None` for orphans and while muted.
    pub(crate) fn slot(&self) -> Option<&'static Slot> {
        if self.muted.get() > 0 {
            return None;
        }
        if self.life.get() == Life::New {
            self.register();
        }
        self.slot.get()
    }

    /// Sets what the hook looks at from the state it stands for.
    pub(crate) fn mark(&self) {
        let ready = self.life.get() == Life::Running && self.muted.get() == 0;
        self.apart.set(!ready);
        if !ready {
            self.due.store(i64::MIN, Relaxed);
            self.sizes.store(ptr::dangling_mut(), Relaxed);
            return;
        }
        self.take_up_interval();
        self.set_due();
        // SAFETY: null, or a frame of this thread's shard, which is never unmapped.
        let sizes = unsafe { self.top().as_ref() }.map_or(ptr::null_mut(), Frame::sizes);
        self.count_sizes_at(sizes);
    }

    /// Sets from where on allocations go the long way: at once in a routed scope, else where the next block is to be followed.
    fn set_due(&self) {
        let due = if self.route.get() == Route::Plain { self.follow_at.get() } else { i64::MIN };
        self.due.store(due, Relaxed);
    }

    /// Sets where the blocks of the innermost scope come from.
    pub(super) fn set_route(&self, route: Route) {
        self.route.set(route);
        self.set_due();
    }

    /// Lets allocations count their sizes for a site, or for none (null).
    #[inline(always)]
    pub(crate) fn count_sizes_at(&self, sizes: *mut Counter) {
        let sizes = if sizes.is_null() { self.idle_sizes.load(Relaxed) } else { sizes };
        self.sizes.store(sizes, Relaxed);
    }

    /// What follows is our own work: not counted, and no scope is entered by it.
    pub(crate) fn mute(&self) {
        if self.life.get() == Life::New {
            self.register();
        }
        self.muted.set(self.muted.get() + 1);
        if self.muted.get() == 1 {
            self.counters.held_top.store(self.top().cast_mut().cast(), Relaxed);
            self.set_top(ptr::null());
            self.held_route.set(self.route.replace(Route::Plain));
            if let Some(slot) = self.slot.get() {
                slot.begin_quiet(&self.counters);
            }
            self.mark();
        }
    }

    /// Ends the innermost [`mute`](Self::mute).
    pub(crate) fn unmute(&self) {
        self.muted.set(self.muted.get() - 1);
        if self.muted.get() == 0 {
            let top: *const Frame = self.counters.held_top.load(Relaxed).cast_const().cast();
            self.set_top(top);
            self.counters.held_top.store(ptr::null_mut(), Relaxed);
            self.route.set(self.held_route.get());
            self.mark();
            if let Some(slot) = self.slot.get() {
                slot.end_quiet();
            }
        }
    }

    /// Ends all [`mute`](Self::mute)s, for as long as [`mute_again`](Self::mute_again) is not called with their number.
    #[cfg(feature = "tracing")]
    pub(super) fn unmute_all(&self) -> u32 {
        let depth = self.muted.get();
        if depth > 0 {
            self.muted.set(1);
            self.unmute();
        }
        depth
    }

    /// Brings the mutes back that [`unmute_all`](Self::unmute_all) ended.
    #[cfg(feature = "tracing")]
    pub(super) fn mute_again(&self, depth: u32) {
        if depth > 0 {
            self.mute();
            self.muted.set(depth);
        }
    }

    /// Whether allocations come through the hook: one is made and looked for. Call it in a quiet section.
    pub(crate) fn is_hooked(&self) -> bool {
        self.called_muted.set(false);
        drop(std::hint::black_box(Box::new(0u8)));
        self.called_muted.get()
    }

    /// A random number of this thread: the upper half of a linear congruential generator (Knuth's MMIX constants), begun
    /// at an address of the thread and its first time.
    pub(crate) fn random(&self) -> u32 {
        let mut state = self.random.get();
        if state == 0 {
            state = now_ns().wrapping_mul(ptr::from_ref(self).addr() as u64) | 1;
        }
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.random.set(state);
        (state >> 32) as u32
    }

    /// Whether our own work is being done.
    pub(crate) fn is_muted(&self) -> bool {
        self.muted.get() > 0
    }
}

/// The number the system knows this thread by; 0 where it tells none.
fn os_id() -> u64 {
    #[cfg(all(target_os = "linux", not(miri)))]
    // SAFETY: asks for a number and cannot fail.
    return u64::from(unsafe { libc::gettid() }.cast_unsigned());
    #[cfg(not(all(target_os = "linux", not(miri))))]
    0
}

fn new_slot() -> Option<&'static Slot> {
    // SAFETY: `Slot` has a size; `System` is not the wrapped allocator, so nothing re-enters the hook.
    let place = unsafe { System.alloc(Layout::new::<Slot>()) }.cast::<Slot>();
    if place.is_null() {
        return None;
    }
    // SAFETY: freshly allocated for a `Slot`, never freed.
    unsafe {
        place.write(Slot::new());
        Some(&*place)
    }
}

/// The moment the first thread was registered.
pub(crate) fn started() -> Instant {
    static STARTED: OnceLock<Instant> = OnceLock::new();
    *STARTED.get_or_init(Instant::now)
}

/// Nanoseconds of the monotonic clock since the first thread was registered, never 0.
pub(crate) fn now_ns() -> u64 {
    (started().elapsed().as_nanos() as u64).max(1)
}
