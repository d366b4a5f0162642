//! From a validated item to tokens: `quote!`, and no decisions about right and wrong.
//!
//! What is written names only `::memopt::__private::…`, with the standard library's `core` inside,
//! and locals that begin with `__memopt_`. Statements are put in front of the user's own instead of
//! nesting their block, which rustc would call superfluous braces.

mod edge;
mod func;
mod in_place;
mod lazy;
mod main;
mod mem_size;
mod mode;
mod pooled;
mod presize;
mod site;
mod streamed;
mod tail;
mod test;
mod whole;

pub(crate) use lazy::{lazy_fields, lazy_func};
pub(crate) use main::{main, main_off};
pub(crate) use mem_size::mem_size;
pub(crate) use mode::Mode;
pub(crate) use pooled::{pooled_function, pooled_object};
pub(crate) use presize::{no_presize, presize};
pub(crate) use streamed::streamed;
pub(crate) use test::test;
pub(crate) use whole::whole;
