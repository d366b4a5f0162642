//! Attributes on an item that they are not for.

use syn::Error;

use crate::model::Item;

/// `owner` goes on functions, and `item` is not one.
pub(super) fn only_on_functions(item: &Item, owner: &str) -> Error {
    let (what, span) = item.described();
    let message = format!("`#[{owner}]` goes on a function, not on {what}; move it to a fn");
    Error::new(span, message)
}
