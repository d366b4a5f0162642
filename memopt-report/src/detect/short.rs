//! Blocks of a site that are short-lived, and what it saves to use them again.

use super::evidence::Evidence;
use super::fate::Part;
use super::limits;
use super::saving::{Quantity, Saving};
use super::subject::Subject;
use super::values;
use crate::units::ratio;

/// Short-lived blocks of a site.
pub(super) struct Short {
    pub(super) part: Part,
    /// The direct caller drops most of them.
    pub(super) by_caller: bool,
    /// How many are in use at once, at most.
    pub(super) held: u64,
}

/// The site's short-lived blocks, where most are.
pub(super) fn short_lived(subject: &Subject<'_>) -> Option<Short> {
    let (site, fate) = (subject.site, subject.fate());
    let mut part = fate.within.and(fate.by_caller);
    // Parts are proportions of blocks and of bytes: near the mean of all they have that.
    let mean = site.own.bytes / site.own.allocs.max(1);
    if part.mean().abs_diff(mean) <= mean / 16 {
        part.bytes = part.blocks * mean;
    }
    if part.blocks < limits::REUSE_BLOCKS
        || ratio(part.blocks, site.own.allocs) < limits::SHORT_LIVED
    {
        return None;
    }
    let part = values::alone(subject, part);
    let by_caller = fate.by_caller.blocks > fate.within.blocks;
    if by_caller && !subject.loops_inside() && subject.stays_with_caller() {
        return None;
    }
    // What a call hands out, or holds at its peak, is in use at once.
    let mean = part.mean();
    let a_call = site.own.allocs.div_ceil(subject.calls().max(1));
    let held = if by_caller {
        a_call
    } else {
        // The peak holds what inner sites keep, too; no more than a call makes are its own.
        subject.held_one_by_one().div_ceil(mean).min(a_call)
    };
    Some(Short { part, by_caller, held: held.max(1) })
}

/// What using blocks again saves: all but those in use at once on each thread.
pub(super) fn saving(subject: &Subject<'_>, part: Part, held: u64) -> Option<Saving> {
    let site = subject.site;
    let first = held.saturating_mul(subject.threads());
    let again = part.blocks.saturating_sub(first);
    if ratio(again, part.blocks) < 0.5 {
        return None;
    }
    let share = ratio(again, site.own.allocs);
    let of = |all: u64| (all as f64 * share) as u64;
    let (grows, copied_bytes) = values::growth(subject);
    let saving = Saving {
        allocs: again,
        bytes: again.saturating_mul(part.mean()).min(site.own.bytes),
        reallocs: of(grows),
        copied_bytes: of(copied_bytes),
        ..Saving::default()
    };
    let saving = saving.sharing(&[
        (subject.share_of_bytes(saving.bytes), Quantity::Bytes),
        (subject.share_of_blocks(saving.allocs), Quantity::Blocks),
        (subject.share_of_requests(saving.allocs + saving.reallocs), Quantity::Requests),
    ]);
    Some(subject.priced(saving))
}

/// Who makes them and who drops them: those gone within the call and those that its caller drops,
/// each where it is a tenth of them.
pub(super) fn where_from(subject: &Subject<'_>, part: Part, by_caller: bool) -> Vec<Evidence> {
    let fate = subject.fate();
    let dropped = |part: Part, caller: bool| {
        let by = if caller { fate.caller } else { fate.callee };
        Evidence::Dropped {
            blocks: part.blocks,
            mean_bytes: part.mean(),
            of: subject.site.own.allocs,
            by: by.map(|site| subject.other(site).name.clone()),
            caller,
        }
    };
    let both = [(fate.within, false), (fate.by_caller, true)];
    if both.iter().all(|(some, _)| some.blocks >= part.blocks / 10) {
        return both.map(|(some, caller)| dropped(some, caller)).into();
    }
    vec![dropped(part, by_caller)]
}
