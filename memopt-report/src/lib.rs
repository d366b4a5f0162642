//! The reports of memopt: what they hold, how they are printed, written and compared, what the
//! detectors say.
//!
//! Programs use this crate as `memopt::report`. A program that only reads reports (a monitor, a
//! server, a command line) depends on it alone: it counts nothing and links no allocator.
//!
//! | type | made by | is |
//! |---|---|---|
//! | [`Report`] | `memopt::report()`, `memopt::record(..)` | what each site allocated |
//! | [`HeapReport`] | `memopt::heap::snapshot()` | what is live, by site and by stack |
//! | [`Concurrency`] | `memopt::runtime::concurrency()` | the threads and tasks alive |
//! | [`Findings`] | `findings()` of a report or profile | what to change, with evidence |
//! | [`Verdicts`](leak::Verdicts) | [`leak::LeakWatch`] | what leaks or is kept without use |
//! | [`Diff`] | [`Report::diff`] | what changed between two runs |
//!
//! All of these print with `{}`; `table()` has the options. All but `Diff` are written and read as
//! JSON; the schemas are in the folder `schema/` of this crate.
//!
//! # Features
//!
//! Every method exists in every build, so a program compiles with any features. Without a feature
//! a method gives less or says what is missing:
//!
//! | feature | adds | without it |
//! |---|---|---|
//! | `json` | serde, hifijson, `histograms` | `to_json` names it, `from_json` is an error |
//! | `histograms` | hdrhistogram | quantiles are the largest value, an upper bound |
//! | `text` | comfy-table | one line stands in the place of each table |
//! | `findings` | annotate-snippets | findings print without the line of source |
//! | `pprof` | flate2 | profiles are not compressed; pprof reads both |
//! | `flamegraph` | inferno | `write_flamegraph` is an error |
//! | `schema` | schemars, `json` | the module `schema` is missing |
//!
//! For the error of `from_json`, [`Error::is_setting`] holds; that of `write_flamegraph` has the
//! kind [`Unsupported`](std::io::ErrorKind::Unsupported). Both name the feature.
//!
//! `findings`, `histograms`, `json` and `text` are on by default. Without any feature the crate
//! depends on `memopt-units` alone, which brings `strsim`.

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod csv;
mod detect;
mod diff;
#[doc(hidden)]
pub mod error;
mod export;
#[doc(hidden)]
pub mod file;
mod json;
#[doc(hidden)]
pub mod label;
mod model;
#[doc(hidden)]
pub mod rank;
#[cfg(feature = "schema")]
#[cfg_attr(docsrs, doc(cfg(feature = "schema")))]
pub mod schema;
#[cfg(test)]
pub(crate) mod tests;
mod text;
#[doc(hidden)]
pub mod units;
mod untracked;

pub use self::detect::{
    Evidence, Finding, Findings, FindingsTable, Floor, LookedAt, Quantity, Saving, Severity, leak,
};
pub use self::diff::{Change, Diff, DiffTable, Presence, Side, SiteDiff};
pub use self::error::Error;
pub use self::export::{HeapWeight, Weight};
pub use self::model::action::{Action, Effect, PerCall, Step};
pub use self::model::concurrency::{
    Concurrency, EndedThreads, RunState, TaskPoint, TaskSite, ThreadReport, Waiting,
};
pub use self::model::costs::{CostModel, CostSource};
pub use self::model::edit::Edit;
pub use self::model::estimate::Estimate;
pub use self::model::find::SiteError;
#[doc(hidden)]
pub use self::model::find::ends_on_border;
#[doc(hidden)]
pub use self::model::heap::names::set_resolve;
pub use self::model::heap::{
    CallPath, Contents, HandOff, HeapMode, HeapReport, Lifetimes, Line, LiveOfThread, Module,
    StackFrame,
};
pub use self::model::process::ProcessUse;
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
