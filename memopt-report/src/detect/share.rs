//! Large values that are cloned, to be read only: let owners share them.

use super::evidence::Evidence;
use super::limits;
use super::reuse::{self, Short, short_lived};
use super::rule::{Claim, Rule, Waste};
use super::source::body::{Made, Makes};
use super::subject::Subject;
use crate::model::reclaimable::Remedy;
use crate::units;

pub(super) const RULE: Rule =
    Rule { code: "memopt::share", waste: Waste::ShortLived, remedy: Some(Remedy::Share), check };

fn check(subject: &Subject<'_>) -> Option<Claim> {
    if subject.growth_each() > limits::COPY_GROWTH {
        return None;
    }
    let fate = subject.fate();
    let (part, by_caller, is_kept) = match short_lived(subject) {
        Some(Short { part, by_caller, .. }) => (part, by_caller, false),
        // Clones that stay are live together.
        None if fate.kept.blocks >= limits::REUSE_BLOCKS => (fate.kept, false, true),
        None => return None,
    };
    let body = subject.body()?;
    let cloned = |made: &&Made| made.makes == Makes::Copy && made.text.ends_with("clone()");
    let made = body.made.iter().find(cloned)?;
    if !body.only(&[Makes::Copy]) {
        return None;
    }
    // A clone of many blocks, or of a large one.
    let copies = body.made.len() as u64 * subject.calls();
    let each = subject.site.own.allocs / copies.max(1);
    let deep = !made.repeated && each >= limits::LOOP_BLOCKS;
    if !deep && part.mean() <= limits::COPY_BLOCK {
        return None;
    }
    let mut saving = reuse::saving(subject, part, 0)?;
    if is_kept {
        saving.retained_bytes = part.bytes;
        saving = subject.priced(saving);
    }
    Some(Claim {
        title: format!(
            "`{}` clones values of {}",
            subject.name(),
            if deep { units::counted(each, "block") } else { units::bytes(part.mean()) }
        ),
        label: format!("{} of {}", units::counted(part.blocks, "block"), units::bytes(part.mean())),
        evidence: vec![
            if is_kept {
                Evidence::Kept {
                    blocks: part.blocks,
                    mean_bytes: part.mean(),
                    of: subject.site.own.allocs,
                }
            } else {
                reuse::where_from(subject, part, by_caller)
            },
            made.evidence(),
            Evidence::WouldSave { remedy: Remedy::Share, saving },
        ],
        help: format!(
            "hold the value in `Rc` (`Arc` between threads), so that `{}` (line {}) counts a \
             reference and copies nothing; `Rc::make_mut` copies where one owner changes it. Where \
             the clone only satisfies the borrow checker, iterate by index or `std::mem::take` the \
             field and put it back",
            made.text, made.line
        ),
        share: saving.share,
        saving,
    })
}
