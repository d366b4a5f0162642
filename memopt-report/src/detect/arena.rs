//! Many small blocks, all gone when the call ends: take them from one arena.

use super::evidence::Evidence;
use super::limits;
use super::rule::{Claim, Rule, Waste};
use super::saving::{Quantity, Saving};
use super::subject::Subject;
use crate::model::reclaimable::Remedy;
use crate::units::ratio;
use crate::{SiteReport, Totals, units};

pub(super) const RULE: Rule =
    Rule { code: "memopt::arena", waste: Waste::ShortLived, remedy: Some(Remedy::Arena), check };

fn check(subject: &Subject<'_>) -> Option<Claim> {
    let site = subject.site;
    if subject.calls() < limits::ARENA_CALLS || !subject.fills_an_arena() || !leaves_nothing(site) {
        return None;
    }
    // The innermost scope after which all is gone is where the arena belongs.
    let inner_takes_it = subject.inner().any(|inner| {
        leaves_nothing(inner)
            && inner.inclusive.allocs as f64 >= limits::INNER_SHARE * site.inclusive.allocs as f64
    });
    if inner_takes_it {
        return None;
    }
    // A call still takes a chunk or two from the allocator.
    let blocks = site.inclusive.allocs.saturating_sub(2 * subject.calls());
    // Arenas inside serve theirs already.
    let blocks = blocks.saturating_sub(subject.served().from_arenas);
    let saving = Saving { allocs: blocks, ..Saving::default() };
    let saving = saving.sharing(&[(subject.share_of_blocks(blocks), Quantity::Blocks)]);
    let saving = subject.priced(saving);
    let kept = if site.retained.total() == 0 { "none" } else { "almost none" };
    let per_call = units::mean(site.allocs.mean());
    let mean_bytes = (site.inclusive.bytes / site.inclusive.allocs.max(1)).max(1);
    Some(Claim {
        title: format!(
            "`{}` makes {per_call} small blocks a call and keeps {kept} of them",
            subject.name()
        ),
        label: format!(
            "{per_call} blocks of {} on average, with the sites inside",
            units::bytes(mean_bytes)
        ),
        evidence: vec![
            Evidence::BlocksOfCalls {
                blocks: site.inclusive.allocs,
                calls: subject.calls(),
                mean_bytes,
                retained_share: ratio(site.retained.total(), site.bytes.total()),
            },
            Evidence::LiveTogether {
                peak_share: subject.peak_ratio().min(1.0),
                peak_bytes: site.peak.max(),
            },
            Evidence::WouldSave { remedy: Remedy::Arena, saving },
        ],
        help: format!(
            "put `#[memopt::arena]` on it, which also serves the functions it calls; or make an \
             arena at the start of the call (`memopt::remedy::Arena`), allocate from it and drop \
             it at the end; start it with {}, the p95 of a call's peak{}. Where they are copies of \
             the input, borrow its parts (`&str`, `&[T]`) and allocate nothing",
            units::bytes(site.peak.p95()),
            if site.retained.total() == 0 { "" } else { ", and copy out what has to stay" }
        ),
        share: saving.share,
        saving,
    })
}

/// Whether bytes and blocks are gone when the call ends, but for a rest.
fn leaves_nothing(site: &SiteReport) -> bool {
    let Totals { allocs, .. } = site.inclusive;
    let blocks_left = u64::try_from(site.inclusive.live_blocks()).unwrap_or(0);
    ratio(site.retained.total(), site.bytes.total()) <= limits::ARENA_KEPT
        && ratio(blocks_left, allocs) <= limits::ARENA_KEPT
}
