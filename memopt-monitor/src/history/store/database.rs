//! The database: closed blocks, the names of series, states.
//!
//! | table | key | value |
//! |---|---|---|
//! | `meta` | `version`, `run` | a number |
//! | `series` | its number | its name |
//! | `blocks` | tier, number | a sum; what it covers; its series; the times of its points |
//! | `columns` | tier, number, first series | a sum; the values of the points of some series |
//! | `states` | area, key | what its owner put there |

use super::chunk::{self, chunks};
use super::sum::{checked, summed};
use super::tail::{get_key, put_key};
use crate::history::block::Block;
use crate::history::codec::bytes::{Damaged, Reader, put, put_signed};
use crate::history::tier::Tier;
use crate::history::window::Span;
use crate::series::Key;
use memopt_report::file::kept;
use redb::{
    Builder, Database, DatabaseError, ReadableDatabase, ReadableTable, Table, TableDefinition,
    WriteTransaction,
};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

/// What this version writes. [`STEPS`] leads from older ones to it.
pub(super) const VERSION: u64 = 1;

/// Changes a database of the version it stands for, from 1, into one of the next.
type Step = fn(&WriteTransaction) -> Result<(), Failure>;
const STEPS: [Step; VERSION as usize - 1] = [];

const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
const SERIES: TableDefinition<'_, u32, &[u8]> = TableDefinition::new("series");
const BLOCKS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("blocks");
const COLUMNS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("columns");
const STATES: TableDefinition<'_, (&str, &str), &[u8]> = TableDefinition::new("states");

/// Pages that the database keeps in memory.
const CACHE: usize = 1 << 20;

/// Why the store cannot be used.
#[derive(Debug)]
pub(in crate::history) enum Failure {
    /// Another process has it.
    InUse,
    /// Its bytes make no sense.
    Damaged(String),
    /// A later version of memopt wrote it.
    Newer(u64),
    /// The disk or the system said no.
    Disk(String),
}

impl Failure {
    pub(super) fn reason(&self) -> String {
        match self {
            Self::InUse => "another process has the store open".to_owned(),
            Self::Damaged(what) => format!("the store was damaged: {what}"),
            Self::Newer(version) => format!(
                "the store has version {version}, this program knows up to {VERSION}: use the \
                 newer program, or another folder"
            ),
            Self::Disk(what) => format!("the disk failed: {what}"),
        }
    }
}

impl From<Damaged> for Failure {
    fn from(_: Damaged) -> Self {
        Self::Damaged("a block does not match its sum".to_owned())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
                Self::Damaged(error.to_string())
            }
            _ => Self::Disk(error.to_string()),
        }
    }
}

impl From<redb::Error> for Failure {
    fn from(error: redb::Error) -> Self {
        match error {
            redb::Error::DatabaseAlreadyOpen => Self::InUse,
            redb::Error::Io(error) => error.into(),
            redb::Error::Corrupted(what) => Self::Damaged(what),
            redb::Error::UpgradeRequired(_) | redb::Error::RepairAborted => {
                Self::Damaged(error.to_string())
            }
            other => Self::Disk(other.to_string()),
        }
    }
}

/// The errors of each operation become one.
macro_rules! from {
    ($($error:ident)*) => {$(
        impl From<redb::$error> for Failure {
            fn from(error: redb::$error) -> Self {
                redb::Error::from(error).into()
            }
        }
    )*};
}

from! { CommitError StorageError TableError TransactionError }

impl From<DatabaseError> for Failure {
    fn from(error: DatabaseError) -> Self {
        redb::Error::from(error).into()
    }
}

/// A closed block, or one that is open yet, on its way to the disk.
#[derive(Clone, Debug)]
pub(in crate::history) struct Stored {
    pub(in crate::history) tier: Tier,
    pub(in crate::history) number: u64,
    pub(in crate::history) span: Span,
    pub(in crate::history) block: Arc<Block>,
}

/// The area and the key of a state.
pub(in crate::history) type StateName = (String, String);

/// What a database holds, without its columns.
#[derive(Debug, Default)]
pub(in crate::history) struct Loaded {
    pub(in crate::history) series: Vec<(u32, Key)>,
    pub(in crate::history) blocks: Vec<(Tier, u64, Span, u64)>,
    pub(in crate::history) states: Vec<(StateName, Vec<u8>)>,
    /// Runs so far.
    pub(in crate::history) run: u64,
}

/// What one transaction changes.
#[derive(Debug, Default)]
pub(in crate::history) struct Batch {
    pub(in crate::history) run: u64,
    pub(in crate::history) series: Vec<(u32, Key)>,
    pub(in crate::history) blocks: Vec<Stored>,
    pub(in crate::history) states: Vec<(StateName, Option<Vec<u8>>)>,
    /// Blocks that are too old, and all their columns.
    pub(in crate::history) removed: Vec<(Tier, u64)>,
    /// Series of which nothing is left.
    pub(in crate::history) forgotten: Vec<u32>,
}

/// An open database. All that it does is checked for panics: a damaged page must not end the
/// program that is observed.
#[derive(Debug)]
pub(in crate::history) struct Store {
    database: Option<Database>,
    pid: u32,
}

impl Drop for Store {
    fn drop(&mut self) {
        let Some(database) = self.database.take() else { return };
        if self.pid == std::process::id() {
            let _ = guarded(|| {
                drop(database);
                Ok(())
            });
        } else {
            // A forked child has the parent's file: closing it would write to it.
            std::mem::forget(database);
        }
    }
}

impl Store {
    /// Opens a database, with every page checked, or makes one.
    pub(super) fn open(
        path: &Path,
        #[cfg(test)] faults: Option<&Arc<super::faults::Faults>>,
    ) -> Result<(Self, Loaded), Failure> {
        let mut builder = Builder::new();
        builder.set_cache_size(CACHE).set_check_integrity_on_open(true);
        let open = || {
            let file = redb::backends::FileBackend::new(kept(path)?)?;
            #[cfg(test)]
            if let Some(faults) = faults {
                let failing = super::faults::Failing { file, faults: Arc::clone(faults) };
                return Ok(builder.create_with_backend(failing)?);
            }
            Ok::<_, Failure>(builder.create_with_backend(file)?)
        };
        let store = Self { database: Some(guarded(open)?), pid: std::process::id() };
        let loaded = guarded(|| store.load())?;
        Ok((store, loaded))
    }

    fn database(&self) -> Result<&Database, Failure> {
        let own = self.database.as_ref().filter(|_| self.pid == std::process::id());
        own.ok_or_else(|| Failure::Disk("the store belongs to the parent process".to_owned()))
    }

    fn load(&self) -> Result<Loaded, Failure> {
        let begun = self.database()?.begin_write()?;
        let version = begun.open_table(META)?.get("version")?.map(|it| it.value());
        migrate(&begun, version.unwrap_or(VERSION), &STEPS)?;
        let mut loaded = Loaded::default();
        {
            let mut meta = begun.open_table(META)?;
            loaded.run = meta.get("run")?.map_or(0, |it| it.value());
            meta.insert("version", VERSION)?;
            for row in begun.open_table(SERIES)?.iter()? {
                let (id, name) = row?;
                loaded.series.push((id.value(), get_key(&mut Reader(name.value()))?));
            }
            for row in begun.open_table(BLOCKS)?.iter()? {
                let (key, value) = row?;
                let (tier, number) = block_of(key.value())?;
                let (span, bytes, _) = get_block(value.value())?;
                loaded.blocks.push((tier, number, span, bytes));
            }
            for row in begun.open_table(STATES)?.iter()? {
                let (key, value) = row?;
                let (area, name) = key.value();
                let key = (area.to_owned(), name.to_owned());
                loaded.states.push((key, checked(value.value())?.to_vec()));
            }
            begun.open_table(COLUMNS)?;
        }
        begun.commit()?;
        Ok(loaded)
    }

    /// Writes it all, or nothing.
    pub(super) fn commit(&self, batch: &Batch) -> Result<(), Failure> {
        guarded(|| {
            let mut begun = self.database()?.begin_write()?;
            // After a kill the file is whole at once, and need not be read through.
            begun.set_quick_repair(true);
            write(&begun, batch)?;
            begun.commit()?;
            Ok(())
        })
    }

    /// The times and the column of a series in the blocks of these numbers, ascending.
    pub(in crate::history) fn columns(
        &self,
        tier: Tier,
        series: u32,
        numbers: &[u64],
    ) -> Result<Vec<(u64, Block)>, Failure> {
        let (Some(first), Some(last)) = (numbers.first(), numbers.last()) else {
            return Ok(Vec::new());
        };
        guarded(|| {
            let begun = self.database()?.begin_read()?;
            let (blocks, columns) = (begun.open_table(BLOCKS)?, begun.open_table(COLUMNS)?);
            let mut found = Vec::with_capacity(numbers.len());
            let (from, to) = (block_key(tier, *first), block_key(tier, *last));
            for row in blocks.range::<&[u8]>(&*from..=&*to)? {
                let (key, value) = row?;
                let number = block_of(key.value())?.1;
                if numbers.binary_search(&number).is_err() {
                    continue;
                }
                let (_, _, parts) = get_block(value.value())?;
                if parts.ids.binary_search(&series).is_err() {
                    continue;
                }
                // The last row that does not begin behind it.
                let (from, to) = (chunk_key(tier, number, 0), chunk_key(tier, number, series));
                let Some(row) = columns.range::<&[u8]>(&*from..=&*to)?.next_back() else {
                    return Err(Damaged.into());
                };
                let (key, value) = row?;
                let column = chunk::column(first_of(key.value())?, value.value(), series)?;
                let columns = vec![(series, column.ok_or(Damaged)?)];
                found.push((number, Block { times: parts.times.into(), columns }));
            }
            Ok(found)
        })
    }
}

/// Writes a batch within a transaction.
fn write(begun: &WriteTransaction, batch: &Batch) -> Result<(), Failure> {
    begun.open_table(META)?.insert("run", batch.run)?;
    let mut series = begun.open_table(SERIES)?;
    for (id, key) in &batch.series {
        let mut name = Vec::new();
        put_key(&mut name, key);
        series.insert(id, &*name)?;
    }
    for id in &batch.forgotten {
        series.remove(id)?;
    }
    let (mut blocks, mut columns) = (begun.open_table(BLOCKS)?, begun.open_table(COLUMNS)?);
    for stored in &batch.blocks {
        // An open minute is written again and again, with other columns each time.
        remove_chunks(&mut columns, stored.tier, stored.number)?;
        let value = put_block(stored);
        blocks.insert(&*block_key(stored.tier, stored.number), &*value)?;
        for chunk in chunks(&stored.block.columns) {
            let key = chunk_key(stored.tier, stored.number, chunk.first);
            columns.insert(&*key, &*chunk.row)?;
        }
    }
    for (tier, number) in &batch.removed {
        blocks.remove(&*block_key(*tier, *number))?;
        remove_chunks(&mut columns, *tier, *number)?;
    }
    let mut states = begun.open_table(STATES)?;
    for ((area, name), value) in &batch.states {
        let key = (area.as_str(), name.as_str());
        match value {
            Some(value) => states.insert(key, &*summed(value))?,
            None => states.remove(key)?,
        };
    }
    Ok(())
}

/// Does it, and makes a panic an error.
fn guarded<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(Failure::Damaged("reading it failed in an unforeseen way".into())))
}

/// Leads a database of this version to the newest.
fn migrate(begun: &WriteTransaction, from: u64, steps: &[Step]) -> Result<(), Failure> {
    let newest = steps.len() as u64 + 1;
    if from > newest {
        return Err(Failure::Newer(from));
    }
    for (step, version) in steps.iter().zip(1..) {
        if version >= from {
            step(begun)?;
            begun.open_table(META)?.insert("version", version + 1)?;
        }
    }
    Ok(())
}

fn block_key(tier: Tier, number: u64) -> Vec<u8> {
    let mut key = vec![tier as u8];
    key.extend_from_slice(&number.to_be_bytes());
    key
}

fn chunk_key(tier: Tier, number: u64, first: u32) -> Vec<u8> {
    let mut key = block_key(tier, number);
    key.extend_from_slice(&first.to_be_bytes());
    key
}

/// The number of the first series in a chunk.
fn first_of(key: &[u8]) -> Result<u32, Damaged> {
    let (_, first) = key.split_last_chunk::<4>().ok_or(Damaged)?;
    Ok(u32::from_be_bytes(*first))
}

/// Removes the columns of a block.
fn remove_chunks(
    columns: &mut Table<'_, &[u8], &[u8]>,
    tier: Tier,
    number: u64,
) -> Result<(), Failure> {
    let (from, to) = (chunk_key(tier, number, 0), chunk_key(tier, number, u32::MAX));
    columns.retain_in::<&[u8], _>(&*from..=&*to, |_, _| false)?;
    Ok(())
}

fn block_of(key: &[u8]) -> Result<(Tier, u64), Damaged> {
    let tier = key.first().and_then(|tier| Tier::ALL.get(usize::from(*tier))).ok_or(Damaged)?;
    Ok((*tier, number_of(key)?))
}

fn number_of(key: &[u8]) -> Result<u64, Damaged> {
    let (_, number) = key.split_last_chunk::<8>().ok_or(Damaged)?;
    Ok(u64::from_be_bytes(*number))
}

/// What a row of `blocks` holds beside the span.
struct Parts<'a> {
    ids: Vec<u32>,
    times: &'a [u8],
}

fn put_block(stored: &Stored) -> Vec<u8> {
    let (span, block) = (&stored.span, &stored.block);
    let mut out = Vec::new();
    put(&mut out, u64::from(span.run));
    put(&mut out, span.monotonic_max);
    put_signed(&mut out, span.unix_min);
    put_signed(&mut out, span.unix_max);
    put(&mut out, block.encoded_bytes());
    put(&mut out, block.columns.len() as u64);
    let mut before = 0;
    for (id, _) in &block.columns {
        put(&mut out, u64::from(id - before));
        before = *id;
    }
    out.extend_from_slice(&block.times);
    summed(&out)
}

fn get_block(value: &[u8]) -> Result<(Span, u64, Parts<'_>), Damaged> {
    let mut reader = Reader(checked(value)?);
    let span = Span {
        run: u32::try_from(reader.number()?).map_err(|_| Damaged)?,
        monotonic_max: reader.number()?,
        unix_min: reader.signed()?,
        unix_max: reader.signed()?,
    };
    let bytes = reader.number()?;
    let count = reader.number()?;
    let mut id = 0_u64;
    let mut ids = Vec::new();
    for _ in 0..count {
        id += reader.number()?;
        ids.push(u32::try_from(id).map_err(|_| Damaged)?);
    }
    Ok((span, bytes, Parts { ids, times: reader.0 }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use redb::backends::InMemoryBackend;

    fn memory() -> Database {
        Builder::new().create_with_backend(InMemoryBackend::new()).expect("memory is there")
    }

    #[test]
    fn steps_lead_from_each_older_version_to_the_newest() {
        const DONE: TableDefinition<'_, u64, u64> = TableDefinition::new("done");
        fn note(begun: &WriteTransaction, step: u64) -> Result<(), Failure> {
            begun.open_table(DONE)?.insert(step, step)?;
            Ok(())
        }
        let steps: [Step; 2] = [|begun| note(begun, 1), |begun| note(begun, 2)];
        for (from, expected) in [(1, vec![1, 2]), (2, vec![2]), (3, vec![])] {
            let database = memory();
            let begun = database.begin_write().expect("it begins");
            begun.open_table(META).expect("a table").insert("version", from).expect("a row");
            migrate(&begun, from, &steps).expect("it is known");
            let done = begun.open_table(DONE).expect("a table");
            let done: Vec<u64> =
                done.iter().expect("rows").map(|row| row.unwrap().0.value()).collect();
            assert_eq!(done, expected, "from {from}");
            let meta = begun.open_table(META).expect("a table");
            let version = meta.get("version").expect("it reads").map(|it| it.value());
            assert_eq!(version, Some(3), "from {from}");
        }
        let database = memory();
        let begun = database.begin_write().expect("it begins");
        assert!(matches!(migrate(&begun, 4, &steps), Err(Failure::Newer(4))));
    }

    #[test]
    fn a_row_that_was_changed_is_found_out() {
        let row = summed(b"values");
        assert_eq!(checked(&row), Ok(&b"values"[..]));
        for at in 0..row.len() {
            let mut broken = row.clone();
            broken[at] ^= 1;
            assert_eq!(checked(&broken), Err(Damaged));
        }
    }
}
