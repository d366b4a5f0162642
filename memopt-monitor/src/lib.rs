//! The monitor of memopt: one background worker that collects what a program's memory does, keeps
//! its history, judges it, raises alerts and acts by rules.
//!
//! Use it through the `memopt` crate, feature `monitor`.

// docs/architecture/monitor.md has the rooms and the way of one reading through them.
#![forbid(unsafe_code)]

pub mod alerts;
pub mod analysis;
pub mod advice;
pub mod clock;
pub mod governor;
pub mod health;
pub mod history;
pub mod config;
pub mod metric;
mod schedule;
pub mod profiles;
pub mod series;
pub mod source;
