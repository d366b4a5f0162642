//! Numbers as few bytes: what blocks in memory and on disk are made of.
//!
//! [`bytes`] writes and reads whole numbers of any length, [`whole`] lists of them, [`column`] the
//! values of a series, [`times`] the moments of a block. Whatever they are given, readers end with
//! an error and never with a panic.

pub(super) mod bytes;
pub(super) mod column;
pub(super) mod times;
mod whole;
