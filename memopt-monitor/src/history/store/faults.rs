//! A disk that fails when a test says so.

use redb::StorageBackend;
use redb::backends::FileBackend;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// How many bytes the disk still takes, and whether it can be written at all.
#[derive(Debug)]
pub(in crate::history) struct Faults {
    room: AtomicU64,
    read_only: AtomicBool,
}

impl Faults {
    pub(in crate::history) fn new(room: u64) -> Arc<Self> {
        Arc::new(Self { room: AtomicU64::new(room), read_only: AtomicBool::new(false) })
    }

    pub(in crate::history) fn set_room(&self, bytes: u64) {
        self.room.store(bytes, Ordering::SeqCst);
    }

    pub(in crate::history) fn set_read_only(&self, read_only: bool) {
        self.read_only.store(read_only, Ordering::SeqCst);
    }

    /// Takes so many bytes, or fails as a disk does.
    pub(super) fn write(&self, bytes: usize) -> io::Result<()> {
        if self.read_only.load(Ordering::SeqCst) {
            return Err(io::ErrorKind::ReadOnlyFilesystem.into());
        }
        let take = |room: u64| room.checked_sub(bytes as u64);
        let taken = self.room.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take);
        taken.map(drop).map_err(|_| io::ErrorKind::StorageFull.into())
    }
}

/// A file on such a disk.
#[derive(Debug)]
pub(super) struct Failing {
    pub(super) file: FileBackend,
    pub(super) faults: Arc<Faults>,
}

impl StorageBackend for Failing {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.faults.write(0)?;
        self.file.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.faults.write(0)?;
        self.file.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.faults.write(data.len())?;
        self.file.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.file.close()
    }
}
