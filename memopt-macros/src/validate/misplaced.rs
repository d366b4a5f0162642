//! Attributes on an item that they are not for.

use syn::Error;

use crate::model::Item;

/// `owner` goes on functions, and `item` is not one.
pub(super) fn only_on_functions(item: &Item, owner: &str) -> Error {
    let (what, span) = item.described();
    let message = format!("`#[{owner}]` goes on a function, not on {what}; move it to a fn");
    Error::new(span, message)
}

/// `#[presize]` where nothing reads it: no function around it is measured.
pub(crate) const PRESIZE: &str = "`#[presize]` learns by the calls of a measured function, and \
    nothing measures this one; put `#[memopt::track_alloc]` on the function";

/// `#[presize]` in a function that an annotated impl, trait or mod leaves out.
pub(crate) const PRESIZE_SKIPPED: &str = "`#[presize]` learns by the calls of a measured \
    function, and this one is left out; remove `#[track_alloc(skip)]` or `const`, or the \
    `#[presize]`";

/// `#[presize]` in a function with an arena.
pub(crate) const PRESIZE_IN_ARENA: &str = "`#[memopt::arena]` gives blocks for nothing, so there \
    is no growth for `#[presize]` to save; remove one of the two, and write `#[track_alloc]` where \
    the `#[presize]` stays";

/// `#[pool]` where nothing reads it.
pub(crate) const POOL: &str = "`#[pool]` takes a value from a pool, and nothing makes one here; \
    put `#[memopt::pooled]` on the function around the `let`, or on the struct with the field";
