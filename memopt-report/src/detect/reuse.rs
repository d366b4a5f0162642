//! A buffer that is made, used and dropped over and over: keep it, clear it, fill it again.

use super::evidence::Evidence;
use super::fate::Part;
use super::inline;
use super::limits;
use super::rule::{Claim, Rule, Waste};
use super::saving::{Quantity, Saving};
use super::source::body::{Body, Made, Makes};
use super::subject::Subject;
use crate::label::{clean, shorten};
use crate::model::reclaimable::Remedy;
use crate::units;
use crate::units::ratio;

pub(super) const RULE: Rule =
    Rule { code: "memopt::reuse", waste: Waste::ShortLived, remedy: Some(Remedy::Reuse), check };

fn check(subject: &Subject<'_>) -> Option<Claim> {
    let Short { part, by_caller, held } = short_lived(subject)?;
    if held > limits::REUSE_HELD || (!by_caller && subject.fills_an_arena()) {
        return None;
    }
    let saving = saving(subject, part, held)?;
    let body = subject.body();
    // A few elements that are handed out need no block at all; a buffer that is a part of what a
    // constructor makes cannot be handed in.
    let is_part = || body.as_deref().is_some_and(Body::constructs);
    if by_caller && !subject.loops_inside() && (inline::fits(subject) || is_part()) {
        return None;
    }
    // One that is read into need not be filled before.
    let overwritten = made_filled(body.as_deref());
    let saving = if overwritten { subject.more_fills(saving, saving.bytes) } else { saving };
    // A value in a box is no buffer that is filled again.
    if body.as_deref().is_some_and(|body| body.only(&[Makes::Boxed, Makes::Shared])) {
        return None;
    }
    let made = body.as_deref().and_then(buffer);
    // Many blocks a call are not of what it makes once, where it makes boxes too.
    let boxes = body.as_deref().is_some_and(|body| body.has(&[Makes::Boxed, Makes::Shared]));
    if boxes && subject.loops_inside() && made.is_none_or(|made| !made.repeated) {
        return None;
    }
    let mut evidence = vec![where_from(subject, part, by_caller)];
    if subject.site.grows > 0 {
        evidence.push(Evidence::Grew {
            buffers: subject.site.final_capacity.count(),
            reallocs: subject.site.grows,
            copied_bytes: subject.site.own.copied_bytes,
        });
    }
    evidence.extend(made.map(Made::evidence));
    evidence.push(Evidence::WouldSave { remedy: Remedy::Reuse, saving });
    let (title, label) = title(subject, part, by_caller);
    let help = help(subject, made, by_caller);
    Some(Claim { title, label, evidence, help, share: saving.share, saving })
}

/// Whether it fills a buffer with one value, into which it then reads.
fn made_filled(body: Option<&Body>) -> bool {
    let Some(body) = body else { return false };
    let fills = |made: &Made| made.makes == Makes::Sized && made.text.starts_with("vec!");
    body.made.iter().any(fills)
        && body.calls_any(|name| OVERWRITES.iter().any(|o| name.starts_with(o)))
}

/// How methods begin that write over a buffer.
const OVERWRITES: [&str; 4] = ["read", "fill_", "recv", "pread"];

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
    let part = fate.within.and(fate.by_caller);
    if part.blocks < limits::REUSE_BLOCKS
        || ratio(part.blocks, site.own.allocs) < limits::SHORT_LIVED
    {
        return None;
    }
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
        // The peak holds what inner scopes keep, too; no more than a call makes are its own.
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
    let saving = Saving {
        allocs: again,
        bytes: again.saturating_mul(part.mean()).min(site.own.bytes),
        reallocs: of(site.grows),
        copied_bytes: of(site.own.copied_bytes),
        ..Saving::default()
    };
    let saving = saving.sharing(&[
        (subject.share_of_bytes(saving.bytes), Quantity::Bytes),
        (subject.share_of_blocks(saving.allocs), Quantity::Blocks),
        (subject.share_of_requests(saving.allocs + saving.reallocs), Quantity::Requests),
    ]);
    Some(subject.priced(saving))
}

/// Who makes them and who drops them.
pub(super) fn where_from(subject: &Subject<'_>, part: Part, by_caller: bool) -> Evidence {
    let fate = subject.fate();
    let by = if by_caller { fate.caller } else { fate.callee };
    Evidence::Dropped {
        blocks: part.blocks,
        mean_bytes: part.mean(),
        of: subject.site.own.allocs,
        by: by.map(|site| subject.other(site).name.clone()),
        caller: by_caller,
    }
}

fn title(subject: &Subject<'_>, part: Part, by_caller: bool) -> (String, String) {
    let (name, size) = (subject.name(), units::bytes(part.mean()));
    let label = format!("{} of {size}", units::counted(part.blocks, "block"));
    let title = match subject.fate().caller.filter(|_| by_caller) {
        Some(caller) => {
            let caller = shorten(&clean(&subject.other(caller).name), 32);
            format!("`{name}` makes a buffer of {size} in each call that `{caller}` drops")
        }
        None if subject.loops_inside() => {
            format!("`{name}` makes and drops a buffer of {size} over and over")
        }
        None => format!("`{name}` makes a buffer of {size} in each call and drops it"),
    };
    (title, label)
}

/// The expression that makes the buffer, as far as the source tells.
fn buffer(body: &Body) -> Option<&Made> {
    let filled = [Makes::Empty, Makes::Sized, Makes::Text, Makes::Collected, Makes::List];
    let others = [Makes::Lines, Makes::Copy, Makes::Input, Makes::Case];
    body.first(&filled).or_else(|| body.first(&others))
}

fn help(subject: &Subject<'_>, made: Option<&Made>, by_caller: bool) -> String {
    let name = made.and_then(|made| made.name.as_deref());
    let buffer = name.map_or("the buffer".to_owned(), |name| format!("`{name}`"));
    let refill = match made.map(|made| made.makes) {
        Some(Makes::Text) => "`clear()` it and `write!` into it",
        Some(Makes::Collected) => "`clear()` it and `extend` it with the iterator",
        Some(Makes::Copy) => "`clear()` it and `push_str` or `extend_from_slice`",
        _ => "`clear()` it, which keeps its memory, and fill it again",
    };
    if by_caller {
        let caller = subject.fate().caller.map(|site| clean(&subject.other(site).name));
        let caller = caller.map_or("the caller".to_owned(), |c| format!("`{}`", shorten(&c, 40)));
        return format!(
            "let {caller} make {buffer} once and pass it in (`&mut Vec<_>`, `&mut String`); {refill}"
        );
    }
    match made {
        Some(made) if made.makes == Makes::Lines => format!(
            "read with `read_line` into one `String` that is cleared, in place of `{}` (line {})",
            made.text, made.line
        ),
        Some(made) if made.makes == Makes::Text && name.is_none() => format!(
            "`write!` into the string that takes it, or into one `String` that is cleared, in \
             place of `{}` (line {})",
            made.text, made.line
        ),
        Some(made) if made.repeated && made.text.contains(".repeat(") => format!(
            "make {buffer} (line {}) once, before the loop, as long as it ever gets, and write a \
             part of it in each round: its content is always the same",
            made.line
        ),
        Some(made) if made.repeated => {
            format!("move {buffer} (line {}) out of the loop; in each round {refill}", made.line)
        }
        _ if subject.loops_inside() => {
            format!("make {buffer} once, before the loop; in each round {refill}")
        }
        _ => format!(
            "keep {buffer} between calls, as a field or an argument `&mut`; at the start {refill}; \
             where there is no owner to keep it, `#[pool] let` in a `#[memopt::pooled] fn` does"
        ),
    }
}
