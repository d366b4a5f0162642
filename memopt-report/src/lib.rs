//! What a reader gets: the model of a report and the ways it is printed.
//!
//! Rooms: `model` (the data), `action` (what the optimizer did) with `edit` (a change to the source), `stat` (a distribution), `tree` (the scope tree), `reclaimable` (what remedies hold),
//! `concurrency` (threads and tasks alive), `heap` (blocks by site and stack) and `estimate` (how sure its figures are), `find` (look up a site), `text`, `tree_text`, `json`, `csv`, `diff`; `units` and `label` say how numbers and
//! names look. Nothing here reads a counter: `record::merge` builds a
//! [`Report`] and hands it over.

#![forbid(unsafe_code)]

mod action;
mod concurrency;
mod csv;
pub mod detect;
mod diff;
mod edit;
#[doc(hidden)]
pub mod error;
mod estimate;
pub mod export;
mod find;
#[cfg(test)]
pub(crate) mod fixture;
mod heap;
#[cfg(test)]
mod invariants;
mod json;
#[doc(hidden)]
pub mod label;
mod model;
mod reclaimable;
mod stat;
mod text;
mod tree;
mod tree_text;
#[doc(hidden)]
pub mod units;
mod untracked;

pub use self::action::{Action, Effect, PerCall, Step};
pub use self::concurrency::{
    Concurrency, EndedThreads, RunState, TaskPoint, TaskSite, ThreadReport, Waiting,
};
pub use self::detect::{Finding, Saving, Suggestion, leak, render_findings};
pub use self::diff::{Change, Diff, DiffTable, Presence, Side, SiteDiff};
pub use self::edit::Edit;
pub use self::error::Error;
pub use self::estimate::Estimate;
pub use self::export::{HeapWeight, Weight};
pub use self::find::SiteError;
#[doc(hidden)]
pub use self::find::ends_on_border;
pub use self::heap::{
    CallPath, Contents, HandOff, HeapMode, HeapReport, Lifetimes, Line, LiveOfThread, Module, StackFrame,
};
pub use self::model::{
    BudgetReport, CallTime, CapacityUse, Report, SiteKind, SiteReport, SizeClass, Status, Totals,
};
pub use self::reclaimable::{ReclaimableReport, Remedy};
pub use self::stat::Stat;
pub use self::text::{HeapTable, SortBy, TextTable};
pub use self::tree::{Tree, TreeNode};
pub use self::tree_text::TreeText;
#[doc(hidden)]
pub use self::untracked::{set_untracked, untracked};
