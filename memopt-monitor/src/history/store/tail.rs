//! The tail: the newest frames and states, one record after the other.
//!
//! A record is its length, a sum over it, and its bytes. What a kill cut off at the end is left
//! out when it is read.

#[cfg(test)]
use super::faults::Faults;
use super::sum::sum;
use crate::clock::Stamp;
use crate::history::codec::bytes::{Damaged, Reader, put, put_bytes, put_signed};
use crate::series::Key;
use memopt_report::file::kept;
use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
#[cfg(test)]
use std::sync::Arc;

const MAGIC: &[u8; 8] = b"memopt\x00\x01";
/// A tail that is longer is begun anew before its block is full. Two minutes of a thousand series
/// are 1 MB; states that change with each frame may be more.
const FULL: u64 = 16 << 20;
/// No tail is longer: one write adds the states, of 4 MiB at most, and a frame.
const LONGEST: u64 = 64 << 20;

/// One record.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Record {
    /// The file's first: the number of the block that its frames belong to.
    Begin { block: u64 },
    /// A series was named.
    Series { id: u32, key: Key },
    /// A frame was appended.
    Frame { at: Stamp, values: Vec<(u32, f64)> },
    /// A state was set, or removed.
    State { area: String, key: String, value: Option<Vec<u8>> },
}

/// A tail that is written.
#[derive(Debug)]
pub(super) struct Tail {
    file: File,
    len: u64,
    #[cfg(test)]
    faults: Option<Arc<Faults>>,
}

impl Tail {
    /// Opens the file, and keeps what is in it until [`restart`](Self::restart). `None` where
    /// another process has it: its lock is the lock of the whole store.
    pub(super) fn open(path: &Path) -> io::Result<Option<Self>> {
        let file = kept(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self {
                len: file.metadata()?.len(),
                file,
                #[cfg(test)]
                faults: None,
            })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    #[cfg(test)]
    pub(super) fn fail_with(&mut self, faults: Option<Arc<Faults>>) {
        self.faults = faults;
    }

    /// Whether it is time to begin it anew.
    pub(super) fn is_full(&self) -> bool {
        self.len > FULL
    }

    /// All records in it, as far as they are whole.
    pub(super) fn read(&mut self) -> io::Result<Vec<Record>> {
        let mut bytes = Vec::new();
        self.file.seek(SeekFrom::Start(0))?;
        Read::by_ref(&mut self.file).take(LONGEST).read_to_end(&mut bytes)?;
        Ok(records(&bytes))
    }

    /// Empties it: what it held is in the database.
    pub(super) fn restart(&mut self, block: u64) -> io::Result<()> {
        self.file.set_len(0)?;
        self.len = 0;
        let mut out = MAGIC.to_vec();
        put_record(&mut out, &Record::Begin { block });
        self.write(&out)
    }

    /// Adds records by one write: a kill leaves all of them or part of the last.
    pub(super) fn append(&mut self, records: &[Record]) -> io::Result<()> {
        let mut out = Vec::new();
        for record in records {
            put_record(&mut out, record);
        }
        self.write(&out)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        #[cfg(test)]
        if let Some(faults) = &self.faults {
            faults.write(bytes.len())?;
        }
        self.file.seek(SeekFrom::Start(self.len))?;
        self.file.write_all(bytes)?;
        self.len += bytes.len() as u64;
        Ok(())
    }
}

fn put_record(out: &mut Vec<u8>, record: &Record) {
    let mut body = Vec::new();
    match record {
        Record::Begin { block } => {
            body.push(0);
            put(&mut body, *block);
        }
        Record::Series { id, key } => {
            body.push(1);
            put(&mut body, u64::from(*id));
            put_key(&mut body, key);
        }
        Record::Frame { at, values } => {
            body.push(2);
            put(&mut body, u64::from(at.run));
            put(&mut body, at.monotonic_ns);
            put_signed(&mut body, at.unix_ms);
            put(&mut body, values.len() as u64);
            for (id, value) in values {
                put(&mut body, u64::from(*id));
                body.extend_from_slice(&value.to_le_bytes());
            }
        }
        Record::State { area, key, value } => {
            body.push(3);
            put_bytes(&mut body, area.as_bytes());
            put_bytes(&mut body, key.as_bytes());
            body.push(u8::from(value.is_some()));
            body.extend_from_slice(value.as_deref().unwrap_or_default());
        }
    }
    out.extend_from_slice(&(body.len() as u32).to_le_bytes());
    out.extend_from_slice(&sum(&body).to_le_bytes());
    out.extend_from_slice(&body);
}

fn records(bytes: &[u8]) -> Vec<Record> {
    let mut records = Vec::new();
    let Some(rest) = bytes.strip_prefix(MAGIC) else { return records };
    let mut reader = Reader(rest);
    while let Ok(record) = get_record(&mut reader) {
        records.push(record);
    }
    records
}

fn get_record(reader: &mut Reader<'_>) -> Result<Record, Damaged> {
    let mut word = || -> Result<u32, Damaged> {
        Ok(u32::from_le_bytes(reader.take(4)?.try_into().map_err(|_| Damaged)?))
    };
    let (len, expected) = (word()?, word()?);
    let body = reader.take(len as usize)?;
    if sum(body) != expected {
        return Err(Damaged);
    }
    let mut body = Reader(body);
    let id = |body: &mut Reader<'_>| u32::try_from(body.number()?).map_err(|_| Damaged);
    match body.byte()? {
        0 => Ok(Record::Begin { block: body.number()? }),
        1 => Ok(Record::Series { id: id(&mut body)?, key: get_key(&mut body)? }),
        2 => {
            let at = Stamp {
                run: id(&mut body)?,
                monotonic_ns: body.number()?,
                unix_ms: body.signed()?,
            };
            let count = body.number()?;
            let values = (0..count).map(|_| Ok((id(&mut body)?, body.float()?)));
            Ok(Record::Frame { at, values: values.collect::<Result<_, _>>()? })
        }
        3 => {
            let (area, key) = (text(&mut body)?.to_owned(), text(&mut body)?.to_owned());
            let is_set = body.byte()? == 1;
            Ok(Record::State { area, key, value: is_set.then(|| body.0.to_vec()) })
        }
        _ => Err(Damaged),
    }
}

pub(super) fn put_key(out: &mut Vec<u8>, key: &Key) {
    put_bytes(out, key.metric.as_bytes());
    if let Some((name, value)) = &key.label {
        put_bytes(out, name.as_bytes());
        put_bytes(out, value.as_bytes());
    }
}

pub(super) fn get_key(reader: &mut Reader<'_>) -> Result<Key, Damaged> {
    let key = Key::new(text(reader)?);
    if reader.0.is_empty() {
        return Ok(key);
    }
    let name = text(reader)?;
    Ok(key.of(name, text(reader)?))
}

fn text<'a>(reader: &mut Reader<'a>) -> Result<&'a str, Damaged> {
    std::str::from_utf8(reader.bytes()?).map_err(|_| Damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Record> {
        let at = Stamp { run: 3, monotonic_ns: 1 << 40, unix_ms: -5 };
        vec![
            Record::Begin { block: 7 },
            Record::Series { id: 1, key: Key::new("heap.live") },
            Record::Series { id: 2, key: Key::new("site.live").of("site", "a::b") },
            Record::Frame { at, values: vec![(1, 0.5), (2, -1e300)] },
            Record::State { area: "limits".into(), key: "a".into(), value: Some(vec![1, 2]) },
            Record::State { area: "limits".into(), key: "b".into(), value: None },
        ]
    }

    #[test]
    fn what_was_whole_comes_back_wherever_it_was_cut() {
        let mut bytes = MAGIC.to_vec();
        let mut ends = Vec::new();
        for record in all() {
            put_record(&mut bytes, &record);
            ends.push(bytes.len());
        }
        assert_eq!(records(&bytes), all());
        for cut in 0..bytes.len() {
            let whole = ends.iter().filter(|end| **end <= cut).count();
            assert_eq!(records(&bytes[..cut]), all()[..whole], "cut at {cut}");
        }
    }

    #[test]
    fn a_damaged_record_ends_the_tail() {
        let mut bytes = MAGIC.to_vec();
        all().iter().for_each(|record| put_record(&mut bytes, record));
        for at in 0..bytes.len() {
            let mut broken = bytes.clone();
            broken[at] ^= 0x40;
            let read = records(&broken);
            assert!(read.len() < all().len(), "byte {at}");
            assert_eq!(read, all()[..read.len()], "byte {at}");
        }
    }
}
