//! The allocator's own view: what it got from the system, and how much of it is in use.

use super::{Frame, Source};
use crate::clock::Stamp;
use crate::metric::{Metric, Unit};
use crate::series::Key;
use memopt_report::{CostModel, Totals};
use memopt_runtime::__private::{SystemAllocator, cost_model, system_allocator};
use memopt_runtime::totals;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Bytes in use.
pub const ALLOCATED: Metric = Metric::gauge(
    "allocator.allocated",
    Unit::Bytes,
    "Bytes of blocks in use as the allocator sees them: rounded up, its own use included.",
);
/// Bytes of pages in use.
pub const ACTIVE: Metric = Metric::gauge(
    "allocator.active",
    Unit::Bytes,
    "Bytes of pages that hold at least one block in use.",
);
/// Bytes in main memory.
pub const RESIDENT: Metric = Metric::gauge(
    "allocator.resident",
    Unit::Bytes,
    "Bytes of the allocator's pages that are in main memory.",
);
/// Bytes kept for later.
pub const RETAINED: Metric = Metric::gauge(
    "allocator.retained",
    Unit::Bytes,
    "Free bytes that the allocator keeps and has not given back to the system.",
);
/// Bytes of address space.
pub const MAPPED: Metric =
    Metric::gauge("allocator.mapped", Unit::Bytes, "Bytes that the allocator got from the system.");
/// Share that is not in use.
pub const FRAGMENTATION: Metric = Metric::gauge(
    "allocator.fragmentation",
    Unit::Ratio,
    "Share of what the allocator holds (resident, else active, else mapped) that no block in use \
     takes.",
);
/// CPU time of the allocator.
pub const CPU: Metric = Metric::counter(
    "allocator.cpu",
    Unit::Seconds,
    "CPU time of the allocator, estimated: blocks times the measured cost of an allocation and \
     its free, and bytes moved by realloc. Pages touched first are not in it.",
);

const METRICS: &[Metric] = &[ALLOCATED, ACTIVE, RESIDENT, RETAINED, MAPPED, FRAGMENTATION, CPU];

/// An allocator's own figures; `None` for those that it does not report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Bytes of blocks in use.
    pub allocated: Option<u64>,
    /// Bytes of pages that hold a block in use.
    pub active: Option<u64>,
    /// Bytes in main memory.
    pub resident: Option<u64>,
    /// Free bytes kept.
    pub retained: Option<u64>,
    /// Bytes got from the system.
    pub mapped: Option<u64>,
}

impl Figures {
    /// The share (0 to 1) of what is held that no block in use takes.
    pub fn fragmentation(&self) -> Option<f64> {
        let held = self.resident.or(self.active).or(self.mapped).filter(|bytes| *bytes > 0)?;
        Some((1.0 - self.allocated? as f64 / held as f64).max(0.0))
    }
}

type Ask = Box<dyn FnMut() -> Option<Figures> + Send>;

/// What asks the program's allocator.
static ASK: Mutex<Option<Ask>> = Mutex::new(None);

/// Says how the allocator in use is asked for its figures: by `stats.allocated`, `stats.active`,
/// `stats.resident` and `stats.retained` of jemalloc (after its `epoch` was advanced), by
/// `mi_process_info` of mimalloc. Without it, glibc's `mallinfo2` is asked, or the zones of macOS.
///
/// It is called on the monitor's thread, untracked, at most once in ten seconds.
pub fn set_allocator_figures(ask: impl FnMut() -> Option<Figures> + Send + 'static) {
    *ASK.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(ask));
}

/// Asking takes at most this part of the time, unless the pause would be too long.
const DEAREST: u32 = 10_000;

/// Asks the allocator once in a while, and less often where the answer takes long. A reading is not
/// to be stale before the next one: there is a longest pause.
#[derive(Debug, Default)]
pub struct Allocator {
    asked: Option<Stamp>,
    pause: Duration,
    slow: Duration,
    longest: Duration,
    cpu: Estimate,
}

impl Allocator {
    /// The allocator that [`set_allocator_figures`] named, else the system's.
    pub fn new(slow: Duration, longest: Duration) -> Self {
        Self { slow, longest, ..Self::default() }
    }

    /// The pause after an answer that took so long.
    fn pause_after(&self, took: Duration) -> Duration {
        (took * DEAREST).min(self.longest).max(self.slow)
    }

    fn figures(&mut self, frame: &mut Frame) {
        let is_due = |last: &Stamp| frame.at.since(last).is_none_or(|time| time >= self.pause);
        if !self.asked.as_ref().is_none_or(is_due) {
            return;
        }
        self.asked = Some(frame.at);
        let began = Instant::now();
        let figures = match ASK.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            Some(ask) => ask().ok_or("the program's allocator told nothing"),
            None => {
                system_allocator().map_or(Err("this system's allocator tells nothing"), of_system)
            }
        };
        self.pause = self.pause_after(began.elapsed());
        let figures = match figures {
            Ok(figures) => figures,
            Err(reason) => return frame.lacks("allocator", reason),
        };
        for (metric, value) in [
            (ALLOCATED, figures.allocated),
            (ACTIVE, figures.active),
            (RESIDENT, figures.resident),
            (RETAINED, figures.retained),
            (MAPPED, figures.mapped),
        ] {
            match value {
                Some(value) => frame.add(Key::new(metric.name), value as f64),
                None => frame.lacks(metric.name, "this allocator does not tell it"),
            }
        }
        match figures.fragmentation() {
            Some(share) => frame.add(Key::new(FRAGMENTATION.name), share),
            None => frame.lacks(FRAGMENTATION.name, "this allocator does not tell what it is of"),
        }
    }
}

/// The figures of the system's allocator, if the program allocates with it.
fn of_system(told: SystemAllocator) -> Result<Figures, &'static str> {
    let live = totals().map_or(0, |total| total.live_bytes().max(0) as u64);
    if told.in_use < live / 2 {
        return Err("the program has an allocator of its own: use set_allocator_figures");
    }
    Ok(Figures {
        allocated: Some(told.in_use),
        retained: Some(told.free),
        mapped: Some(told.mapped),
        ..Figures::default()
    })
}

impl Source for Allocator {
    fn name(&self) -> &'static str {
        "allocator"
    }

    fn metrics(&self) -> &'static [Metric] {
        METRICS
    }

    fn read(&mut self, frame: &mut Frame) {
        self.figures(frame);
        match totals() {
            Some(total) => frame.add(Key::new(CPU.name), self.cpu.seconds(&total, &cost_model())),
            None => frame.lacks(CPU.name, "memopt's allocator is not the global allocator"),
        }
    }
}

/// CPU time of the allocator by what it did, summed up reading by reading: the mean size changes.
#[derive(Debug, Default)]
struct Estimate {
    before: Totals,
    seconds: f64,
}

impl Estimate {
    fn seconds(&mut self, total: &Totals, costs: &CostModel) -> f64 {
        let mut since = *total;
        since.take(&self.before);
        self.before = *total;
        let grown = |count: u64| count.cast_signed().max(0) as f64;
        let (allocs, frees) = (grown(since.allocs), grown(since.frees));
        // A block and its free are a pair; what was only allocated, or only freed, is half of one.
        let mean = grown(since.bytes) / allocs.max(1.0);
        let pairs = f64::midpoint(allocs, frees) + 2.0 * grown(since.reallocs);
        let moved = grown(since.copied_bytes) / 1024.0 * costs.copied_kib_ns;
        self.seconds += (pairs * costs.pair_ns(mean as u64) + moved) / 1e9;
        self.seconds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fragmentation_is_of_what_is_held() {
        let mut figures = Figures { allocated: Some(75), mapped: Some(100), ..Default::default() };
        assert_eq!(figures.fragmentation(), Some(0.25));
        figures.resident = Some(50);
        assert_eq!(figures.fragmentation(), Some(0.0));
        assert_eq!(Figures { allocated: Some(1), ..Default::default() }.fragmentation(), None);
    }

    #[test]
    fn a_dear_answer_makes_the_pause_longer_but_not_too_long() {
        let seconds = Duration::from_secs;
        let allocator = Allocator::new(seconds(10), seconds(60));
        for (took_ms, pause) in [(0, 10), (1, 10), (3, 30), (6, 60), (50, 60)] {
            assert_eq!(allocator.pause_after(Duration::from_millis(took_ms)), seconds(pause));
        }
    }

    #[test]
    fn the_estimate_adds_up_what_was_done_since() {
        let mut estimate = Estimate::default();
        let costs = CostModel::default();
        let mut total = Totals::allocated(1_000, 64_000);
        total.frees = 1_000;
        let first = estimate.seconds(&total, &costs);
        assert!((first - costs.pair_ns(64) * 1e-6).abs() < 1e-12, "{first}");
        total.copied_bytes = 1024 * 1024;
        let second = estimate.seconds(&total, &costs);
        assert!((second - first - costs.copied_kib_ns * 1024e-9).abs() < 1e-12, "{second}");
        assert!((estimate.seconds(&total, &costs) - second).abs() < f64::EPSILON);
    }
}
