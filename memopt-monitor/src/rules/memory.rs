//! What survives a restart.

use super::limits::{Hour, Runs};
use super::model::{Proposal, RunRecord};
use crate::alerts::timeline::Timeline;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// What survives a restart.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Memory {
    pub(super) timeline: Timeline,
    pub(super) rules: BTreeMap<String, RuleMemory>,
    pub(super) hour: Hour,
    pub(super) proposals: Vec<Proposal>,
    pub(super) barred: Vec<Barred>,
    pub(super) last_id: u64,
    pub(super) history: VecDeque<RunRecord>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct RuleMemory {
    /// Since when its trigger holds.
    pub(super) held: Option<u64>,
    /// Whether it acted since.
    pub(super) acted: bool,
    pub(super) runs: Runs,
}

/// An action that did harm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Barred {
    pub(super) rule: String,
    pub(super) action: String,
    /// What the rule and the program were.
    pub(super) situation: String,
}

impl Memory {
    /// A number that no run, order or proposal has.
    pub(super) fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// What is known of a rule.
    pub(super) fn of(&mut self, rule: &str) -> &mut RuleMemory {
        self.rules.entry(rule.to_owned()).or_default()
    }

    /// Keeps a run that ended, and so many at most.
    pub(super) fn remember(&mut self, record: RunRecord, most: u32) {
        self.history.push_back(record);
        let surplus = self.history.len().saturating_sub(most as usize);
        self.history.drain(..surplus);
    }
}
