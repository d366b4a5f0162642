//! Programs live in `examples/`; this is the little they share: where real input is found, and how
//! it is named and shown.
#![forbid(unsafe_code)]

pub mod cli;
pub mod files;
pub mod input;
pub mod show;
pub mod units;
