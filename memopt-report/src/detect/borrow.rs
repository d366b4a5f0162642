//! Copies made to compare, to look up or to pass on: look at what is there.

use super::evidence::Evidence;
use super::limits;
use super::rule::{Claim, Rule, Waste};
use super::short::{self, Short, short_lived};
use super::source::body::{Body, Made, Makes};
use super::subject::Subject;
use crate::label::{clean, shorten};
use crate::model::reclaimable::Remedy;
use crate::units::{self, ratio};

pub(super) const RULE: Rule =
    Rule { code: "memopt::borrow", waste: Waste::ShortLived, remedy: Some(Remedy::Borrow), check };

const COPIES: [Makes; 3] = [Makes::Copy, Makes::Case, Makes::Lines];

fn check(subject: &Subject<'_>) -> Option<Claim> {
    let Short { part, by_caller, held } = short_lived(subject)?;
    if part.mean() > limits::KEPT_BLOCK || subject.growth_each() > limits::COPY_GROWTH {
        return None;
    }
    let body = subject.body()?;
    let made = copy(&body)?;
    // A `String` a line of a reader cannot be borrowed from it.
    if made.makes == Makes::Lines {
        return None;
    }
    // Each expression that runs as often is taken to make as many.
    let is_copy = |one: &Made| !one.mutable && matches!(one.makes, Makes::Copy | Makes::Case);
    let (copies, others) = body.as_often(made, is_copy);
    let all = part;
    let part = part.times(ratio(copies.len() as u64, (copies.len() + others.len()) as u64));
    // All copies go, also those in use at once.
    let saving = short::saving(subject, part, if by_caller { 0 } else { held.min(1) })?;
    // Many that a call hands out are fresh memory.
    let saving = if by_caller && subject.loops_inside() {
        subject.priced_fresh(saving)
    } else {
        subject.priced_together(saving, held)
    };
    let mut evidence = short::where_from(subject, all, by_caller);
    evidence.extend(copies.iter().take(limits::EXPRESSIONS).map(|made| made.evidence()));
    evidence.extend(others.iter().take(limits::EXPRESSIONS).map(|made| made.beside()));
    evidence.push(Evidence::WouldSave { remedy: Remedy::Borrow, saving });
    Some(Claim {
        title: title(subject, made, part.blocks, by_caller),
        label: format!("{} of {}", units::counted(part.blocks, "value"), units::bytes(part.mean())),
        evidence,
        help: help(made, by_caller, &body),
        share: saving.share,
        saving,
    })
}

fn title(subject: &Subject<'_>, made: &Made, blocks: u64, by_caller: bool) -> String {
    let (name, values) = (subject.name(), units::counted(blocks, "value"));
    if made.makes == Makes::Case {
        return format!("`{name}` copies {values} in another case and drops them");
    }
    match subject.fate().caller.filter(|_| by_caller) {
        Some(caller) => {
            let caller = shorten(&clean(&subject.other(caller).name), 32);
            format!("`{name}` copies {values} that `{caller}` drops")
        }
        None => format!("`{name}` copies {values} and drops them"),
    }
}

/// The copy that makes most of the blocks, where copies do.
pub(super) fn copy(body: &Body) -> Option<&Made> {
    let made = body.first(&COPIES)?;
    // A copy that is changed has to be one.
    if made.mutable {
        return None;
    }
    // Other expressions of a known size, where as often, may be the ones.
    let others = [Makes::Text, Makes::Sized, Makes::List, Makes::Boxed, Makes::Shared];
    let as_often = body.first(&others).is_some_and(|other| other.repeated >= made.repeated);
    (!as_often).then_some(made)
}

fn help(made: &Made, by_caller: bool, body: &Body) -> String {
    let instead = format!("in place of `{}` ({})", made.text, made.lines());
    if body.calls(&["sort_by_key", "sort_unstable_by_key"]) {
        return format!(
            "`sort_by_cached_key` makes each key once, `sort_by(|a, b| ..)` compares without one, \
             {instead}"
        );
    }
    if body.calls(&["entry"]) {
        return format!(
            "look up by `get_mut(&str)` first and make the key only where it is new, {instead}; a \
             key that has to be converted goes into one buffer that is cleared"
        );
    }
    match (made.makes, by_caller) {
        (Makes::Case, true) => format!(
            "hand the values on one at a time {instead}, each converted into one buffer that is \
             cleared (`push_str`, then `make_ascii_lowercase`); where they are only compared, \
             `eq_ignore_ascii_case` needs no copy"
        ),
        (Makes::Case, false) => format!(
            "compare {instead}: `eq_ignore_ascii_case` for ASCII; where each value is compared \
             many times, convert it once and keep that"
        ),
        (_, true) => format!(
            "return what is there {instead}: `&str`, `&[T]`, or `Cow` where some values have to be \
             made"
        ),
        (_, false) => format!(
            "borrow {instead}: `&str`, `&[T]` or `&T`. Where the borrow checker refuses because \
             the owner is changed meanwhile, go by index or take the value with `std::mem::take`"
        ),
    }
}
