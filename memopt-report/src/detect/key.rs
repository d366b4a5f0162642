//! A text made as the key of a table: the values themselves are a key.

use super::evidence::Evidence;
use super::limits;
use super::rule::{Claim, Rule, Waste};
use super::saving::FORMATTED;
use super::short;
use super::source::body::{Body, Made, Makes};
use super::subject::Subject;
use crate::model::reclaimable::Remedy;
use crate::units;

pub(super) const RULE: Rule =
    Rule { code: "memopt::borrow", waste: Waste::ShortLived, remedy: Some(Remedy::Borrow), check };

/// Methods of tables that take a key.
const LOOK_UPS: [&str; 5] = ["get", "get_mut", "contains_key", "contains", "entry"];

fn check(subject: &Subject<'_>) -> Option<Claim> {
    let (own, fate) = (&subject.site.own, subject.fate());
    // Keys that are found are dropped, those that are new stay.
    let part = fate.within.and(fate.by_caller).and(fate.kept);
    if part.blocks < limits::REUSE_BLOCKS
        || own.bytes / own.allocs.max(1) > limits::KEPT_BLOCK
        || fate.kept.blocks + fate.within.blocks < fate.by_caller.blocks
    {
        return None;
    }
    let body = subject.body()?;
    let made = key(&body)?;
    let mut saving = short::saving(subject, part, 0)?;
    saving.retained_bytes = fate.live.bytes;
    let mut saving = subject.priced_part_fresh(saving, fate.kept.blocks);
    if made.text.starts_with("format!") {
        saving = subject.more_pairs(saving, FORMATTED);
    }
    Some(Claim {
        title: format!("`{}` makes a text for each look into a table", subject.name()),
        label: format!("{} of {}", units::counted(part.blocks, "key"), units::bytes(part.mean())),
        evidence: vec![made.evidence(), Evidence::WouldSave { remedy: Remedy::Borrow, saving }],
        help: format!(
            "use what the key is made of in place of `{}` ({}): a tuple such as `(u32, u32)` \
             is a key that needs no block; where a part is text, write the key into one `String` \
             that is cleared, look up by `&str`, and copy it only where it is new",
            made.text,
            made.lines()
        ),
        share: saving.share,
        saving,
    })
}

/// The text that is made in a look-up, or bound to a variable where look-ups are all that is done.
fn key(body: &Body) -> Option<&Made> {
    if !body.calls(&LOOK_UPS) || !body.calls(&["insert", "entry"]) {
        return None;
    }
    let made = body.first(&[Makes::Text])?;
    // Other values made as often may be the ones.
    let others = body.made.iter().filter(|other| other.makes != Makes::Text);
    let few = others.clone().all(|other| other.repeated <= made.repeated && is_key(other, made));
    few.then_some(made)
}

/// Whether another expression is the same key again, or makes nothing at first.
fn is_key(other: &Made, key: &Made) -> bool {
    let copies = key.name.as_deref().is_some_and(|name| other.text.starts_with(name));
    copies || matches!(other.makes, Makes::Empty | Makes::Sized)
}
