//! What a cache and a singleton are told alike: a name, how values are weighed, how long they may
//! be idle.

use super::Name;
use super::idle::{self, Idle};
use crate::remedy::reclaimable::Reclaimable;
use crate::remedy::registry;
use crate::report::{ReclaimableReport, Remedy};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

/// The options of something that loads values of type `V`, and whether it is listed.
pub(super) struct Options<V> {
    name: Name,
    weigh: fn(&V) -> usize,
    /// Milliseconds; 0 for no limit.
    idle: u64,
    listed: AtomicBool,
}

impl<V> Options<V> {
    pub(super) const fn new(name: Name, weigh: fn(&V) -> usize) -> Self {
        Self { name, weigh, idle: 0, listed: AtomicBool::new(false) }
    }

    /// Sets how long a value may be idle.
    pub(super) const fn set_idle(&mut self, time: Duration) {
        self.idle = time.as_millis() as u64;
    }

    /// Whether values may be idle for a time only.
    pub(super) const fn is_timed(&self) -> bool {
        self.idle > 0
    }

    /// Whether a value that was last used at a time has been idle for too long.
    pub(super) fn is_over(&self, used: u64, now: u64) -> bool {
        self.is_timed() && now.saturating_sub(used) >= self.idle
    }

    /// Bytes a value holds.
    pub(super) fn weigh(&self, value: &V) -> usize {
        (self.weigh)(value)
    }

    /// Lists `owner`, whose options these are, for reports, reclaim and idle times: once.
    pub(super) fn list<T: Idle + Reclaimable>(&self, owner: &'static T) {
        if !self.listed.swap(true, Relaxed) {
            registry::register(owner);
            if self.is_timed() {
                idle::enlist(owner);
            }
        }
    }

    /// The name reports show.
    pub(super) fn name(&self) -> String {
        self.name.text()
    }

    /// A report with the name alone.
    pub(super) fn report(&self) -> ReclaimableReport {
        ReclaimableReport::new(self.name(), Remedy::Lazy)
    }
}
