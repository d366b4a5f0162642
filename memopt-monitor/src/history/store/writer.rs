//! The one who writes: the tail with each frame, a transaction with each closed block. When the
//! disk fails it says so, leaves all to memory, and tries again by itself.

use super::database::{Failure, Loaded, StateName, Store};
#[cfg(test)]
use super::faults::Faults;
use super::health::{Health, StoreState};
use super::place::{self, Place};
use super::retention::Retention;
use super::tail::{Record, Tail};
use crate::clock::Stamp;
use crate::history::memory::{Appended, Memory};
use crate::history::tier::Tier;
use crate::series::Key;
use crate::source::Frame;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// The first pause before the store is tried again, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));
/// How often what other processes left is looked for.
const CLEAN: Duration = Duration::from_secs(3_600);

/// Where a store is, and what it may take.
#[derive(Clone, Debug)]
pub(in crate::history) struct Settings {
    pub(in crate::history) folder: PathBuf,
    pub(in crate::history) name: String,
    pub(in crate::history) ages: [Duration; 3],
    pub(in crate::history) bytes: u64,
    #[cfg(test)]
    pub(in crate::history) faults: Option<Arc<Faults>>,
}

/// The files, open.
#[derive(Debug)]
struct Open {
    place: Place,
    store: Arc<Store>,
    tail: Tail,
}

/// The store that readers use, while there is one.
pub(in crate::history) type Shared = RwLock<Option<Arc<Store>>>;

#[derive(Debug)]
pub(in crate::history) struct Writer {
    settings: Settings,
    retention: Retention,
    open: Option<Open>,
    /// The files it had first. It comes back to them.
    place: Option<Place>,
    run: u32,
    pid: u32,
    state: StoreState,
    /// Whether the state is another one than was told last.
    is_new: bool,
    pause: Duration,
    /// When the disk failed last.
    failed: Option<Stamp>,
    cleaned: Option<Stamp>,
}

impl Writer {
    /// Opens the store, and reads what an earlier run left. It never fails: it degrades.
    pub(in crate::history) fn new(
        settings: Settings,
        memory: &Mutex<Memory>,
        shared: &Shared,
    ) -> Self {
        let mut writer = Self {
            retention: Retention::new(settings.ages, settings.bytes),
            settings,
            open: None,
            place: None,
            run: 0,
            pid: std::process::id(),
            state: StoreState::default(),
            is_new: true,
            pause: PAUSES.0,
            failed: None,
            cleaned: None,
        };
        if let Err(failure) = writer.begin(memory, shared) {
            writer.fail(&failure, Stamp::default(), shared);
            writer.failed = None;
        }
        if writer.run == 0 {
            writer.run = run_by_time();
        }
        writer
    }

    pub(in crate::history) fn run(&self) -> u32 {
        self.run
    }

    /// The state, if it is another one than was told last.
    pub(in crate::history) fn news(&mut self) -> Option<StoreState> {
        std::mem::take(&mut self.is_new).then(|| self.state.clone())
    }

    /// Whether this process may write: a forked child leaves the files to its parent.
    fn is_own(&self) -> bool {
        self.pid == std::process::id()
    }

    /// Takes a frame that memory has.
    pub(in crate::history) fn append(
        &mut self,
        at: Stamp,
        appended: Appended,
        memory: &Mutex<Memory>,
        shared: &Shared,
    ) {
        if !self.is_own() {
            return;
        }
        self.retention.look(at);
        let done = if self.open.is_some() {
            self.store(at, appended, memory)
        } else if self.is_to_try(at) {
            self.begin(memory, shared).map(|()| self.state.recoveries += 1)
        } else {
            return;
        };
        if let Err(failure) = done {
            self.fail(&failure, at, shared);
        }
    }

    /// Adds the states that no frame took to the tail. If that fails, the database gets them once
    /// the disk works again.
    pub(in crate::history) fn flush(&mut self, memory: &Mutex<Memory>, shared: &Shared) {
        if !self.is_own() {
            return;
        }
        let Some(open) = &mut self.open else { return };
        let states = lock(memory).states.take_new();
        if states.is_empty() {
            return;
        }
        let appended = open.tail.append(&state_records(states)).map_err(Failure::from);
        let at = lock(memory).newest().unwrap_or_default();
        if let Err(failure) = appended.and_then(|()| self.shorten(at, memory)) {
            self.fail(&failure, at, shared);
        }
    }

    fn is_to_try(&mut self, at: Stamp) -> bool {
        let failed = *self.failed.get_or_insert(at);
        at.since(&failed).is_none_or(|time| time >= self.pause)
    }

    /// Something was wrong with the disk: whoever reads or writes found it out.
    pub(in crate::history) fn fail(&mut self, failure: &Failure, at: Stamp, shared: &Shared) {
        *shared.write().unwrap_or_else(PoisonError::into_inner) = None;
        self.open = None;
        self.is_new = true;
        if self.state.health == Health::Degraded {
            self.pause = (self.pause * 2).min(PAUSES.1);
        } else {
            self.state.failures += 1;
            self.pause = PAUSES.0;
        }
        self.failed = Some(at);
        self.state.health = Health::Degraded;
        self.state.reason = Some(failure.reason());
    }

    /// Adds the frame to the tail, after the blocks that closed before it went to the database.
    fn store(
        &mut self,
        at: Stamp,
        appended: Appended,
        memory: &Mutex<Memory>,
    ) -> Result<(), Failure> {
        if appended.closed {
            self.commit(at, memory)?;
        }
        let Some(open) = &mut self.open else { return Ok(()) };
        let mut records: Vec<Record> =
            appended.named.into_iter().map(|(id, key)| Record::Series { id, key }).collect();
        records.extend(state_records(lock(memory).states.take_new()));
        records.push(Record::Frame { at, values: appended.values });
        open.tail.append(&records)?;
        self.shorten(at, memory)
    }

    /// Begins a tail anew that has grown long: what it holds goes to the database.
    fn shorten(&mut self, at: Stamp, memory: &Mutex<Memory>) -> Result<(), Failure> {
        if !self.open.as_ref().is_some_and(|open| open.tail.is_full()) {
            return Ok(());
        }
        lock(memory).close_readings();
        self.commit(at, memory)
    }

    /// Writes all that is not in the database yet, and begins the tail anew.
    fn commit(&mut self, at: Stamp, memory: &Mutex<Memory>) -> Result<(), Failure> {
        let Some(open) = &mut self.open else { return Ok(()) };
        let began = Instant::now();
        let (mut batch, stored) = {
            let memory = lock(memory);
            (memory.batch(), memory.stored_blocks())
        };
        batch.run = u64::from(self.run);
        batch.removed = self.retention.expired(at, &stored);
        open.store.commit(&batch)?;
        let (block, names, bytes, blocks) = {
            let mut memory = lock(memory);
            memory.committed(&batch);
            let (bytes, blocks) = memory.stored_bytes();
            (memory.open_number(), memory.names(), bytes, blocks)
        };
        open.tail.restart(block)?;
        let names: Vec<Record> =
            names.into_iter().map(|(id, key)| Record::Series { id, key }).collect();
        open.tail.append(&names)?;
        self.is_new = true;
        self.state.commits += 1;
        self.state.commit_seconds = began.elapsed().as_secs_f64();
        self.state.file_bytes = open.place.bytes();
        self.state.blocks = blocks;
        self.retention.learn(self.state.file_bytes, bytes);
        self.clean(at);
        Ok(())
    }

    fn clean(&mut self, at: Stamp) {
        let is_due = |last: &Stamp| at.since(last).is_none_or(|time| time >= CLEAN);
        let (Some(open), true) = (&self.open, self.cleaned.as_ref().is_none_or(is_due)) else {
            return;
        };
        self.cleaned = Some(at);
        let Settings { folder, name, bytes, .. } = &self.settings;
        place::clean(folder, name, &open.place, self.retention.age_of_left(at), *bytes);
    }

    /// Opens the files, brings them and memory together, and writes what they lack.
    fn begin(&mut self, memory: &Mutex<Memory>, shared: &Shared) -> Result<(), Failure> {
        fs::create_dir_all(&self.settings.folder)?;
        let (place, store, mut tail, loaded) = self.find()?;
        let store_run = loaded.run;
        // Where it could not be opened at the start, this is later than the first readings.
        let is_first = self.place.is_none();
        let is_same =
            !is_first && self.place.as_ref() == Some(&place) && store_run == u64::from(self.run);
        // Read before memory is locked: readers do not wait for the disk.
        let left = if is_first { tail.read()? } else { Vec::new() };
        {
            let mut memory = lock(memory);
            if is_same {
                memory.reconcile(&loaded);
            } else {
                let names: HashMap<u32, Key> = loaded.series.iter().cloned().collect();
                let of_readings = loaded.blocks.iter().filter(|(tier, ..)| *tier == Tier::Raw);
                let next = of_readings.map(|(_, number, ..)| number + 1).max().unwrap_or(1);
                memory.adopt(loaded, |memory| replay(left, names, memory, next));
            }
        }
        if self.run == 0 {
            self.run = u32::try_from(store_run + 1).unwrap_or_else(|_| run_by_time());
        }
        self.state.is_beside = place.stem != self.settings.name;
        self.state.path = Some(place.database());
        self.place = Some(place.clone());
        self.open = Some(Open { place, store: Arc::clone(&store), tail });
        let newest = lock(memory).newest().unwrap_or_default();
        self.commit(newest, memory)?;
        *shared.write().unwrap_or_else(PoisonError::into_inner) = Some(store);
        self.state.health = Health::Stored;
        self.is_new = true;
        self.pause = PAUSES.0;
        Ok(())
    }

    /// The first files that nobody else has. Damaged ones are set aside and made anew.
    fn find(&mut self) -> Result<(Place, Arc<Store>, Tail, Loaded), Failure> {
        let mut why = None;
        self.state.path = Some(self.settings.folder.join(&self.settings.name));
        let places = self.place.clone().map_or_else(
            || place::places(&self.settings.folder, &self.settings.name).collect(),
            |place| vec![place],
        );
        for place in places {
            #[allow(unused_mut, reason = "tests make it fail")]
            let Some(mut tail) = Tail::open(&place.tail())? else {
                why = Some(Failure::InUse);
                continue;
            };
            #[cfg(test)]
            tail.fail_with(self.settings.faults.clone());
            match self.open_database(&place) {
                Ok((store, loaded)) => {
                    self.state.reason = why.map(|failure: Failure| failure.reason());
                    return Ok((place, Arc::new(store), tail, loaded));
                }
                Err(failure @ (Failure::InUse | Failure::Newer(_))) => why = Some(failure),
                Err(Failure::Damaged(what)) => {
                    place.set_aside()?;
                    self.state.damaged += 1;
                    let (store, loaded) = self.open_database(&place)?;
                    self.state.reason = Some(Failure::Damaged(what).reason());
                    return Ok((place, Arc::new(store), tail, loaded));
                }
                Err(failure) => return Err(failure),
            }
        }
        Err(why.unwrap_or(Failure::InUse))
    }

    #[cfg_attr(not(test), allow(clippy::unused_self, reason = "tests make it fail"))]
    fn open_database(&self, place: &Place) -> Result<(Store, Loaded), Failure> {
        let path = place.database();
        Store::open(
            &path,
            #[cfg(test)]
            self.settings.faults.as_ref(),
        )
    }
}

fn state_records(states: BTreeMap<StateName, Option<Vec<u8>>>) -> Vec<Record> {
    let record = |((area, key), value)| Record::State { area, key, value };
    states.into_iter().map(record).collect()
}

/// Appends what a run that ended left in its tail, and closes it. `next` is the number of the block
/// that the database would have next.
fn replay(records: Vec<Record>, mut names: HashMap<u32, Key>, memory: &mut Memory, next: u64) {
    let mut records = records.into_iter();
    let Some(Record::Begin { block }) = records.next() else { return };
    if block < next {
        // The transaction that has all of this was the last thing the run did.
        return;
    }
    for record in records {
        match record {
            Record::Begin { .. } => {}
            Record::Series { id, key } => {
                names.insert(id, key);
            }
            Record::Frame { at, values } => {
                let mut frame = Frame::new(at);
                for (id, value) in values {
                    if let Some(key) = names.get(&id) {
                        frame.add(key.clone(), value);
                    }
                }
                memory.append(&frame);
            }
            Record::State { area, key, value } => memory.states.load_newer((area, key), value),
        }
    }
    memory.close_all();
}

fn lock(memory: &Mutex<Memory>) -> MutexGuard<'_, Memory> {
    memory.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A number for a run whose store cannot tell one: seconds since 2020. It is larger than those that
/// count up.
fn run_by_time() -> u32 {
    const SINCE: u64 = 1_577_836_800;
    let unix = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    u32::try_from(unix.unwrap_or_default().as_secs().saturating_sub(SINCE)).unwrap_or(u32::MAX)
}
