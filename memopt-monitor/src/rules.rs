//! Collection rules: what the monitor does by itself, when, and how often at most.
//!
//! A rule has filters, a trigger that must hold for a while, actions in an order, and limits.
//! [`Rules`] is a state machine without clock and thread: it is given the time, what is known, and
//! an [`Executor`] that does the work. Whatever ends a rule, a time-out or a restart, its counters
//! stay.

pub mod bundle;
mod effect;
mod explain;
mod limits;
mod machine;
mod memory;
mod model;
mod moment;
mod order;
mod run;
mod saved;
mod status;

pub use self::effect::{Effect, Verdict};
pub use self::explain::Inaction;
pub use self::machine::Rules;
pub use self::model::{ActionRecord, Ending, Proposal, RuleEvent, RunRecord};
pub use self::moment::Moment;
pub use self::order::{Executor, Order, Outcome, Progress};
pub use self::status::CollectionStatus;
pub use crate::saved::StateError;

#[cfg(test)]
mod tests;
