//! The gate for CI: limits from `memopt.toml`, a baseline, and what a report breaks of them.
//!
//! `policy` is what can be limited, `profile` what holds for one run after inheritance, `read`
//! takes both from TOML, `baseline` keeps reports by name, `judge` compares, `verdict` is what came
//! of it.

pub(crate) mod baseline;
mod glob;
pub(crate) mod judge;
pub(crate) mod policy;
mod read;
pub(crate) mod verdict;
