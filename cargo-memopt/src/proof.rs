//! Edits, proven before they are kept: each is made in a copy of the workspace, built, tested, and
//! run by turns with the program as it was.
//!
//! Rooms: `tree` (the copy), `splice` (places of a text that are replaced), `rewrite` (plain Rust
//! that a finding's function could be written with), `package` (the crates that it may name),
//! `edits` (what is proposed), `group` (a command with all that it starts), `trial` (runs by turns,
//! and what they say), `instructions` (of a run, by valgrind), `patch` (what is kept, as one
//! patch).

pub(crate) mod edits;
pub(crate) mod group;
pub(crate) mod instructions;
pub(crate) mod package;
pub(crate) mod patch;
mod rewrite;
mod splice;
pub(crate) mod tree;
pub(crate) mod trial;
