//! History: what was read, kept in memory and, where a folder is given, in a store on disk.
//!
//! Rooms, each above those it uses: [`codec`] (numbers as few bytes), [`tier`] (raw, minutes,
//! hours), [`block`] (what is closed and encoded), [`open`] (what still grows), [`memory`] (the
//! series, and the blocks that fit), [`window`] (which part of it is asked for).
//!
//! A **block** is a run of frames: their times once, and a column of values for each series. It
//! grows in memory, is encoded when it is full, and goes to the store then.

mod block;
mod codec;
mod memory;
mod open;
mod tier;
mod window;

pub use self::memory::Held;
pub use self::tier::{Summary, Tier};
pub use self::window::Window;

use self::memory::Memory;
use crate::series::{Key, Point, Series};
use crate::source::Frame;
use memopt_report::untracked;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What of it is kept, and where.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// Bytes that history may take in memory.
    pub memory_bytes: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { memory_bytes: 8 << 20 }
    }
}

/// All series, over time. One thread appends; any thread reads, and neither waits for a disk.
#[derive(Debug)]
pub struct History {
    memory: Mutex<Memory>,
}

impl History {
    /// A history that is gone when the program is.
    pub fn in_memory(options: &Options) -> Self {
        untracked(|| Self { memory: Mutex::new(Memory::new(options.memory_bytes)) })
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends the readings of one moment.
    ///
    /// A frame that is not later than the one before, within one run, is left out: no time has
    /// passed.
    pub fn append(&self, frame: &Frame) {
        untracked(|| {
            self.memory().append(frame);
        });
    }

    /// The series that have at least one point.
    pub fn keys(&self) -> Vec<Key> {
        given(|| self.memory().keys())
    }

    /// The newest point of a series.
    pub fn latest(&self, key: &Key) -> Option<Point> {
        self.memory().latest(key)
    }

    /// The points of a series as they were read.
    pub fn series(&self, key: &Key, window: Window) -> Series {
        let points = given(|| {
            let rows = self.rows(key, window, Tier::Raw);
            rows.into_iter().map(|row| Point { at: row.at, value: row.last }).collect::<Vec<_>>()
        });
        Series::new(points)
    }

    /// The points of a series in one tier. In [`Tier::Raw`] each stands for one reading.
    pub fn summaries(&self, key: &Key, window: Window, tier: Tier) -> Vec<Summary> {
        given(|| self.rows(key, window, tier))
    }

    /// The points of a series, about `step` apart: those of the coarsest tier that is fine enough,
    /// put together. For charts, which have so many pixels.
    pub fn stepped(&self, key: &Key, window: Window, step: Duration) -> Vec<Summary> {
        given(|| tier::stepped(self.rows(key, window, Tier::for_step(step)), step))
    }

    /// What it holds, and what it had to leave out.
    pub fn held(&self) -> Held {
        self.memory().held()
    }

    fn rows(&self, key: &Key, window: Window, tier: Tier) -> Vec<Summary> {
        let pieces = self.memory().pieces(key, window, tier);
        let mut rows = Vec::new();
        for block in &pieces.blocks {
            block.rows(pieces.series, tier, &mut rows);
        }
        rows.extend_from_slice(&pieces.open);
        rows.retain(|row| pieces.cut.holds(&row.at));
        tier::merged(rows, tier)
    }
}

/// Makes a list uncounted, and gives the caller a copy that is its own.
fn given<T: Clone>(make: impl FnOnce() -> Vec<T>) -> Vec<T> {
    let list = untracked(make);
    let copy = list.clone();
    untracked(|| drop(list));
    copy
}

#[cfg(test)]
mod tests;
