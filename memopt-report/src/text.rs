//! Reports as text for people.
//!
//! `grid` lays out rows, `names` tells sites apart, `sites` is the table of a report with `frame`
//! around it and `actions` and `reclaimable` below; `tree`, `heap` and `concurrency` are the other
//! texts.

mod actions;
pub(crate) mod concurrency;
mod frame;
pub(crate) mod grid;
mod heap;
pub(crate) mod names;
mod reclaimable;
mod sites;
mod tree;

pub use self::heap::HeapTable;
pub use self::sites::{SortBy, TextTable};
pub use self::tree::TreeText;
