//! Instrumenting without touching a file: what this command does where cargo calls it instead of
//! `rustc`.
//!
//! Rooms, bottom to top: `source` (what of a file can be annotated), `reach`
//! (which functions reach an allocation), `choice` (what of it is),
//! `settings` (what the command tells the compiler's wrapper), `outcome` (what the wrapper tells
//! the command), `mirror` (the copy of a package), `call` (one call of rustc), `blame` (which
//! functions rustc's errors mean), `compile` (the calls and what is tried after a failure).

mod blame;
mod call;
pub(crate) mod choice;
pub(crate) mod compile;
pub(crate) mod mirror;
pub(crate) mod outcome;
mod reach;
pub(crate) mod settings;
pub(crate) mod source;
