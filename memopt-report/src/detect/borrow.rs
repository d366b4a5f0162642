//! Copies made to compare, to look up or to pass on: look at what is there.

use super::evidence::Evidence;
use super::limits;
use super::reuse::{self, Short, short_lived};
use super::rule::{Claim, Rule, Waste};
use super::source::body::{Body, Made, Makes};
use super::subject::Subject;
use crate::label::{clean, shorten};
use crate::model::reclaimable::Remedy;
use crate::units;

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
    // All copies go, also those in use at once.
    let held = if by_caller { 0 } else { held.min(1) };
    let saving = reuse::saving(subject, part, held)?;
    Some(Claim {
        title: title(subject, made, part.blocks, by_caller),
        label: format!("{} of {}", units::counted(part.blocks, "value"), units::bytes(part.mean())),
        evidence: vec![
            reuse::where_from(subject, part, by_caller),
            made.evidence(),
            Evidence::WouldSave { remedy: Remedy::Borrow, saving },
        ],
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
    // Other expressions of a known size, where as often, may be the ones.
    let others = [Makes::Text, Makes::Sized, Makes::List, Makes::Boxed, Makes::Shared];
    let as_often = body.first(&others).is_some_and(|other| other.repeated >= made.repeated);
    (!as_often).then_some(made)
}

fn help(made: &Made, by_caller: bool, body: &Body) -> String {
    let line = made.line;
    if made.makes == Makes::Case && by_caller {
        return format!(
            "hand the values on one at a time in place of `{}` (line {line}), each converted into \
             one buffer that is cleared (`push_str`, then `make_ascii_lowercase`); where they are \
             only compared, `eq_ignore_ascii_case` needs no copy",
            made.text
        );
    }
    if made.makes == Makes::Case {
        return format!(
            "compare in place of `{}` (line {line}): `eq_ignore_ascii_case` for ASCII, or \
             `a.chars().flat_map(char::to_lowercase).cmp(..)`; where each value is compared many \
             times, convert it once and keep that",
            made.text
        );
    }
    if by_caller {
        return format!(
            "return what is there instead of `{}` (line {line}): `&str`, `&[T]`, or `Cow` where \
             some values have to be made",
            made.text
        );
    }
    let look = if body.signature.contains("Map") || made.text.contains(".clone") {
        "`get(&key)` before `entry(key)`, `&T` in place of `T`"
    } else {
        "`&str` or `&[T]`; `get(&str)` before `entry(String)`, `sort_by` in place of `sort_by_key`"
    };
    format!(
        "borrow in place of `{}` (line {line}): {look}. Where the borrow checker refuses because \
         the owner is changed meanwhile, go by index or take the value with `std::mem::take`",
        made.text
    )
}
