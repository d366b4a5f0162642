//! The monitor of memopt: one background worker that collects figures of a program's memory, keeps
//! their history, judges them, raises alerts and acts by rules.
//!
//! Use it through the `memopt` crate, feature `monitor`.

// docs/architecture/monitor.md has the rooms and the way of one reading through them.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::float_cmp, reason = "tests compare what is exact"))]

pub mod advice;
pub mod alerts;
pub mod analysis;
pub mod clock;
pub mod config;
pub mod engine;
pub mod governor;
pub mod health;
pub mod history;
mod json;
pub mod metric;
mod monitor;
pub mod profiles;
pub mod program;
pub mod rules;
mod saved;
mod schedule;
pub mod series;
pub mod source;

pub use self::engine::Callback;
pub use self::monitor::{Builder, Handle, Monitor, Snapshot, StartError, start};
