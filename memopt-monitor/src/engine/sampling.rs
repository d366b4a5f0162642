//! Which blocks of the heap are sampled, and how many were.

use super::Engine;
use crate::config::HeapSampling;
use crate::governor::Counted;
use crate::metric::Metric;
use crate::program::Program;
use crate::series::Key;
use crate::source::heap;
use std::fmt;
use std::str::FromStr;

/// Which blocks are sampled, as far as the monitor asked for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Sampling {
    /// None.
    #[default]
    Off,
    /// One in so many bytes.
    Every(u64),
    /// Every block.
    Exact,
}

impl Sampling {
    /// Lets the program sample so.
    pub(super) fn begin(self, program: &dyn Program) -> Result<(), String> {
        match self {
            Self::Off => {
                program.stop_sampling();
                Ok(())
            }
            Self::Every(bytes) => program.sample(bytes),
            Self::Exact => program.follow(),
        }
    }
}

impl fmt::Display for Sampling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("off"),
            Self::Every(bytes) => bytes.fmt(f),
            Self::Exact => f.write_str("exact"),
        }
    }
}

impl FromStr for Sampling {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "off" => Ok(Self::Off),
            "exact" => Ok(Self::Exact),
            bytes => bytes.parse().map(Self::Every),
        }
    }
}

/// Blocks that were sampled or tracked until the last reading, estimated: they are not counted one
/// by one.
#[derive(Debug, Default)]
pub(super) struct Taken {
    samples: f64,
    tracked: f64,
    /// Bytes and blocks that were allocated then.
    bytes: f64,
    blocks: f64,
}

impl Taken {
    /// Adds what a reading shows: samples are as many as the bytes since the last one allow.
    fn read(&mut self, sampling: Sampling, bytes: f64, blocks: f64) {
        match sampling {
            Sampling::Off => {}
            Sampling::Every(mean) => {
                self.samples += (bytes - self.bytes).max(0.0) / mean.max(1) as f64;
            }
            Sampling::Exact => self.tracked += (blocks - self.blocks).max(0.0),
        }
        (self.bytes, self.blocks) = (bytes, blocks);
    }
}

impl Engine {
    /// Lets heap sampling be as an action, or else the settings, want it, at the governor's level,
    /// if it is not so yet.
    pub(super) fn sample(&mut self) {
        let profiling = &self.settings.config().profiling;
        let wanted = match (self.hands.sampling, profiling.heap) {
            (Some(bytes), _) => Sampling::Every(self.governor.sampling(bytes)),
            (None, HeapSampling::Sampled) => {
                Sampling::Every(self.governor.sampling(profiling.sample_every.0))
            }
            (None, HeapSampling::Exact) => Sampling::Exact,
            (None, HeapSampling::Off) => Sampling::Off,
        };
        if self.sampling != wanted {
            let outcome = wanted.begin(&*self.program);
            self.health.report("heap sampling", self.clock.now(), outcome);
            self.sampling = wanted;
        }
    }

    /// Whether blocks are sampled because this engine asked for it.
    pub(crate) fn samples(&self) -> bool {
        self.sampling != Sampling::Off
    }

    /// What is sampled from here on is somebody else's, and goes on when this engine stops.
    pub(crate) fn leave_sampling(&mut self) {
        self.sampling = Sampling::Off;
    }

    /// What the hook counted until now, by the readings.
    pub(super) fn counted(&mut self) -> Counted {
        let read = |metric: Metric| self.frame.get(&Key::new(metric.name)).unwrap_or(0.0);
        let [blocks, frees, reallocations, allocated] =
            [heap::ALLOCATED_BLOCKS, heap::FREED_BLOCKS, heap::REALLOCATIONS, heap::ALLOCATED]
                .map(read);
        let calls =
            self.frame.readings().iter().filter(|(key, _)| *key.metric == *heap::SITE_CALLS.name);
        let scopes: f64 = calls.map(|(_, calls)| calls).sum();
        self.taken.read(self.sampling, allocated, blocks);
        Counted {
            calls: (blocks + frees + reallocations) as u64,
            scopes: scopes as u64,
            samples: self.taken.samples as u64,
            tracked: self.taken.tracked as u64,
        }
    }
}
