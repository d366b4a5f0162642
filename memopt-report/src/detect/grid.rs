//! A list of lists of one length: one flat list, and row times width as the index.

use super::evidence::Evidence;
use super::limits;
use super::rule::{Claim, Rule, Waste};
use super::saving::{Quantity, Saving};
use super::source::body::{Body, Made, Makes};
use super::subject::Subject;
use crate::model::reclaimable::Remedy;
use crate::units;
use crate::units::ratio;

pub(super) const RULE: Rule =
    Rule { code: "memopt::batch", waste: Waste::ShortLived, remedy: Some(Remedy::Batch), check };

fn check(subject: &Subject<'_>) -> Option<Claim> {
    let site = subject.site;
    let own = &site.own;
    let rows = ratio(own.allocs, subject.calls());
    // Long rows cost their bytes, not their blocks; rows that grow are of no one length.
    if rows < limits::LOOP_BLOCKS as f64
        || own.bytes / own.allocs.max(1) > limits::COPY_BLOCK
        || subject.growth_each() > limits::COPY_GROWTH
    {
        return None;
    }
    let body = subject.body()?;
    let made = grid(&body)?;
    let rows_in_all = own.allocs.saturating_sub(subject.calls());
    let saving = Saving { allocs: rows_in_all, ..Saving::default() }
        .sharing(&[(subject.share_of_blocks(rows_in_all), Quantity::Blocks)]);
    // The bytes stay, the blocks of their size go.
    let mut saving = subject.priced(Saving { bytes: own.bytes, ..saving });
    saving.bytes = 0;
    let mean = own.bytes / own.allocs.max(1);
    Some(Claim {
        title: format!("`{}` makes a block for each row of a grid", subject.name()),
        label: format!("{} of {}", units::counted(own.allocs, "block"), units::bytes(mean)),
        evidence: vec![
            Evidence::BlocksOfCalls {
                blocks: own.allocs,
                calls: subject.calls(),
                mean_bytes: mean,
                retained_share: ratio(site.retained.total(), site.bytes.total()).min(1.0),
            },
            made.evidence(),
            Evidence::WouldSave { remedy: Remedy::Batch, saving },
        ],
        help: format!(
            "make one flat `vec![value; rows * columns]` in place of `{}` ({}) and index it by \
             `row * columns + column`: one block for all rows, which also lie side by side; \
             `chunks_exact(columns)` gives the rows. Where each call makes one anew, keep it and \
             `fill` it",
            made.text,
            made.lines()
        ),
        share: saving.share,
        saving,
    })
}

/// The expression that makes the rows, where nothing else is made over and over.
fn grid(body: &Body) -> Option<&Made> {
    let made = body.first(&[Makes::Grid])?;
    let others = body.made.iter().filter(|other| other.makes != Makes::Grid);
    // The rows stand inside.
    others.clone().all(|other| other.line == made.line || !other.repeated).then_some(made)
}
