//! The same small allocation on every call: make it once, outside.

use super::evidence::Evidence;
use super::limits;
use super::rule::{Claim, Rule, Waste};
use super::saving::{Quantity, Saving, ZEROED};
use super::source::body::{Body, Made, Makes};
use super::subject::Subject;
use crate::model::reclaimable::Remedy;
use crate::units;
use crate::units::ratio;

pub(super) const RULE: Rule =
    Rule { code: "memopt::hoist", waste: Waste::ShortLived, remedy: Some(Remedy::Hoist), check };

fn check(subject: &Subject<'_>) -> Option<Claim> {
    let site = subject.site;
    let (calls, blocks, bytes) = (subject.calls(), site.allocs.max(), site.bytes.max());
    let same_each_call = site.allocs.min() == blocks && site.bytes.min() == bytes;
    let nothing_kept = site.retained.max() == 0 && site.inclusive.live_blocks() <= 0;
    let small = (1..=limits::HOIST_BLOCKS).contains(&blocks)
        && bytes / blocks.max(1) <= limits::HOIST_BLOCK;
    let made_here = ratio(site.self_allocs, site.inclusive.allocs) > 0.5;
    if calls < limits::HOIST_CALLS || !same_each_call || !nothing_kept || !small || !made_here {
        return None;
    }
    let body = subject.body();
    if body.as_deref().is_some_and(is_filled) {
        return None;
    }
    // Each thread still makes its own once.
    let saved_calls = calls.saturating_sub(subject.threads());
    let saving =
        Saving { bytes: saved_calls * bytes, allocs: saved_calls * blocks, ..Saving::default() };
    let saving = saving.sharing(&[
        (subject.share_of_bytes(saving.bytes), Quantity::Bytes),
        (subject.share_of_blocks(saving.allocs), Quantity::Blocks),
    ]);
    // What is made once is filled once too.
    let mut saving = subject.more_fills(subject.priced(saving), saving.bytes);
    if body.as_deref().is_some_and(Body::asks_for_zeroes) {
        saving = subject.more_pairs(saving, ZEROED);
    }
    let what =
        if blocks == 1 { "the same block".to_owned() } else { format!("the same {blocks} blocks") };
    Some(Claim {
        title: format!("`{}` allocates {what} on every call", subject.name()),
        label: format!("{} a call, freed again before it returns", units::bytes(bytes)),
        evidence: vec![
            Evidence::SameEveryCall { calls, blocks, bytes },
            Evidence::WouldSave { remedy: Remedy::Hoist, saving },
        ],
        help: "make it once: what is always the same as a constant or in a `LazyLock`; a buffer \
             outside the loop that calls this, passed in as `&mut` and emptied by `clear()`, which \
             keeps its memory"
            .to_owned(),
        share: saving.share,
        saving,
    })
}

/// Whether the source says that what is made differs in its contents, whatever its size: then it is
/// to be filled again.
fn is_filled(body: &Body) -> bool {
    let same = |made: &Made| made.makes == Makes::Sized && !made.text.contains("with_capacity");
    !body.made.is_empty() && !body.made.iter().all(same)
}
