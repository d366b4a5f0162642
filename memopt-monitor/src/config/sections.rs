//! What can be set: a file a table.

pub(super) mod alerts;
pub(super) mod collect;
pub(super) mod judge;
pub(super) mod keep;
pub(super) mod rules;
pub(super) mod server;
