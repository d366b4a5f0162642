//! Where a scope's blocks come from, set at its entry and set back when it is left.

use super::heap::{Heap, Saved};
use super::{bump, slab, space, tidy};
use crate::alloc::local::Local;
use crate::site::Site;
use std::ptr;

/// Where the blocks of a scope come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Route {
    /// From the inner allocator.
    #[default]
    Plain = 0,
    /// From the thread's arena.
    Bump = 1,
    /// From the thread's slabs.
    Slab = 2,
    /// From the inner allocator, in buffers that start at their learned size: no route of the hook's.
    PreSize = 3,
}

impl Route {
    /// The route a word stands for.
    pub(crate) const fn from_word(word: u32) -> Self {
        match word {
            1 => Self::Bump,
            2 => Self::Slab,
            3 => Self::PreSize,
            _ => Self::Plain,
        }
    }
}

/// Routes what the thread allocates from here on, until [`leave`]; whether it is.
#[cold]
#[inline(never)]
pub(crate) fn enter(local: &Local, site: &'static Site, route: Route) -> bool {
    let Some(heap) = Heap::of(local) else { return false };
    // SAFETY: this thread's heap; nothing in here calls the hook.
    unsafe {
        heap.owned(|owned| {
            if owned.depth == owned.levels.len() {
                return false;
            }
            owned.calls = owned.calls.wrapping_add(1);
            let (call, depth) = (owned.calls, owned.depth);
            owned.depth += 1;
            if local.route.get() == Route::Bump {
                bump::put_away(local);
            }
            let level = &mut owned.levels[depth];
            level.saved = Saved {
                route: local.route.get(),
                bump: local.bump.get(),
                end: local.bump_end.get(),
                chunk: local.chunk.get(),
            };
            (level.site, level.call) = (site, call);
            local.set_route(route);
            local.chunk.set(level.chunk);
            local.bump.set(level.bump);
            match level.chunk.as_ref() {
                Some(chunk) if route == Route::Bump => {
                    bump::take_up(local, chunk);
                    if chunk.settle() == 0 {
                        chunk.begin_again(site, call);
                        bump::begin(local, chunk);
                    }
                }
                // The first block takes a chunk.
                _ => {
                    local.bump.set(ptr::null_mut());
                    local.bump_end.set(ptr::null_mut());
                }
            }
            true
        })
    }
}

/// Undoes the innermost [`enter`].
#[cold]
#[inline(never)]
pub(crate) fn leave(local: &Local) {
    // SAFETY: null, or this thread's heap, which is never freed; nothing in here calls the hook.
    unsafe {
        let Some(heap) = local.heap.get().as_ref() else { return };
        heap.owned(|owned| {
            let Some(depth) = owned.depth.checked_sub(1) else { return };
            owned.depth = depth;
            if local.route.get() == Route::Bump {
                bump::put_away(local);
            }
            let level = &mut owned.levels[depth];
            // Of a scope routed to slabs too: it carried the chunk of its level along.
            level.chunk = local.chunk.get();
            if !local.bump.get().is_null() {
                level.bump = local.bump.get();
            }
            let Saved { route, bump, end, chunk } = level.saved;
            local.set_route(route);
            local.bump.set(bump);
            local.bump_end.set(end);
            local.chunk.set(chunk);
            if let (Route::Bump, Some(chunk)) = (route, chunk.as_ref()) {
                bump::take_up(local, chunk);
            }
            if tidy::heed(local, owned) {
                space::purge();
            }
        });
    }
}

/// The thread ends: all its scopes are left.
pub(crate) fn thread_ends(local: &Local) {
    bump::tell(local);
    slab::put_away(local);
    if local.route.get() == Route::Bump {
        bump::put_away(local);
    }
    local.set_route(Route::Plain);
    // SAFETY: null, or this thread's heap, which is never freed; nothing in here calls the hook.
    if let Some(heap) = unsafe { local.heap.replace(ptr::null()).as_ref() } {
        // SAFETY: as above.
        unsafe {
            heap.owned(|owned| {
                // A scope still open has the chunk at hand, which its level does not know.
                if let Some(depth) = owned.depth.checked_sub(1) {
                    owned.levels[depth].chunk = local.chunk.get();
                }
                owned.end();
            });
        }
    }
    local.chunk.set(ptr::null());
    local.bump.set(ptr::null_mut());
    local.bump_end.set(ptr::null_mut());
}
