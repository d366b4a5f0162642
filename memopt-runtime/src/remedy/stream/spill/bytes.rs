//! Bytes in memory up to a budget, and in a temporary file beyond it.

use super::held;
use crate::report::error::Error;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

/// Bytes in the order they were written, of which at most a budget is in memory; the others are in
/// a temporary file.
///
/// [`Write`] puts bytes at the end, [`Read`] takes them from the beginning on without removing
/// them, [`rewind`](Self::rewind) starts over.
///
/// # Examples
///
/// ```
/// use memopt::remedy::SpillBytes;
/// use std::io::{Read, Write};
///
/// let mut body = SpillBytes::new(4096);
/// body.write_all(&[7; 10_000])?;
/// let mut read = Vec::new();
/// body.read_to_end(&mut read)?;
/// assert_eq!(read, [7; 10_000]);
/// assert!(body.memory_bytes() <= 4096);
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
///
/// A write that fails has written nothing, and what was there before stays, wherever it was.
///
/// # Cost
///
/// Within the budget, that of a `Vec<u8>`. Each time the budget is used up, one write of all that
/// is in memory.
#[derive(Debug)]
pub struct SpillBytes {
    budget: usize,
    folder: Option<PathBuf>,
    /// What comes behind the bytes in the file.
    memory: Vec<u8>,
    /// Invariant: where `spilled > 0` there is a file, and its first `spilled` bytes are ours.
    /// Behind them may be the beginning of a write that failed.
    pub(super) file: Option<File>,
    spilled: u64,
    /// How far it was read.
    read: u64,
    /// Shown in reports.
    held: held::Share,
}

impl SpillBytes {
    /// Keeps at most `budget` bytes in memory; with 0 everything is in the file.
    pub fn new(budget: usize) -> Self {
        Self {
            budget,
            folder: None,
            memory: Vec::new(),
            file: None,
            spilled: 0,
            read: 0,
            held: held::Share::new(),
        }
    }

    /// Makes the file in this folder in place of the system's for temporary files.
    #[must_use]
    pub fn in_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// How many bytes there are.
    pub fn len(&self) -> u64 {
        self.spilled + self.memory.len() as u64
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes in memory.
    pub fn memory_bytes(&self) -> usize {
        self.memory.len()
    }

    /// Bytes in the file.
    pub fn spilled_bytes(&self) -> u64 {
        self.spilled
    }

    /// Reads from the beginning again.
    pub fn rewind(&mut self) {
        self.read = 0;
    }

    /// Removes all bytes, and the file. The memory is kept for what comes.
    pub fn clear(&mut self) {
        self.memory.clear();
        self.file = None;
        (self.spilled, self.read) = (0, 0);
    }

    /// Puts `bytes` at the end: all of them, or none and an error.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if bytes.len() > self.budget - self.memory.len() {
            self.spill()?;
        }
        if bytes.len() > self.budget {
            return self.write_out(bytes);
        }
        let needed = self.memory.len() + bytes.len();
        if needed > self.memory.capacity() {
            // Doubled, and never beyond the budget.
            let capacity = (2 * self.memory.capacity()).max(64).clamp(needed, self.budget);
            self.memory.reserve_exact(capacity - self.memory.len());
            self.held.hold(self.memory.capacity());
        }
        self.memory.extend_from_slice(bytes);
        self.held.kept();
        Ok(())
    }

    /// Moves what is in memory to the file.
    fn spill(&mut self) -> Result<(), Error> {
        if self.memory.is_empty() {
            return Ok(());
        }
        let mut memory = std::mem::take(&mut self.memory);
        let written = self.write_out(&memory);
        if written.is_ok() {
            memory.clear();
        }
        self.memory = memory;
        written
    }

    /// Writes behind the bytes in the file. There must be none in memory that come before.
    fn write_out(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let at = self.spilled;
        let failed = |error| Error::unwritable(at, error);
        let file = match &mut self.file {
            Some(file) => file,
            file => file.insert(
                self.folder
                    .as_ref()
                    .map_or_else(tempfile::tempfile, tempfile::tempfile_in)
                    .map_err(failed)?,
            ),
        };
        file.seek(SeekFrom::Start(at)).and_then(|_| file.write_all(bytes)).map_err(failed)?;
        self.spilled += bytes.len() as u64;
        self.held.spilled();
        Ok(())
    }

    /// Reads from `at` on, once; 0 bytes at the end only.
    pub(super) fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        if let (Some(file), true) = (&self.file, at < self.spilled) {
            let most = usize::try_from(self.spilled - at).unwrap_or(usize::MAX).min(into.len());
            let read = read_file(file, at, &mut into[..most])?;
            // The file is shorter than what was written: somebody cut it.
            return if read == 0 && most > 0 {
                Err(io::ErrorKind::UnexpectedEof.into())
            } else {
                Ok(read)
            };
        }
        let from = usize::try_from(at - self.spilled).unwrap_or(usize::MAX).min(self.memory.len());
        (&self.memory[from..]).read(into)
    }
}

#[cfg(unix)]
fn read_file(file: &File, at: u64, into: &mut [u8]) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, into, at)
}

#[cfg(windows)]
fn read_file(file: &File, at: u64, into: &mut [u8]) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, into, at)
}

#[cfg(not(any(unix, windows)))]
fn read_file(mut file: &File, at: u64, into: &mut [u8]) -> io::Result<usize> {
    file.seek(SeekFrom::Start(at))?;
    file.read(into)
}

impl Write for SpillBytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.append(bytes)?;
        Ok(bytes.len())
    }

    /// Nothing waits: what is in memory is meant to be there.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for SpillBytes {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.read_at(self.read, into)?;
        self.read += read as u64;
        Ok(read)
    }
}
