//! Reads a source in chunks, lines or records, in one buffer that is used again.

use super::buffers::{self, Buffer};
use super::find::find;
use crate::report::error::Error;
use std::fmt;
use std::io::{ErrorKind, Read};
use std::ops::Range;

/// Bytes of a chunk where none are given.
const CHUNK: usize = 32 << 10;

/// Bytes of a line or record where no limit is given.
const LIMIT: usize = 16 << 20;

/// Reads from `R` in chunks of a fixed size, and gives out chunks, lines or records that lie in its
/// buffer.
///
/// A chunk, line or record is borrowed until the next call, so iterate with `while let`. The buffer
/// comes from a pool and goes back to it, so that readers one after another share one. Reports show
/// the pool as `read buffers`, with what it keeps: 32 buffers of up to 1 MiB at most, 16 MiB
/// together, less under [pressure](crate::remedy::reclaim).
///
/// # Examples
///
/// ```
/// use memopt::remedy::ChunkReader;
///
/// let mut reader = ChunkReader::new("one\ntwo\r\nthree".as_bytes());
/// let mut longest = 0;
/// while let Some(line) = reader.next_line()? {
///     longest = longest.max(line.len());
/// }
/// assert_eq!((longest, reader.offset()), (5, 14));
/// # Ok::<(), memopt::Error>(())
/// ```
///
/// # Errors
///
/// Every method that reads gives an error with the [offset](Error::offset) in the source where it
/// happened, and can be called again: an error of the source ([`Error::is_io`]) leaves what was
/// read in place, after one of a line or record that is too long ([`Error::is_too_long`]) or no
/// UTF-8 ([`Error::is_not_utf8`]) the next one follows.
///
/// # Cost
///
/// Nothing is allocated for a line, record or chunk. The buffer doubles for a longer one, up to the
/// limit.
pub struct ChunkReader<R> {
    source: R,
    /// Invariant: `start <= end <= buffer.get().len()`; `buffer.get()[start..end]` is read and not
    /// given out.
    buffer: Buffer,
    start: usize,
    end: usize,
    /// Where in the source `buffer[start]` is.
    offset: u64,
    chunk: usize,
    limit: usize,
    /// The source has ended.
    ended: bool,
    /// A record was too long: what is left of it goes, up to this delimiter.
    skipping: Option<u8>,
}

impl<R: Read> ChunkReader<R> {
    /// Reads in chunks of 32 KiB.
    pub fn new(source: R) -> Self {
        Self::with_chunk(CHUNK, source)
    }

    /// Reads in chunks of `bytes`, which is 1 or more.
    pub fn with_chunk(bytes: usize, source: R) -> Self {
        let chunk = bytes.max(1);
        let (buffer, limit) = (buffers::take(chunk), LIMIT.max(chunk));
        Self {
            source,
            buffer,
            start: 0,
            end: 0,
            offset: 0,
            chunk,
            limit,
            ended: false,
            skipping: None,
        }
    }

    /// Limits a line or record to `bytes`, its end not counted; without it 16 MiB, or a chunk where
    /// that is more.
    #[must_use]
    pub fn limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// Where in the source the next chunk, line or record begins, in bytes.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The next chunk: as long as was asked for, but the last; `None` at the end.
    ///
    /// # Errors
    ///
    /// Where the source fails.
    pub fn next_chunk(&mut self) -> Result<Option<&[u8]>, Error> {
        self.skip()?;
        while self.end - self.start < self.chunk && !self.ended {
            self.fill()?;
        }
        let length = self.chunk.min(self.end - self.start);
        let from = self.start;
        self.pass(length);
        Ok((length > 0).then(|| &self.buffer.get()[from..from + length]))
    }

    /// The next line, without its `\n` or `\r\n`; `None` at the end. The last need not have one.
    ///
    /// # Errors
    ///
    /// Where the source fails, a line is longer than the limit or is not UTF-8.
    pub fn next_line(&mut self) -> Result<Option<&str>, Error> {
        let Some((begins, range, ended)) = self.find(b'\n')? else { return Ok(None) };
        let mut line = &self.buffer.get()[range];
        if ended {
            line = line.strip_suffix(b"\r").unwrap_or(line);
        }
        match std::str::from_utf8(line) {
            Ok(line) => Ok(Some(line)),
            Err(error) => Err(Error::not_utf8(begins + error.valid_up_to() as u64)),
        }
    }

    /// The next record, without the `delimiter` that ends it; `None` at the end. The last need not
    /// have one.
    ///
    /// # Errors
    ///
    /// Where the source fails or a record is longer than the limit.
    pub fn next_record(&mut self, delimiter: u8) -> Result<Option<&[u8]>, Error> {
        let found = self.find(delimiter)?;
        Ok(found.map(|(_, range, _)| &self.buffer.get()[range]))
    }

    /// The next record: where it begins in the source, where it is in the buffer, and whether a
    /// delimiter ended it.
    fn find(&mut self, delimiter: u8) -> Result<Option<(u64, Range<usize>, bool)>, Error> {
        self.skip()?;
        let mut searched = 0;
        loop {
            let unread = &self.buffer.get()[self.start..self.end];
            let found = find(delimiter, &unread[searched..]).map(|at| at + searched);
            let length = found.unwrap_or(unread.len());
            if length > self.limit {
                self.skipping = Some(delimiter);
                return Err(Error::too_long(self.offset, self.limit));
            }
            if found.is_some() || self.ended {
                let (begins, from) = (self.offset, self.start);
                let used = length + usize::from(found.is_some());
                self.pass(used);
                return Ok((used > 0).then_some((begins, from..from + length, found.is_some())));
            }
            searched = length;
            self.fill()?;
        }
    }

    /// Moves on.
    fn pass(&mut self, bytes: usize) {
        self.start += bytes;
        self.offset += bytes as u64;
    }

    /// Drops the rest of a record that was too long.
    fn skip(&mut self) -> Result<(), Error> {
        while let Some(delimiter) = self.skipping {
            let found = find(delimiter, &self.buffer.get()[self.start..self.end]);
            let used = found.map_or(self.end - self.start, |at| at + 1);
            self.pass(used);
            if found.is_some() || self.ended {
                self.skipping = None;
            } else {
                self.fill()?;
            }
        }
        Ok(())
    }

    /// Reads once behind what is unread, which moves to the front, and into a larger buffer where
    /// it is full.
    fn fill(&mut self) -> Result<(), Error> {
        if self.start > 0 {
            self.buffer.get_mut().copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.end == self.buffer.get().len() {
            self.buffer.double();
        }
        // Whole chunks where there is room, so that reads stay aligned to them.
        let to = self.buffer.get().len().min(self.end + self.chunk);
        loop {
            match self.source.read(&mut self.buffer.get_mut()[self.end..to]) {
                Ok(0) => self.ended = true,
                Ok(read) => self.end += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(Error::unreadable(self.offset + self.end as u64, error)),
            }
            return Ok(());
        }
    }
}

impl<R> fmt::Debug for ChunkReader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChunkReader")
            .field("chunk", &self.chunk)
            .field("limit", &self.limit)
            .field("offset", &self.offset)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
