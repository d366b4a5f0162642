//! History: what was read, kept in memory and, where a folder is given, in a store on disk.
//!
//! Rooms, each above those it uses: `codec` (numbers as few bytes), `tier` (raw, minutes,
//! hours), `window` (which part of it is asked for), `open` (what still grows), `block` (what
//! is closed and encoded), `store` (files), `memory` (the series, and the blocks that fit),
//! `export` (a window as JSON lines or CSV).
//!
//! A **block** is a run of frames: their times once, and a column of values for each series. It
//! grows in memory, is encoded when it is full, and goes to the store then.

mod block;
mod codec;
mod export;
mod memory;
mod open;
mod store;
#[cfg(test)]
mod tests;
mod tier;
mod window;

pub use self::export::Format;
pub use self::memory::Held;
pub use self::store::health::{Health, StoreState};
pub use self::tier::{Summary, Tier};
pub use self::window::Window;

use self::memory::Memory;
use self::memory::ring::Piece;
use self::store::database::Failure;
use self::store::writer::{Settings, Shared, Writer};
use crate::series::{Key, Point, Series};
use crate::source::Frame;
use memopt_report::untracked;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

/// What of it is kept, and where.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// Bytes that history may take in memory.
    pub memory_bytes: usize,
    /// The folder of the store. Without one, history ends with the program.
    pub folder: Option<PathBuf>,
    /// The name of the store's files. Programs that share a folder need different names.
    pub name: String,
    /// For how long readings, minutes and hours are stored.
    pub retention: [Duration; 3],
    /// Bytes that the store may take on disk. The oldest data are removed first, fine tiers before
    /// coarse ones.
    pub store_bytes: u64,
}

impl Default for Options {
    fn default() -> Self {
        const DAY: u64 = 86_400;
        Self {
            memory_bytes: 8 << 20,
            folder: None,
            name: "memopt".to_owned(),
            retention: [2, 30, 400].map(|days| Duration::from_secs(days * DAY)),
            store_bytes: 256 << 20,
        }
    }
}

/// All series, over time. One thread appends; any thread reads, and readers do not wait for what is
/// being written.
#[derive(Debug)]
pub struct History {
    memory: Mutex<Memory>,
    shared: Shared,
    /// What the store is to be opened with, until somebody opens it.
    unopened: Mutex<Option<Settings>>,
    writer: OnceLock<Mutex<Writer>>,
    /// The state of the store as the writer told it last.
    state: Mutex<StoreState>,
    /// What a reader found wrong with the store; the writer looks here.
    fault: Mutex<Option<Failure>>,
    run: AtomicU32,
}

impl Drop for History {
    /// It was made uncounted, and is dropped so, whoever does it last.
    fn drop(&mut self) {
        untracked(|| {
            drop((self.writer.take(), self.unopened.get_mut().map(Option::take)));
            let memory = self.memory.get_mut().unwrap_or_else(PoisonError::into_inner);
            drop(std::mem::replace(memory, Memory::new(0)));
        });
    }
}

impl History {
    /// A history that is gone when the program is.
    pub fn in_memory(options: &Options) -> Self {
        untracked(|| Self {
            memory: Mutex::new(Memory::new(options.memory_bytes)),
            shared: Shared::default(),
            unopened: Mutex::new(None),
            writer: OnceLock::new(),
            state: Mutex::default(),
            fault: Mutex::new(None),
            run: AtomicU32::new(0),
        })
    }

    /// Opens the store in the folder of the options, and goes on where an earlier run ended.
    /// Without a folder it is [`in_memory`](Self::in_memory).
    ///
    /// It never fails. Where the disk does, history is kept in memory, [`state`](Self::state) says
    /// so, and the store is tried again by itself. Where another process has the store, this one
    /// has its own file beside it.
    pub fn open(options: &Options) -> Self {
        let history = Self::unopened(options);
        history.open_store();
        history
    }

    /// The same, with the store left to [`open_store`](Self::open_store): nothing on the disk is
    /// touched before. Until then [`state`](Self::state) is [`Health::Opening`], and readers find
    /// what is in memory.
    pub fn unopened(options: &Options) -> Self {
        let Some(folder) = &options.folder else { return Self::in_memory(options) };
        let settings = Settings {
            folder: folder.clone(),
            name: options.name.clone(),
            ages: options.retention,
            bytes: options.store_bytes,
            #[cfg(test)]
            faults: None,
        };
        untracked(|| Self::with_settings(options, settings))
    }

    fn with_settings(options: &Options, settings: Settings) -> Self {
        let history = Self::in_memory(options);
        *lock(&history.state) = StoreState::opening(settings.folder.join(&settings.name));
        *lock(&history.unopened) = Some(settings);
        history
    }

    /// Opens the store, if that is still to be done; whether it was. The caller waits for the disk,
    /// which may be long where a file is checked or repaired. Readers do not.
    ///
    /// What was appended before comes after what the store has.
    pub fn open_store(&self) -> bool {
        let Some(settings) = lock(&self.unopened).take() else { return false };
        untracked(|| {
            let mut writer = Writer::new(settings, &self.memory, &self.shared);
            self.run.store(writer.run(), SeqCst);
            self.tell(&mut writer);
            // Who took the settings is the only one to come here.
            let _ = self.writer.set(Mutex::new(writer));
        });
        true
    }

    /// The number of this run, for the clock: 0 without a store or before it is open, else one more
    /// than the last.
    pub fn run(&self) -> u32 {
        self.run.load(SeqCst)
    }

    /// Whether history reaches the disk, and why not.
    pub fn state(&self) -> StoreState {
        let state = untracked(|| lock(&self.state).clone());
        let copy = state.clone();
        untracked(|| drop(state));
        copy
    }

    fn tell(&self, writer: &mut Writer) {
        if let Some(state) = writer.news() {
            *lock(&self.state) = state;
        }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        lock(&self.memory)
    }

    /// Appends the readings of one moment. It returns after a write to a file, and once in two
    /// minutes after a transaction; a process that is killed after that loses none of it.
    ///
    /// A frame that is not later than the one before, within one run, is left out: no time has
    /// passed.
    pub fn append(&self, frame: &Frame) {
        untracked(|| {
            let writer = self.writer.get().map(lock);
            let Some(appended) = self.memory().append(frame) else { return };
            let Some(mut writer) = writer else { return };
            if let Some(failure) = lock(&self.fault).take() {
                writer.fail(&failure, frame.at, &self.shared);
            }
            writer.append(frame.at, appended, &self.memory, &self.shared);
            self.tell(&mut writer);
        });
    }

    /// The series that are known, of earlier runs too.
    pub fn keys(&self) -> Vec<Key> {
        given(|| self.memory().keys())
    }

    /// The newest point of a series, of this run.
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
    /// put together. What is not kept for so long is of the next tier that is. For charts, which
    /// have so many pixels.
    pub fn stepped(&self, key: &Key, window: Window, step: Duration) -> Vec<Summary> {
        given(|| tier::stepped(self.reaching_back(key, window, Tier::for_step(step)), step))
    }

    /// Lets it take no more than so many bytes in memory, and never more than its options allow:
    /// the oldest blocks go with the next frame. Series are refused as before.
    pub fn set_room(&self, bytes: usize) {
        self.memory().set_room(bytes);
    }

    /// What it holds in memory, and what it had to leave out.
    pub fn held(&self) -> Held {
        self.memory().held()
    }

    /// What was put there by this key, in this run or an earlier one.
    pub fn get(&self, area: &str, key: &str) -> Option<Vec<u8>> {
        let found = untracked(|| self.memory().states.get(area, key).cloned())?;
        let copy = found.clone();
        untracked(|| drop(found));
        Some(copy)
    }

    /// What an earlier run put there by this key, told once, where this history opened its store
    /// since: also where this run put something of its own before.
    pub(crate) fn take_earlier(&self, area: &str, key: &str) -> Option<Vec<u8>> {
        self.memory().states.take_earlier(area, key)
    }

    /// The keys of an area that have a value.
    pub fn keys_of(&self, area: &str) -> Vec<String> {
        given(|| self.memory().states.keys(area))
    }

    /// Keeps a value for later runs, in place of the one before. It is on disk with the next frame
    /// that is appended, or after [`flush`](Self::flush). `false` where all values together would
    /// exceed 4 MiB: it is not kept then.
    pub fn put(&self, area: &str, key: &str, value: &[u8]) -> bool {
        untracked(|| {
            let mut memory = self.memory();
            let fits = memory.states.fits(area, key, value);
            if fits {
                memory.states.put(area.to_owned(), key.to_owned(), Some(value.to_vec()));
            }
            fits
        })
    }

    /// Removes a value.
    pub fn remove(&self, area: &str, key: &str) {
        untracked(|| self.memory().states.put(area.to_owned(), key.to_owned(), None));
    }

    /// Writes the values that were put or removed since the last frame. It returns after a write to
    /// a file.
    pub fn flush(&self) {
        untracked(|| {
            let Some(mut writer) = self.writer.get().map(lock) else { return };
            writer.flush(&self.memory, &self.shared);
            self.tell(&mut writer);
        });
    }

    /// The points of a tier, and before the first of them those of coarser ones.
    fn reaching_back(&self, key: &Key, window: Window, tier: Tier) -> Vec<Summary> {
        let mut rows = self.rows(key, window, tier);
        let cut = window.cut(self.memory().newest().unwrap_or_default());
        for coarser in Tier::ALL.into_iter().filter(|one| *one > tier) {
            let first = rows.first().map(|row| row.at);
            let step = coarser.step().unwrap_or_default();
            if first.is_some_and(|first| cut.begins_with(&first, step)) {
                break;
            }
            let older = self.rows(key, window, coarser).into_iter();
            rows.splice(..0, older.filter(|row| first.is_none_or(|first| row.at < first)));
        }
        rows
    }

    fn rows(&self, key: &Key, window: Window, tier: Tier) -> Vec<Summary> {
        let pieces = self.memory().pieces(key, window, tier);
        let on_disk = |piece: &Piece| match piece {
            Piece::OnDisk(number) => Some(*number),
            Piece::Held(_) => None,
        };
        let numbers: Vec<u64> = pieces.closed.iter().filter_map(on_disk).collect();
        let mut read = self.read(tier, pieces.series, &numbers).into_iter().peekable();
        let mut rows = Vec::new();
        for piece in pieces.closed {
            let done = match piece {
                Piece::Held(block) => block.rows(pieces.series, tier, &mut rows),
                Piece::OnDisk(number) => match read.next_if(|(it, _)| *it == number) {
                    Some((_, block)) => block.rows(pieces.series, tier, &mut rows),
                    None => Ok(()),
                },
            };
            if let Err(damaged) = done {
                *lock(&self.fault) = Some(damaged.into());
            }
        }
        rows.extend_from_slice(&pieces.open);
        rows.retain(|row| pieces.cut.holds(&row.at));
        tier::merged(rows, tier)
    }

    /// Blocks of the store. What cannot be read is missing, and the writer is told.
    fn read(&self, tier: Tier, series: u32, numbers: &[u64]) -> Vec<(u64, block::Block)> {
        if numbers.is_empty() {
            return Vec::new();
        }
        let store = self.shared.read().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(store) = store else { return Vec::new() };
        store.columns(tier, series, numbers).unwrap_or_else(|failure| {
            *lock(&self.fault) = Some(failure);
            Vec::new()
        })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes a list uncounted, and gives the caller a copy that is its own.
fn given<T: Clone>(make: impl FnOnce() -> Vec<T>) -> Vec<T> {
    let list = untracked(make);
    let copy = list.clone();
    untracked(|| drop(list));
    copy
}
