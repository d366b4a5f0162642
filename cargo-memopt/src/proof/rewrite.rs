//! Plain Rust that a finding's function could be written with: read by `syn`, told as places of the
//! text as it is.
//!
//! What stands here is a guess from the syntax. It need not compile, nor be faster: the proof
//! decides. It must mean the same on every input, while the proof sees one: where the syntax leaves
//! a doubt, there is no rewrite. To add one: a file with a function from a `Place` to rewrites, and
//! a line in `RULES`.

mod boxed;
mod buffer;
mod compared;
mod declared;
mod grow;
mod inline;
mod key;
mod known;
mod look_up;
mod place;
mod pooled;
mod repeated;
mod text;
mod variant;

pub(crate) use self::place::{Crates, Sizes};

use self::place::{Place, Rewrite, function_at, is_bare};
use memopt_report::{Finding, Remedy};

/// A remedy, and the rule that writes a function so.
type Rule = (Remedy, fn(&Place<'_>) -> Vec<Rewrite>);

/// All kinds; what saves most where it fits stands first.
const RULES: [Rule; 11] = [
    (Remedy::Reuse, buffer::rewrites),
    (Remedy::Reuse, text::rewrites),
    (Remedy::Hoist, repeated::rewrites),
    (Remedy::Borrow, key::rewrites),
    (Remedy::Borrow, compared::rewrites),
    (Remedy::Borrow, look_up::rewrites),
    (Remedy::Inline, inline::rewrites),
    (Remedy::PreSize, grow::rewrites),
    (Remedy::Boxed, variant::rewrites),
    (Remedy::Shrink, boxed::rewrites),
    (Remedy::Pool, pooled::rewrites),
];

/// The rewrites of the function that a finding is about, in the text of its file. `sizes`
/// are those of its blocks.
pub(crate) fn of(
    text: &str,
    finding: &Finding,
    sizes: Sizes,
    crates: Crates,
) -> Vec<(Remedy, Rewrite)> {
    // Spans of earlier files are let go.
    proc_macro2::extra::invalidate_current_thread_spans();
    let body = crate::instrument::source::parsed_part(text);
    let shift = text.len() - body.len();
    let Ok(file) = syn::parse_str::<syn::File>(body) else { return Vec::new() };
    let line = (finding.line as usize).saturating_sub(text[..shift].matches('\n').count());
    let Some(function) = function_at(&file, line) else { return Vec::new() };
    let place = Place { finding, sizes, crates, text, file: &file, function, shift };
    let all =
        RULES.iter().flat_map(|(remedy, rule)| rule(&place).into_iter().map(|one| (*remedy, one)));
    // A comment or an attribute of the user's is not replaced.
    all.filter(|(_, one)| one.iter().all(|splice| is_bare(&splice.before))).collect()
}

#[cfg(test)]
mod tests;
