//! Capacity far above need: give it back, or ask for less.

use super::evidence::Evidence;
use super::limits;
use super::rule::{Claim, Rule, Waste};
use super::saving::{Quantity, Saving};
use super::subject::Subject;
use crate::model::reclaimable::Remedy;
use crate::units::ratio;
use crate::{CapacityUse, units};

pub(super) const RULE: Rule =
    Rule { code: "memopt::shrink", waste: Waste::Slack, remedy: Some(Remedy::Shrink), check };

fn check(subject: &Subject<'_>) -> Option<Claim> {
    subject
        .site
        .capacity
        .and_then(|capacity| unused(subject, &capacity))
        .or_else(|| given_back(subject))
}

/// Collections shown to `observe` that hold far more than they use, at a site that keeps memory.
fn unused(subject: &Subject<'_>, capacity: &CapacityUse) -> Option<Claim> {
    let used = ratio(capacity.used_bytes, capacity.held_bytes);
    let slack = capacity.held_bytes.saturating_sub(capacity.used_bytes);
    // A collection may have been shown more than once; what the site keeps bounds the waste.
    let held = slack.min(subject.site.retained.total());
    let live = u64::try_from(subject.report.total().live_bytes()).unwrap_or(0);
    let share = subject.share_of_bytes(held).max(ratio(held.min(live), live));
    if capacity.count == 0 || used > limits::SHRINK_USED {
        return None;
    }
    let saving = subject.priced(Saving {
        retained_bytes: held,
        share,
        share_of: Some(Quantity::Held),
        ..Saving::default()
    });
    Some(Claim {
        title: format!(
            "`{}` keeps {} of capacity and uses {}",
            subject.name(),
            units::bytes(capacity.held_bytes),
            units::percent(used)
        ),
        label: format!("{} kept and not used", units::bytes(held)),
        evidence: vec![
            Evidence::ObservedCapacity {
                collections: capacity.count,
                held_bytes: capacity.held_bytes,
                used_bytes: capacity.used_bytes,
                max_slack_bytes: capacity.max_slack_bytes,
            },
            Evidence::WouldSave { remedy: Remedy::Shrink, saving },
        ],
        help:
            "call `shrink_to_fit()` when the collection is complete, or keep it as `Box<[T]>` or \
             `Box<str>`; where the length is known before, ask for that with `with_capacity`"
                .to_owned(),
        share,
        saving,
    })
}

/// Buffers the site itself shrinks again: it asks for far more than it needs.
fn given_back(subject: &Subject<'_>) -> Option<Claim> {
    let site = subject.site;
    let share = subject.share_of_bytes(site.shrunk_bytes);
    if site.shrinks == 0 || ratio(site.shrunk_bytes, site.self_bytes) < limits::SHRINK_BACK {
        return None;
    }
    let saving = subject.priced(Saving {
        bytes: site.shrunk_bytes,
        reallocs: site.shrinks,
        share,
        share_of: Some(Quantity::Bytes),
        ..Saving::default()
    });
    let back = units::percent(ratio(site.shrunk_bytes, site.self_bytes));
    Some(Claim {
        title: format!("`{}` gives back {back} of what it allocates by shrinking", subject.name()),
        label: format!("{} given back here", units::bytes(site.shrunk_bytes)),
        evidence: vec![
            Evidence::ShrunkAgain {
                reallocs: site.shrinks,
                bytes: site.shrunk_bytes,
                allocated_bytes: site.self_bytes,
            },
            Evidence::WouldSave { remedy: Remedy::Shrink, saving },
        ],
        help:
            "reserve what is needed: a smaller `with_capacity`, `reserve_exact`, or the length of \
             the input counted first; then nothing has to be shrunk"
                .to_owned(),
        share,
        saving,
    })
}
