//! Alerts: rules over series and verdicts, their states, and who is told.
//!
//! [`Alerts`] is a state machine without clock, thread or input of its own: `evaluate` is given the
//! time and the [`Inputs`], and says what changed. A restart, a replay and a test go the same way.

pub(crate) mod condition;
mod defaults;
mod explain;
mod group;
mod inputs;
mod instance;
mod machine;
mod model;
mod quiet;
mod replay;
mod rules;
mod saved;
pub mod sink;
pub(crate) mod timeline;
mod turn;

pub use self::defaults::default_rules;
pub use self::explain::Explanation;
pub use self::group::{Notification, Reason};
pub use self::inputs::{Inputs, Limit, Unknown, Verdict};
pub use self::machine::Alerts;
pub use self::model::{Alert, Change, RuleStatus, State};
pub use self::quiet::{Quiet, Silence};
pub use self::replay::{Replay, replay};
pub use crate::saved::StateError;

#[cfg(test)]
mod tests;
