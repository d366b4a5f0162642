//! What rules did.

use super::effect::Effect;
use crate::clock::Stamp;
use crate::config::{ActionKind, Labels, Mode};
use serde::{Deserialize, Serialize};

/// One run of a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RunRecord {
    /// Its number.
    pub id: u64,
    /// The rule.
    pub rule: String,
    /// Why it acted.
    pub why: String,
    /// Whether it acted, or said what it would do.
    pub mode: Mode,
    /// When it began, ms since 1970.
    pub began_ms: i64,
    /// When it ended, ms since 1970.
    pub ended_ms: Option<i64>,
    /// How it ended.
    pub ending: Option<Ending>,
    /// The actions, in their order.
    pub actions: Vec<ActionRecord>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Ending {
    /// All actions were taken.
    Done,
    /// It said what it would do.
    DryRun,
    /// An action failed.
    Failed,
    /// An action did harm.
    Harmful,
    /// Somebody refused its proposal.
    Refused(String),
    /// Nobody answered its proposal.
    Unanswered,
    /// The program ended in the middle of it.
    Interrupted,
}

impl std::fmt::Display for Ending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Done => f.write_str("all actions were taken"),
            Self::DryRun => f.write_str("a dry run: nothing was done"),
            Self::Failed => f.write_str("an action failed"),
            Self::Harmful => f.write_str("an action did harm"),
            Self::Refused(by) => write!(f, "refused by {by}"),
            Self::Unanswered => f.write_str("nobody answered its proposal"),
            Self::Interrupted => f.write_str("the program ended in the middle of it"),
        }
    }
}

/// One action of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ActionRecord {
    /// Its name in the rule.
    pub name: String,
    /// What was done.
    pub action: ActionKind,
    /// Its arguments.
    pub with: Labels,
    /// How long it took, ms.
    pub took_ms: u64,
    /// What it gave, or why it failed; none where it was not taken.
    pub result: Option<Result<Labels, String>>,
    /// Bytes that it wrote.
    pub bytes: u64,
    /// What it changed, for actions that change the program.
    pub effect: Option<Effect>,
    /// Whether it was taken back, or why it could not be; none where it stays.
    pub taken_back: Option<Result<(), String>>,
}

/// Actions that a rule proposes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Proposal {
    /// Its number.
    pub id: u64,
    /// The rule.
    pub rule: String,
    /// Why it would act.
    pub why: String,
    /// What it would do, in this order.
    pub actions: Vec<String>,
    /// When it was made, ms since 1970.
    pub made_ms: i64,
    /// Since when it waits, on the timeline: since it was made, or since somebody agreed.
    pub(super) made: u64,
    /// Who agreed.
    pub agreed: Option<String>,
}

/// Something that a rule did, to be written down.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RuleEvent {
    /// When.
    pub at: Stamp,
    /// The rule.
    pub rule: String,
    /// The number of the run or the proposal.
    pub id: u64,
    /// What happened, in one sentence.
    pub what: String,
}
