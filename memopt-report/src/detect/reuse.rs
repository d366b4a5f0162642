//! A buffer that is made, used and dropped over and over: keep it, clear it, fill it again.

use super::evidence::Evidence;
use super::fate::Part;
use super::inline;
use super::limits;
use super::rule::{Claim, Rule, Waste};
use super::saving::{BY_SIZE, ZEROED};
use super::short::{self, Short, short_lived};
use super::source::body::{Body, Made, Makes};
use super::subject::Subject;
use crate::label::{clean, shorten};
use crate::model::reclaimable::Remedy;
use crate::units::{self, ratio};

pub(super) const RULE: Rule =
    Rule { code: "memopt::reuse", waste: Waste::ShortLived, remedy: Some(Remedy::Reuse), check };

fn check(subject: &Subject<'_>) -> Option<Claim> {
    let Short { part, by_caller, held } = short_lived(subject)?;
    if held > limits::REUSE_HELD || (!by_caller && subject.fills_an_arena()) {
        return None;
    }
    let body = subject.body();
    let made = body.as_deref().and_then(buffer);
    // Copies that are made as often want to be borrowed.
    let is_buffer = |one: &Made| BUFFERS.contains(&one.makes);
    let (buffers, copies) = match (body.as_deref(), made) {
        (Some(body), Some(made)) if is_buffer(made) => body.as_often(made, is_buffer),
        (_, made) => (made.into_iter().collect(), Vec::new()),
    };
    let all = part;
    let part = match buffers.len() {
        0 => part,
        len => part.times(ratio(len as u64, (len + copies.len()) as u64)),
    };
    let saving = short::saving(subject, part, held)?;
    // A few elements that are handed out need no block at all; a buffer that is a part of what a
    // constructor makes cannot be handed in.
    let is_part = || body.as_deref().is_some_and(Body::constructs);
    if by_caller && !subject.loops_inside() && (inline::fits(subject) || is_part()) {
        return None;
    }
    // One that is read into need not be filled before.
    let overwritten = made_filled(body.as_deref());
    let saving = if overwritten {
        let zeroed = body.as_deref().is_some_and(Body::asks_for_zeroes);
        let saving = subject.more_fills(saving, saving.bytes);
        if zeroed { subject.more_pairs(saving, ZEROED) } else { saving }
    } else if subject.site.grows == 0 && made.is_some_and(asks_by_size) {
        subject.more_pairs(saving, -BY_SIZE)
    } else {
        saving
    };
    // A value in a box is no buffer that is filled again.
    if body.as_deref().is_some_and(|body| body.only(&[Makes::Boxed, Makes::Shared])) {
        return None;
    }
    // Many blocks a call are not of what it makes once, where it makes boxes too.
    let boxes = body.as_deref().is_some_and(|body| body.has(&[Makes::Boxed, Makes::Shared]));
    if boxes && subject.loops_inside() && made.is_none_or(|made| !made.repeated) {
        return None;
    }
    let mut evidence = short::where_from(subject, all, by_caller);
    if subject.site.grows > 0 {
        evidence.push(Evidence::Grew {
            buffers: subject.site.final_capacity.count(),
            reallocs: subject.site.grows,
            copied_bytes: subject.site.own.copied_bytes,
        });
    }
    evidence.extend(buffers.iter().take(limits::EXPRESSIONS).map(|made| made.evidence()));
    evidence.extend(copies.iter().take(limits::EXPRESSIONS).map(|made| made.beside()));
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
const OVERWRITES: [&str; 6] =
    ["read", "fill_", "recv", "pread", "copy_from_slice", "clone_from_slice"];

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

/// What makes a buffer that is filled.
const BUFFERS: [Makes; 5] =
    [Makes::Empty, Makes::Sized, Makes::Text, Makes::Collected, Makes::List];

/// The expression that makes the buffer, as far as the source tells.
fn buffer(body: &Body) -> Option<&Made> {
    let others = [Makes::Lines, Makes::Copy, Makes::Input, Makes::Case];
    body.first(&BUFFERS).or_else(|| body.first(&others))
}

/// Whether the expression asks for the whole block at once, and what fills it goes on as before.
fn asks_by_size(made: &Made) -> bool {
    match made.makes {
        Makes::Sized => made.text.contains("with_capacity"),
        Makes::List | Makes::Copy => true,
        _ => false,
    }
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
            "read with `read_line` into one `String` that is cleared, in place of `{}` ({})",
            made.text,
            made.lines()
        ),
        Some(made) if made.makes == Makes::Text && name.is_none() => format!(
            "`write!` into the string that takes it, or into one `String` that is cleared, in \
             place of `{}` ({})",
            made.text,
            made.lines()
        ),
        Some(made) if made.repeated && made.text.contains(".repeat(") => format!(
            "make {buffer} ({}) once, before the loop, as long as it ever gets, and write a \
             part of it in each round: its content is always the same",
            made.lines()
        ),
        Some(made) if made.repeated && subject.loops_inside() => {
            format!("move {buffer} ({}) out of the loop; in each round {refill}", made.lines())
        }
        _ if subject.loops_inside() => {
            format!("make {buffer} once, before the loop; in each round {refill}")
        }
        // Few a call, in a loop or not: the calls make them over and over.
        _ => format!(
            "keep {buffer}{} between calls, as a field or an argument `&mut`; at the start \
             {refill}; where there is no owner to keep it, `#[pool] let` in a `#[memopt::pooled] \
             fn` does",
            made.map_or(String::new(), |made| format!(" ({})", made.lines()))
        ),
    }
}
