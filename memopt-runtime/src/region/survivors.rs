//! Arenas whose blocks stay: a few blocks can keep a whole chunk.
//!
//! A document of 10 MB of which 100 strings are kept pins 100 chunks, 6 MiB for a few KiB. So when
//! chunks are taken, those that wait are looked at from time to time: where a site has left too
//! many chunks that are nearly empty, it is not routed any more.

use super::owned::Owned;
use super::size::CHUNK;
use super::space;
use crate::site::Site;

/// Chunks taken between two looks.
const EVERY: u32 = 16;
/// A chunk is nearly empty where fewer than one in so many of its blocks are in use.
const SPARSE: u32 = 8;
/// Bytes of nearly empty chunks that calls which have ended may leave, where a person chose the
/// arena.
const LEFT_BEHIND: usize = 2 << 20;
/// The same where the optimizer did.
const LEFT_BY_A_TRIAL: usize = 1 << 20;
/// Bytes of nearly empty chunks that a call still open may have: its blocks may yet go.
const STILL_OPEN: usize = 16 << 20;
/// Chunks looked at, the oldest first.
const LOOKED_AT: usize = 1024;

/// Looks at what waits, from time to time; whether the innermost routed scope must not take another
/// chunk.
pub(super) fn watch(owned: &mut Owned) -> bool {
    owned.unwatched += 1;
    let innermost = owned.levels[owned.depth - 1].site;
    if owned.unwatched >= EVERY {
        owned.unwatched = 0;
        judge(owned);
    }
    // SAFETY: null, or the `&'static Site` of the scope.
    unsafe { innermost.as_ref() }.is_some_and(Site::is_refused)
}

fn judge(owned: &mut Owned) {
    let open = |call: u32| owned.levels[..owned.depth].iter().any(|level| level.call == call);
    // The sites seen, their bytes left by ended calls, and by calls still open. More sites than
    // these have too few each.
    let mut seen: [(Option<&'static Site>, usize, usize); 8] = [(None, 0, 0); 8];
    for chunk in owned.list.iter().take(LOOKED_AT) {
        if chunk.live().saturating_mul(SPARSE) >= chunk.given() {
            continue;
        }
        let Some(site) = chunk.site() else { continue };
        let place = seen.iter_mut().find(|(of, _, _)| of.is_none_or(|of| std::ptr::eq(of, site)));
        if let Some((of, left, held)) = place {
            *of = Some(site);
            *if open(chunk.call()) { held } else { left } += CHUNK;
        }
    }
    let mut refused = false;
    for (site, left, held) in seen {
        let Some(site) = site else { continue };
        let may_leave = if site.routing().is_tried() { LEFT_BY_A_TRIAL } else { LEFT_BEHIND };
        if left >= may_leave || held >= STILL_OPEN {
            site.refuse();
            refused = true;
        }
    }
    if refused {
        owned.give_spares();
        space::purge();
    }
}
