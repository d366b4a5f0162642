//! What others may know of the monitor, as it was after the last tick.

use super::judge::Found;
use crate::alerts::sink::SinkStatus;
use crate::alerts::{Alert, Limit, RuleStatus, Unknown};
use crate::clock::Stamp;
use crate::config::Config;
use crate::governor::Cost;
use crate::health::Fault;
use crate::history::{Held, StoreState};
use crate::rules::{CollectionStatus, Proposal, RunRecord};
use crate::source::Frame;
use memopt_runtime::remedy::Pressure;
use std::sync::Arc;
use std::time::Duration;

/// The state after a tick.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Published {
    /// When the tick was.
    pub at: Stamp,
    /// When the monitor began.
    pub began: Stamp,
    /// All readings: the newest of each series that is not stale. What is dear is read seldom.
    pub frame: Frame,
    /// The memory limit in force, or why none is known.
    pub limit: Result<Limit, Unknown>,
    /// How urgently memory is needed, by the share of the limit that is in use.
    pub pressure: Pressure,
    /// What was found in the series and in the heap.
    pub found: Found,
    /// Each rule: its state, its value, why it fires or does not.
    pub rules: Vec<RuleStatus>,
    /// The alerts that are pending or fire.
    pub alerts: Vec<Alert>,
    /// Each collection rule: its state, and why it does not act.
    pub collection: Vec<CollectionStatus>,
    /// What collection rules did, the oldest first.
    pub runs: Vec<RunRecord>,
    /// What collection rules propose, for somebody to agree with.
    pub proposals: Vec<Proposal>,
    /// How the sinks fare.
    pub sinks: Vec<SinkStatus>,
    /// How the store fares.
    pub store: StoreState,
    /// The monitor's own faults.
    pub faults: Vec<Fault>,
    /// The settings in force.
    pub config: Arc<Config>,
    /// The time between two readings, as the governor has it now.
    pub interval: Duration,
    /// The age from which a reading is absent, and a pause from which on it is a gap.
    pub stale_after: Duration,
    /// What watching costs.
    pub cost: Cost,
    /// What the history holds.
    pub held: Held,
}
