//! Blocks of one size that come and go: keep them and use them again.

use super::evidence::Evidence;
use super::limits;
use super::rule::{Claim, Rule, Waste};
use super::saving::{POOLED, Quantity, Saving};
use super::subject::{Class, Subject};
use crate::model::reclaimable::Remedy;
use crate::units;
use crate::units::ratio;

pub(super) const RULE: Rule =
    Rule { code: "memopt::pool", waste: Waste::ShortLived, remedy: Some(Remedy::Pool), check };

fn check(subject: &Subject<'_>) -> Option<Claim> {
    let site = subject.site;
    let class = subject.dominant_class()?;
    let own = &site.own;
    let churned = subject.fate().within.blocks;
    // Buffers that grow many times are not of one size; a finding on growth tells of them.
    let steady_size = own.reallocs <= own.allocs;
    if own.allocs < limits::POOL_BLOCKS
        || ratio(class.count, own.allocs) < limits::POOL_CLASS
        || ratio(churned, own.allocs) < limits::CHURN_SHARE
        || !steady_size
        || subject.fills_an_arena()
    {
        return None;
    }
    // Those held at once, on each thread, must exist in a pool too.
    let mean_block = (own.bytes / own.allocs).clamp(class.low.max(1), class.high.max(1));
    let held = site.peak.p99().div_ceil(mean_block).max(1).saturating_mul(subject.threads());
    let recycled = class.count.min(churned).saturating_sub(held);
    let saving = Saving {
        bytes: (recycled * mean_block).min(own.bytes),
        allocs: recycled,
        ..Saving::default()
    };
    let saving = saving.sharing(&[
        (subject.share_of_bytes(saving.bytes), Quantity::Bytes),
        (subject.share_of_blocks(saving.allocs), Quantity::Blocks),
    ]);
    // Where most blocks are alive together there is little to recycle.
    let saving = subject.more_pairs(subject.priced(saving), -POOLED);
    if ratio(recycled, class.count) < 0.5 {
        return None;
    }
    let sizes = if class.low == class.high {
        format!("of {}", units::bytes(class.high))
    } else {
        format!("of {} to {}", units::bytes(class.low), units::bytes(class.high))
    };
    Some(Claim {
        title: format!("`{}` makes and drops blocks of one size over and over", subject.name()),
        label: format!("{} {sizes}", units::counted(class.count, "block")),
        evidence: vec![
            Evidence::OneSize {
                class_share: ratio(class.count, own.allocs),
                blocks: own.allocs,
                low_bytes: class.low,
                high_bytes: class.high,
            },
            Evidence::FreedHere {
                freed_share: ratio(churned, own.allocs),
                peak_bytes: site.peak.max(),
            },
            Evidence::WouldSave { remedy: Remedy::Pool, saving },
        ],
        help: help(&class),
        share: saving.share,
        saving,
    })
}

fn help(class: &Class) -> String {
    // Small ones are mostly keys and names, copied where a look would do.
    let borrow = if class.high <= limits::POOL_SMALL {
        "where they are copies made to compare or to look something up, borrow instead (`sort_by` \
         in place of `sort_by_key`, `get(&str)` before `entry(String)`). Else "
    } else {
        ""
    };
    format!(
        "{borrow}reuse one block instead of making a new one each time: move the `Vec` or `String` \
         out of the loop and `clear()` it, or take it from a pool (`#[pool] let` in a \
         `#[memopt::pooled] fn`); {} is enough for each",
        units::bytes(class.high)
    )
}
