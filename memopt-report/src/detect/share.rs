//! Large values that are cloned, to be read only: let owners share them.

use super::evidence::Evidence;
use super::limits;
use super::rule::{Claim, Rule, Waste};
use super::short::{self, Short, short_lived};
use super::source::body::{Body, Made, Makes};
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
    let (part, by_caller, is_kept, held) = match short_lived(subject) {
        Some(Short { part, by_caller, held }) => (part, by_caller, false, held),
        None if fate.kept.blocks >= limits::REUSE_BLOCKS => (fate.kept, false, true, 0),
        None => return None,
    };
    let body = subject.body()?;
    let made = cloned(subject, &body)?;
    // A clone of many blocks, or of a large one.
    let copies = body.made.len() as u64 * subject.calls();
    let each = if made.repeated {
        // Of a clone in a loop all blocks are in use at once, of clones one by one few are.
        let a_call = subject.site.own.allocs / subject.calls().max(1);
        (subject.held_one_by_one() / part.mean()).min(a_call)
    } else {
        subject.site.own.allocs / copies.max(1)
    };
    let deep = each >= limits::LOOP_BLOCKS && (!made.repeated || made.name.is_some());
    if !deep && part.mean() <= limits::COPY_BLOCK {
        return None;
    }
    let mut saving = short::saving(subject, part, 0)?;
    if is_kept {
        // Clones that stay are live together. Where code outside of all sites drops most of them,
        // nothing tells how many were.
        let stay = 2 * fate.live.blocks >= fate.kept.blocks;
        saving.retained_bytes = if stay { fate.live.bytes } else { 0 };
        saving = subject.priced(saving);
    } else {
        saving = subject.priced_together(saving, held.max(each));
    }
    saving = subject.more_moves(saving, saving.bytes);
    let mut evidence = if is_kept {
        vec![Evidence::Kept {
            blocks: part.blocks,
            mean_bytes: part.mean(),
            of: subject.site.own.allocs,
        }]
    } else {
        short::where_from(subject, part, by_caller)
    };
    evidence.extend([made.evidence(), Evidence::WouldSave { remedy: Remedy::Share, saving }]);
    Some(Claim {
        title: format!(
            "`{}` clones values of {}",
            subject.name(),
            if deep { units::counted(each, "block") } else { units::bytes(part.mean()) }
        ),
        label: format!("{} of {}", units::counted(part.blocks, "block"), units::bytes(part.mean())),
        evidence,
        help: format!(
            "hold the value in `Rc` (`Arc` between threads), so that `{}` ({}) counts a \
             reference and copies nothing; `Rc::make_mut` copies where one owner changes it. Where \
             the clone only satisfies the borrow checker, iterate by index or `std::mem::take` the \
             field and put it back",
            made.text,
            made.lines()
        ),
        share: saving.share,
        saving,
    })
}

/// The clone that makes nearly all of the blocks.
fn cloned<'a>(subject: &Subject<'_>, body: &'a Body) -> Option<&'a Made> {
    let is_clone = |made: &&Made| made.makes == Makes::Copy && made.text.ends_with("clone()");
    let of = |repeated| body.made.iter().filter(is_clone).find(|made| made.repeated == repeated);
    let made = of(true).or_else(|| of(false))?;
    // What is made once a call is few beside what a loop makes.
    let others = body.made.iter().filter(|other| other.makes != Makes::Copy);
    // A list of given elements is one block beside the many of a clone that a variable holds.
    let is_single = |other: &Made| match other.makes {
        Makes::Shared => true,
        Makes::List => made.name.is_some(),
        _ => false,
    };
    let once = others.clone().all(|other| !other.repeated || is_single(other));
    let few = others.count() as u64 * subject.calls() <= subject.site.own.allocs / 8;
    (once && few).then_some(made)
}
