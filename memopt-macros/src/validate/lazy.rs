//! What `#[memopt::lazy_load]` may stand on: a struct with `#[lazy(..)]` fields, or a function
//! whose arguments can be keys.

mod fields;
mod func;

use syn::Error;

use crate::model::Item;

pub(crate) use fields::{LazyField, LazyStruct, lazy_struct};
pub(crate) use func::{LazyFunc, Param, lazy_func};

/// An impl, trait or mod.
pub(crate) fn not_lazy(item: &Item) -> Error {
    let (what, span) = item.described();
    let message = format!(
        "`#[memopt::lazy_load]` goes on a struct or a function, not on {what}; put it on the fn \
        inside"
    );
    Error::new(span, message)
}
