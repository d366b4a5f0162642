//! The view of a running program in the terminal.
//!
//! `data` is what the server tells, `state` what is shown and what keys do, `view` draws it, `feed`
//! asks the server from a thread of its own. `state` and `view` know no terminal and no server, so
//! tests draw them into memory.

pub(crate) mod data;
pub(crate) mod feed;
pub(crate) mod state;
pub(crate) mod view;

#[cfg(test)]
mod tests;
