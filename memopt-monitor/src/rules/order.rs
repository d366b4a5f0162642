//! What is to be done, and who does it.

use crate::clock::Stamp;
use crate::config::{ActionKind, Labels, references};
use std::collections::BTreeMap;

/// One action that is to be taken.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Order {
    /// A number that no other order has.
    pub id: u64,
    /// The rule.
    pub rule: String,
    /// What is to be done.
    pub action: ActionKind,
    /// Its arguments, with the outputs of earlier actions put in.
    pub with: Labels,
    /// Why the rule acts, in one sentence.
    pub why: String,
}

/// What an action brought.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Outcome {
    /// What later actions may use: `path`.
    pub outputs: Labels,
    /// Bytes that were written to disk.
    pub bytes: u64,
    /// What the executor needs to take the action back; none where there is nothing to take back.
    pub undo: Option<String>,
}

/// How far an action is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Progress {
    /// It is not over.
    Running,
    /// It is over.
    Done(Outcome),
    /// It did not work, and why.
    Failed(String),
}

/// Takes actions. It is called on the monitor's thread, so no call may wait: long work runs
/// elsewhere, and its state is polled.
pub trait Executor {
    /// Begins an action.
    fn begin(&mut self, order: &Order) -> Progress;

    /// How far the action of this order is.
    fn poll(&mut self, order: u64) -> Progress;

    /// Gives up the action of this order. Whatever it brings later is thrown away.
    fn cancel(&mut self, order: u64);

    /// Takes an action back.
    ///
    /// # Errors
    ///
    /// Why it could not be.
    fn undo(&mut self, token: &str) -> Result<(), String>;

    /// The time of this moment. Work is measured by it; none takes time where nobody tells it.
    fn now(&self) -> Option<Stamp> {
        None
    }
}

/// Puts the outputs of earlier actions into the arguments of one.
pub(super) fn expand(with: &Labels, outputs: &BTreeMap<String, Labels>) -> Result<Labels, String> {
    let one = |(name, text): (&String, &String)| {
        let mut expanded = text.clone();
        for (action, output) in references(text) {
            let value = outputs.get(action).and_then(|outputs| outputs.get(output));
            let value = value.ok_or_else(|| format!("the action `{action}` gave no `{output}`"))?;
            expanded = expanded.replace(&format!("${{{action}.{output}}}"), value);
        }
        Ok((name.clone(), expanded))
    };
    with.iter().map(one).collect()
}
