//! What a reader gets: the model of a report and the ways it is printed.
//!
//! Rooms: `model` (the data), `action` (what the optimizer did) with `edit` (a change to the
//! source), `stat` (a distribution), `tree` (the scope tree), `reclaimable` (what remedies hold),
//! `concurrency` (threads and tasks alive), `heap` (blocks by site and stack) and `estimate` (how
//! sure its figures are), `find` (look up a site), `text`, `tree_text`, `json`, `csv`, `diff`;
//! `units` and `label` say how numbers and names look. Nothing here reads a counter:
//! `record::merge` builds a [`Report`] and hands it over.

#![forbid(unsafe_code)]

mod csv;
mod detect;
mod diff;
#[doc(hidden)]
pub mod error;
mod export;
#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod invariants;
mod json;
#[doc(hidden)]
pub mod label;
mod model;
#[cfg(feature = "schema")]
#[cfg_attr(docsrs, doc(cfg(feature = "schema")))]
pub mod schema;
mod text;
#[doc(hidden)]
pub mod units;
mod untracked;

pub use self::detect::{Evidence, Finding, Findings, FindingsTable, Saving, Severity, leak};
pub use self::diff::{Change, Diff, DiffTable, Presence, Side, SiteDiff};
pub use self::error::Error;
pub use self::export::{HeapWeight, Weight};
pub use self::model::action::{Action, Effect, PerCall, Step};
pub use self::model::concurrency::{
    Concurrency, EndedThreads, RunState, TaskPoint, TaskSite, ThreadReport, Waiting,
};
pub use self::model::edit::Edit;
pub use self::model::estimate::Estimate;
pub use self::model::find::SiteError;
#[doc(hidden)]
pub use self::model::find::ends_on_border;
pub use self::model::heap::{
    CallPath, Contents, HandOff, HeapMode, HeapReport, Lifetimes, Line, LiveOfThread, Module,
    StackFrame,
};
pub use self::model::reclaimable::{ReclaimableReport, Remedy};
pub use self::model::report::Report;
pub use self::model::site::{BudgetReport, CallTime, CapacityUse, SiteKind, SiteReport, SizeClass};
pub use self::model::site_id::SiteId;
pub use self::model::stat::Stat;
pub use self::model::status::Status;
pub use self::model::totals::Totals;
pub use self::model::tree::{Tree, TreeNode};
pub use self::text::{HeapTable, SortBy, TextTable, TreeText};
#[doc(hidden)]
pub use self::untracked::{set_untracked, untracked};
