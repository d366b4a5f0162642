//! Where readings come from: the [`Source`] trait, what it tells, and the sources of memopt.
//!
//! Each source has a file, with its metrics and what they mean. [`standard`] is all of them. Files
//! of the system are read below a [`Root`], which tests replace by a made-up machine.

pub mod allocator;
pub mod cgroup;
mod groups;
pub mod heap;
pub mod host;
pub mod pressure;
pub mod process;
pub mod reclaimable;
mod root;
mod standard;
pub mod tasks;
#[cfg(test)]
mod tests;
#[cfg(feature = "tokio")]
pub mod tokio;

pub use self::allocator::set_allocator_figures;
pub use self::root::Root;
pub use self::standard::{Most, standard};

use crate::clock::Stamp;
use crate::metric::Metric;
use crate::series::Key;
use std::fmt::Debug;

/// What all sources told at one moment.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// The moment.
    pub at: Stamp,
    readings: Vec<(Key, f64)>,
    absent: Vec<Absent>,
}

/// A source, or a part of one, that told nothing, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Absent {
    /// The source.
    pub source: &'static str,
    /// What the system said.
    pub reason: String,
}

impl Frame {
    /// A frame of this moment, without readings.
    pub fn new(at: Stamp) -> Self {
        Self { at, ..Self::default() }
    }

    /// Adds a reading. A value that is no number is left out.
    pub fn add(&mut self, key: Key, value: f64) {
        if value.is_finite() {
            self.readings.push((key, value));
        }
    }

    /// Notes that something could not be read. It is absent then, and not zero.
    pub fn lacks(&mut self, source: &'static str, reason: impl Into<String>) {
        self.absent.push(Absent { source, reason: reason.into() });
    }

    /// Adds what a system told, or notes that it did not.
    fn add_told(&mut self, metric: &Metric, value: Option<f64>) {
        match value {
            Some(value) => self.add(Key::new(metric.name), value),
            None => self.lacks(metric.name, "this system does not tell it"),
        }
    }

    /// The readings, in the order in which they came.
    pub fn readings(&self) -> &[(Key, f64)] {
        &self.readings
    }

    /// The reading of this series.
    pub fn get(&self, key: &Key) -> Option<f64> {
        self.readings.iter().find(|(one, _)| one == key).map(|(_, value)| *value)
    }

    /// What could not be read.
    pub fn absent(&self) -> &[Absent] {
        &self.absent
    }
}

/// Something that can be read once in every interval. A program may add its own.
///
/// A source is called on the monitor's thread. It must not wait for the observed program.
pub trait Source: Debug + Send {
    /// Its name, for messages: `process`, `cgroup`.
    fn name(&self) -> &'static str;

    /// All metrics that it may tell.
    fn metrics(&self) -> &'static [Metric];

    /// Adds its readings of this moment to the frame.
    fn read(&mut self, frame: &mut Frame);
}
