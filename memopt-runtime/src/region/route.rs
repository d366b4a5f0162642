//! Where a scope's blocks come from, set at its entry and set back when it is left.

use super::owned::Saved;
use super::{bump, life, space, trim};
use crate::site::Site;
use crate::thread::route::Route;
use crate::thread::state::ThreadState;
use std::ptr;

/// Routes what the thread allocates from here on, until [`leave`]; whether it is.
#[cold]
#[inline(never)]
pub(crate) fn enter(thread: &ThreadState, site: &'static Site, route: Route) -> bool {
    let Some(heap) = life::region(thread) else { return false };
    // SAFETY: this thread's heap; nothing in here calls the hook.
    unsafe {
        heap.owned(|owned| {
            if owned.depth == owned.levels.len() {
                return false;
            }
            owned.calls = owned.calls.wrapping_add(1);
            let (call, depth) = (owned.calls, owned.depth);
            owned.depth += 1;
            if thread.route.get() == Route::Bump {
                bump::put_away(thread);
            }
            let level = &mut owned.levels[depth];
            level.saved = Saved {
                route: thread.route.get(),
                bump: thread.bump.get(),
                end: thread.bump_end.get(),
                chunk: thread.chunk().get(),
            };
            (level.site, level.call) = (site, call);
            thread.set_route(route);
            thread.chunk().set(level.chunk);
            thread.bump.set(level.bump);
            match level.chunk.as_ref() {
                Some(chunk) if route == Route::Bump => {
                    bump::take_up(thread, chunk);
                    if chunk.settle() == 0 {
                        chunk.begin_again(site, call);
                        bump::begin(thread, chunk);
                    }
                }
                // The first block takes a chunk.
                _ => {
                    thread.bump.set(ptr::null_mut());
                    thread.bump_end.set(ptr::null_mut());
                }
            }
            true
        })
    }
}

/// Undoes the innermost [`enter`].
#[cold]
#[inline(never)]
pub(crate) fn leave(thread: &ThreadState) {
    // SAFETY: null, or this thread's heap, which is never freed; nothing in here calls the hook.
    unsafe {
        let Some(heap) = thread.region().get().as_ref() else { return };
        heap.owned(|owned| {
            let Some(depth) = owned.depth.checked_sub(1) else { return };
            owned.depth = depth;
            if thread.route.get() == Route::Bump {
                bump::put_away(thread);
            }
            let level = &mut owned.levels[depth];
            // Of a scope routed to slabs too: it carried the chunk of its level along.
            level.chunk = thread.chunk().get();
            if !thread.bump.get().is_null() {
                level.bump = thread.bump.get();
            }
            let Saved { route, bump, end, chunk } = level.saved;
            thread.set_route(route);
            thread.bump.set(bump);
            thread.bump_end.set(end);
            thread.chunk().set(chunk);
            if let (Route::Bump, Some(chunk)) = (route, chunk.as_ref()) {
                bump::take_up(thread, chunk);
            }
            if trim::poll_trim(thread, owned) {
                space::purge();
            }
        });
    }
}
