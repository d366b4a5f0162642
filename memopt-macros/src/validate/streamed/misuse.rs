//! The messages for uses of the output that cannot be streamed: what the use does, and what to do
//! instead.

use proc_macro2::{Delimiter, TokenTree};

use super::place::Place;
use crate::tokens::{is, is_group, word};

pub(super) const AWAIT: &str = "`await` in a function that is not async; make it an `async fn`, \
    which \
    is streamed as a `Stream`";

const LOOK: &str = "keep the item you need in a variable of your own";
const WORK: &str = "work on each item before it is pushed, or let the caller do it";

/// The output `out` at `tokens[i]`, with `method` called on it, or "".
pub(super) fn describe(
    tokens: &[TokenTree],
    i: usize,
    out: &str,
    method: &str,
    place: Place,
) -> String {
    let previous = i.checked_sub(1).map_or_else(String::new, |at| word(tokens, at));
    let lent =
        i > 0 && is(tokens, i - 1, '&') || previous == "mut" && i > 1 && is(tokens, i - 2, '&');
    if !lent && ["let", "for", "ref", "mut"].contains(&previous.as_str()) {
        return bound_again(out);
    }
    let calls = format!("calls `{out}.{method}(..)`");
    match method {
        "len" | "is_empty" | "capacity" => {
            return reads(&calls, "count the items in a variable of your own");
        }
        "iter" | "iter_mut" | "into_iter" | "drain" | "chunks" | "windows" => {
            return reads(&calls, WORK);
        }
        "first" | "last" | "get" | "contains" | "last_mut" | "first_mut" | "get_mut" => {
            return reads(&calls, LOOK);
        }
        _ if method.starts_with("sort") || method.starts_with("dedup") || method == "reverse" => {
            return reads(
                &calls,
                "let the caller collect the items first, or remove the attribute",
            );
        }
        _ => {}
    }
    if place == Place::Closure {
        return format!(
            "`{out}` is used in a closure, and a function can only stop in its own body; write a \
            `for` \
            loop around `{out}.push(..)`, or `{out}.extend(..)` the iterator"
        );
    }
    if place == Place::Async {
        return format!(
            "`{out}` is used in an async block; push in the body of the function, behind the \
            `.await`"
        );
    }
    if !method.is_empty() {
        return format!(
            "`{out}.{method}(..)` needs items that are given out already; only `push`, `extend`, \
            `append` and `extend_from_slice` can be streamed: decide before an item is pushed, or \
            remove the attribute"
        );
    }
    if is_group(tokens, i + 1, Delimiter::Bracket) {
        return reads(&format!("indexes `{out}`"), LOOK);
    }
    if lent && word(tokens, i.saturating_sub(2)) == "in" || previous == "in" {
        return reads(&format!("iterates over `{out}`"), WORK);
    }
    if lent {
        let remedy = "return the items from there and `extend` with them, or let the caller do it";
        return reads(&format!("lends `{out}` to something else"), remedy);
    }
    format!(
        "`{out}` is moved into something else than the return value; return `{out}` alone, and let \
        the \
        caller put its items where they belong"
    )
}

pub(super) fn bound_again(out: &str) -> String {
    format!("`{out}` is bound a second time; give one of them another name")
}

pub(super) fn empty_vector_instead(out: &str, fallible: bool) -> String {
    let remedy = if fallible { format!("`Ok({out})` or an `Err`") } else { format!("`{out}`") };
    format!(
        "an empty vector is returned in place of `{out}`, whose items are given out already; \
        return \
        {remedy}"
    )
}

/// Whether a format string names `out`.
pub(super) fn formats(text: &str, out: &str) -> bool {
    text.contains(&format!("{{{out}}}")) || text.contains(&format!("{{{out}:"))
}

pub(super) fn formatted(out: &str) -> String {
    reads(&format!("formats `{out}`"), "print each item before it is pushed")
}

/// A use of items that are given out already.
fn reads(what: &str, remedy: &str) -> String {
    format!("this {what}, but a streamed function keeps no items; {remedy}")
}
