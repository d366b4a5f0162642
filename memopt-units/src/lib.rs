//! Sizes and durations as memopt reads them in attributes, in environment variables and in
//! configuration, and the name that a misspelt one was probably meant to be. Beside them stands
//! what attributes and the command know of the methods of std, and the list of reports that the
//! environment and an attribute ask for.
//!
//! A quantity is a number and a unit, with or without a space between them. The number may have a
//! fraction and underscores: `64 KiB`, `64k`, `1.5 MB`, `1_000_000`.
//!
//! | size | unit |
//! |---|---|
//! | bytes | `B`, or no unit |
//! | powers of 1024 | `KiB` `MiB` `GiB` `TiB`, also `Ki` `Mi` `Gi` `Ti` and `k` `m` `g` `t` |
//! | powers of 1000 | `kB` `MB` `GB` `TB` |
//!
//! | duration | unit |
//! |---|---|
//! | parts of a second | `ns`, `us` or `µs`, `ms` |
//! | seconds | `s` or `sec` |
//! | minutes | `min` or `m` |
//! | hours and days | `h`, `d` |
//!
//! Upper and lower case are the same, except where they mean different things: `Kb`, `Mb`, `Gb` and
//! `Tb` are bits elsewhere, and `M` is a month. A fraction is rounded down to whole bytes or
//! nanoseconds.
//!
//! # Examples
//!
//! ```
//! use memopt_units::{nearest, parse_duration, parse_size};
//! use std::time::Duration;
//!
//! assert_eq!(parse_size("64 KiB")?, 65_536);
//! assert_eq!(parse_size("1.5 MB")?, 1_500_000);
//! assert_eq!(parse_duration("250 ms")?, Duration::from_millis(250));
//! assert_eq!(nearest("bugdet", ["name", "budget"]), Some("budget"));
//!
//! let error = parse_size("4 KiBi").unwrap_err();
//! assert!(error.to_string().ends_with("did you mean `KiB`?"));
//! # Ok::<(), memopt_units::ParseError>(())
//! ```

#![forbid(unsafe_code)]

mod duration;
mod error;
mod methods;
mod near;
mod quantity;
mod reports;
mod size;

pub use duration::parse_duration;
pub use error::ParseError;
#[doc(hidden)]
pub use methods::{allocates_nothing, macro_allocates_nothing, mostly_allocates};
pub use near::{did_you_mean, distance, nearest};
#[doc(hidden)]
pub use reports::{HEAP_ENDINGS, ReportForm, asked_reports, check_braces, heap_ending};
pub use size::{format_size, parse_size};
