//! What a reader gets: the model of a report and the ways it is printed.
//!
//! Rooms: [`model`] (the data), [`stat`] (a distribution), [`tree`] (the scope tree), [`find`] (look up a
//! site), [`text`], [`json`], [`csv`], [`diff`]. Nothing here reads a counter: `record::merge` builds a
//! [`Report`] and hands it over.

mod find;
mod model;
mod stat;
mod tree;

pub use self::find::SiteError;
pub use self::model::{
    BudgetReport, CallTime, CapacityUse, Report, SiteKind, SiteReport, SizeClass, Status, Totals,
};
pub use self::stat::Stat;
pub use self::tree::{Tree, TreeNode};
