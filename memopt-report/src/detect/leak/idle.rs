//! BLOAT: capacity that is kept and not used.
//!
//! Four things tell: what collections showed to `observe`, bytes never written, blocks far larger
//! than asked for, and large blocks that stayed when the many that filled them went. The last is
//! inferred, and says so.

use super::limits;
use super::place::Place;
use super::series::Point;
use super::verdict::{Claim, LeakKind};
use crate::detect::evidence::Evidence;
use crate::units;

/// Whether the place holds unused capacity. `total` is what the process holds.
pub(super) fn judge(place: &Place, windows: &[Point], total: u64) -> Option<Claim> {
    let late = &windows[windows.len() / 2..];
    let enough = |unused: &u64| {
        *unused >= limits::MIN_UNUSED
            && *unused as f64 >= limits::MIN_UNUSED_OF_TOTAL * total as f64
    };
    if let Some(idle) = observed(late).filter(|idle| enough(&idle.unused)) {
        return Some(claim(place, idle));
    }
    if !is_flat(late) {
        return None;
    }
    let rules: [Rule; 3] = [never_written, rounded, emptied];
    let found = rules.iter().find_map(|rule| rule(place, late).filter(|idle| enough(&idle.unused)));
    found.map(|idle| claim(place, idle))
}

/// One way to tell, from the place and the last half of its windows.
type Rule = fn(&Place, &[Point]) -> Option<Idle>;

/// Unused capacity, and what tells it.
struct Idle {
    unused: u64,
    confidence: f64,
    evidence: Vec<Evidence>,
    help: &'static str,
}

const SHRINK: &str = "give the capacity back once the content is gone: `shrink_to(..)`, \
                      `shrink_to_fit()`, or a new collection in its place (`std::mem::take`); \
                      where peaks are normal, bound them";

fn claim(place: &Place, idle: Idle) -> Claim {
    Claim {
        kind: LeakKind::Bloat,
        what: format!("keeps {} that it does not use", units::bytes(idle.unused)),
        label: format!(
            "{} in use, in {}",
            units::bytes(place.now.live.bytes),
            units::counted(place.now.live.blocks, "block")
        ),
        evidence: idle.evidence,
        help: idle.help.to_owned(),
        bytes: idle.unused,
        confidence: idle.confidence,
    }
}

/// What was shown to `observe` in the last half of the watch, however long ago it was allocated.
fn observed(late: &[Point]) -> Option<Idle> {
    let (first, last) = (late.first()?.observed, late.last()?.observed);
    let [count, held, used] = [0, 1, 2].map(|i| last[i].saturating_sub(first[i]));
    if count < limits::OBSERVATIONS || used as f64 > limits::USED * held as f64 {
        return None;
    }
    let share = used as f64 / held as f64;
    Some(Idle {
        unused: (held - used) / count,
        confidence: 1.0 - share,
        evidence: vec![Evidence::ObservedLately {
            held_bytes: held / count,
            used_share: share,
            observations: count,
        }],
        help: SHRINK,
    })
}

fn is_flat(late: &[Point]) -> bool {
    let low = late.iter().map(|w| w.bytes).min().unwrap_or(0);
    let high = late.iter().map(|w| w.most).max().unwrap_or(0);
    (high - low) as f64 <= limits::FLAT * high as f64
}

fn never_written(place: &Place, _: &[Point]) -> Option<Idle> {
    let (seen, unwritten) = (place.now.contents.looked_at, place.now.contents.never_written);
    let share = unwritten as f64 / seen.max(1) as f64;
    let enough = place.now.contents.samples >= limits::LOOKED_AT;
    (enough && share >= limits::NEVER_WRITTEN).then(|| Idle {
        unused: (place.now.live.bytes as f64 * share) as u64,
        confidence: share.min(1.0),
        evidence: vec![Evidence::NeverWritten { unwritten_share: share, looked_at_bytes: seen }],
        help: "ask for what is needed: a smaller `with_capacity`, the length of the input counted \
               first, or `shrink_to_fit()` once it is filled",
    })
}

fn rounded(place: &Place, _: &[Point]) -> Option<Idle> {
    let (asked, taken) = (place.now.live.bytes, place.now.usable_bytes);
    (asked > 0 && taken as f64 >= limits::ROUNDED * asked as f64).then(|| Idle {
        unused: taken - asked,
        confidence: 1.0 - asked as f64 / taken as f64,
        evidence: vec![Evidence::RoundedUp { asked_bytes: asked, taken_bytes: taken }],
        help: "ask for sizes that the allocator has, or for fewer and larger blocks: a `Vec` of \
               values instead of boxes, a smaller alignment, or an arena",
    })
}

/// Nearly all blocks went, the bytes that stayed lie in few large ones that were there when there
/// were most.
fn emptied(place: &Place, late: &[Point]) -> Option<Idle> {
    let (now, peak) = (&place.now, &place.peak);
    let most_now = late.iter().map(|w| w.blocks).max()?.max(now.live.blocks);
    let gone = most_now as f64 <= limits::GONE * peak.blocks as f64;
    let size = |bytes: u64, blocks: u64| bytes as f64 / blocks.max(1) as f64;
    let larger =
        size(now.live.bytes, now.live.blocks) >= limits::HOLDERS * size(peak.bytes, peak.blocks);
    // What was made since cannot be what held them.
    let born_since = now.allocated.bytes.saturating_sub(peak.born_bytes);
    let old = now.live.bytes.saturating_sub(born_since);
    (gone && larger && old >= now.live.bytes / 2).then(|| Idle {
        unused: old,
        confidence: 0.5,
        evidence: vec![
            Evidence::FewStayed {
                most_bytes: peak.bytes,
                most_blocks: peak.blocks,
                now_bytes: now.live.bytes,
                now_blocks: now.live.blocks,
            },
            Evidence::OldAsThePeak { bytes: old },
        ],
        help: SHRINK,
    })
}
