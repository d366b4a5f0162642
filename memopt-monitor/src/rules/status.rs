//! What a rule is doing.

use super::explain::Inaction;
use crate::clock::Stamp;
use crate::config::Mode;

/// What a rule is doing, and why it does not act.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct CollectionStatus {
    /// The rule.
    pub name: String,
    /// Whether it acts.
    pub mode: Mode,
    /// When it was evaluated last.
    pub evaluated: Option<Stamp>,
    /// Why it does not act, or what it is doing.
    pub inaction: Inaction,
    /// Runs in the window of its limit.
    pub runs: u32,
    /// Its limit.
    pub limit: u32,
}
