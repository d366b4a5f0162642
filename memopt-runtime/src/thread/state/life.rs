//! Where a thread is in its life, when it counts, and what the hook looks at because of that.

use super::{CHUNK, IDLE, LEAVE, LOOK, Life, REGISTRY, SLOW_FREES, ThreadState, started};
use crate::report::Totals;
use crate::sync::Word;
use crate::thread::route::Route;
use crate::thread::slot::Slot;
use crate::thread::untracked::untracked;
use crate::thread::{Counter, at_end, interval};
use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr;
use std::sync::atomic::Ordering::Relaxed;

impl ThreadState {
    /// Whether the thread counts, registering it if it is new.
    pub(crate) fn is_ready(&self) -> bool {
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
        memopt_report::set_untracked(|work| untracked(work));
        // The destructor may already have run (an allocation in another thread-local's destructor,
        // where the platform refuses new ones): then the thread stays among the orphans.
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
    pub(super) fn end(&self) {
        if let Some(slot) = self.slot.take() {
            at_end::run(self);
            self.life.set(Life::Ended);
            REGISTRY.retire(slot, &self.counters);
        }
        self.life.set(Life::Ended);
        self.counters.top.store(ptr::null_mut(), Relaxed);
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
        self.slow_frees.set(if ready { SLOW_FREES } else { usize::MAX });
        self.chunk_mask.set(if ready { !(CHUNK - 1) } else { usize::MAX });
        if !ready {
            self.due.store(i64::MIN, Relaxed);
            self.short_route.store(Route::Plain as u32, Relaxed);
            self.look.store(LOOK, Relaxed);
            self.sizes.store(IDLE, Relaxed);
            return;
        }
        self.take_up_interval();
        self.set_due();
    }

    /// Sets from where on allocations take the slow path: at once in a routed scope and where the
    /// thread was called to take up another interval, else where the next block is to be sampled.
    pub(super) fn set_due(&self) {
        let (route, called) = (self.route.get(), interval::get() != self.interval.get());
        let samples = called || self.sample_at.get() != i64::MAX;
        let due = if called || route != Route::Plain { i64::MIN } else { self.sample_at.get() };
        self.due.store(due, Relaxed);
        let look = if due == i64::MAX { 0 } else { LOOK };
        self.look.store(look, Relaxed);
        self.sizes.store(self.sizes().map_addr(|at| at & !LOOK | look), Relaxed);
        self.short_route.store(if samples { Route::Plain } else { route } as u32, Relaxed);
    }

    /// Sets where the blocks of the innermost scope come from.
    pub(crate) fn set_route(&self, route: Route) {
        self.route.set(route);
        self.set_due();
    }

    /// Lets allocations count their sizes for a site, or for none (null).
    #[inline(always)]
    pub(crate) fn count_sizes_at(&self, sizes: *mut Counter) {
        let look = self.look.read();
        debug_assert!(sizes.addr() & LOOK == 0);
        self.sizes.write(sizes.cast::<u8>().wrapping_add(look).cast());
    }

    /// What samples is our own work: not counted, and no scope is entered by it.
    pub(crate) fn mute(&self) {
        if self.life.get() == Life::New {
            self.register();
        }
        self.muted.set(self.muted.get() + 1);
        if self.muted.get() == 1 {
            let top = self.counters.top.load(Relaxed);
            self.counters.held_top.store(top, Relaxed);
            self.counters.top.store(ptr::null_mut(), Relaxed);
            self.held_sizes.set(self.site_sizes());
            self.held_route.set(self.route.replace(Route::Plain));
            if let Some(slot) = self.slot.get() {
                slot.begin_untracked(&self.counters);
            }
            self.mark();
        }
    }

    /// Ends the innermost [`mute`](Self::mute).
    pub(crate) fn unmute(&self) {
        self.muted.set(self.muted.get() - 1);
        if self.muted.get() == 0 {
            let top = self.counters.held_top.load(Relaxed);
            self.counters.top.store(top, Relaxed);
            self.counters.held_top.store(ptr::null_mut(), Relaxed);
            self.route.set(self.held_route.get());
            self.mark();
            self.count_sizes_at(self.held_sizes.get());
            if let Some(slot) = self.slot.get() {
                slot.end_untracked();
            }
        }
    }

    /// Ends all [`mute`](Self::mute)s, for as long as [`mute_again`](Self::mute_again) is not
    /// called with their number.
    #[cfg(feature = "tracing")]
    pub(crate) fn unmute_all(&self) -> u32 {
        let depth = self.muted.get();
        if depth > 0 {
            self.muted.set(1);
            self.unmute();
        }
        depth
    }

    /// Brings the mutes back that [`unmute_all`](Self::unmute_all) ended.
    #[cfg(feature = "tracing")]
    pub(crate) fn mute_again(&self, depth: u32) {
        if depth > 0 {
            self.mute();
            self.muted.set(depth);
        }
    }

    /// Whether allocations come through the hook: one is made and looked for. Call it in a
    /// untracked section.
    pub(crate) fn is_hooked(&self) -> bool {
        self.called_muted.set(false);
        drop(std::hint::black_box(Box::new(0u8)));
        self.called_muted.get()
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
    // SAFETY: `Slot` has a size; `System` is not the wrapped allocator, so nothing re-enters the
    // hook.
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
