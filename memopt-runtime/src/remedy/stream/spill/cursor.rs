//! Reads records back, one after another.

use super::super::buffers::{self, Buffer};
use super::{PREFIX, SpillBytes};
use crate::report::error::Error;
use serde::de::DeserializeOwned;
use std::io::{self, ErrorKind};

/// Bytes asked of the file at once.
const CHUNK: u64 = 32 << 10;

/// A place in the bytes of a spill, with what was read ahead.
pub(super) struct Cursor {
    /// Where the next record begins.
    at: u64,
    /// What was read from `at` on: `buffer.get()[start..end]`.
    buffer: Buffer,
    start: usize,
    end: usize,
    record: Vec<u8>,
    given: usize,
    failed: bool,
}

impl Cursor {
    pub(super) fn new(bytes: &SpillBytes) -> Self {
        let buffer = buffers::take(bytes.len().min(CHUNK) as usize);
        Self { at: 0, buffer, start: 0, end: 0, record: Vec::new(), given: 0, failed: false }
    }

    /// Whether a record could not be read; no more are read then.
    pub(super) fn failed(&self) -> bool {
        self.failed
    }

    /// Of `len` records in all.
    pub(super) fn size_hint(&self, len: usize) -> (usize, Option<usize>) {
        let left = len.saturating_sub(self.given);
        // There may be an error in place of all of them.
        if self.failed { (0, Some(0)) } else { (left.min(1), Some(left)) }
    }

    pub(super) fn next<T: DeserializeOwned>(
        &mut self,
        bytes: &SpillBytes,
    ) -> Option<Result<T, Error>> {
        if self.failed || self.at >= bytes.len() {
            return None;
        }
        let began = self.at;
        let item =
            self.record(bytes).map_err(|error| Error::unreadable(began, error)).and_then(|()| {
                postcard::from_bytes(&self.record).map_err(|error| {
                    Error::encoding(format!(
                        "the item at byte {began} cannot be read back: {error}"
                    ))
                })
            });
        self.failed = item.is_err();
        self.given += 1;
        Some(item)
    }

    /// Reads the next record.
    fn record(&mut self, bytes: &SpillBytes) -> io::Result<()> {
        let mut prefix = [0; PREFIX];
        self.exactly(bytes, &mut prefix)?;
        let length = u32::from_le_bytes(prefix);
        if u64::from(length) > bytes.len() - self.at {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let mut record = std::mem::take(&mut self.record);
        record.resize(length as usize, 0);
        let read = self.exactly(bytes, &mut record);
        self.record = record;
        read
    }

    fn exactly(&mut self, bytes: &SpillBytes, mut into: &mut [u8]) -> io::Result<()> {
        while !into.is_empty() {
            if self.start == self.end {
                self.start = 0;
                self.end = 0;
                self.end = retry(|| bytes.read_at(self.at, self.buffer.get_mut()))?;
            }
            if self.end == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            let length = into.len().min(self.end - self.start);
            let (now, later) = into.split_at_mut(length);
            now.copy_from_slice(&self.buffer.get()[self.start..self.start + length]);
            self.start += length;
            self.at += length as u64;
            into = later;
        }
        Ok(())
    }
}

/// Again where a signal came between.
fn retry(mut read: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match read() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}
