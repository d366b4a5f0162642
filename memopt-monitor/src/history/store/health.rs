//! How the store is, for alerts and people.

use std::fmt;
use std::path::PathBuf;

/// Whether history reaches the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Health {
    /// No store was asked for.
    #[default]
    MemoryOnly,
    /// The store is being opened: history is in memory alone until then.
    Opening,
    /// All is stored.
    Stored,
    /// The disk failed: history is in memory alone. The store is tried again by itself.
    Degraded,
}

/// The state of the store.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct StoreState {
    /// Whether history reaches the disk.
    pub health: Health,
    /// The file in use, or the one that is tried.
    pub path: Option<PathBuf>,
    /// Whether another process has the store of this name, so that this one has its own beside it.
    pub is_beside: bool,
    /// Why it is degraded, beside another one, or began anew.
    pub reason: Option<String>,
    /// Times it degraded.
    pub failures: u64,
    /// Times it recovered by itself.
    pub recoveries: u64,
    /// Files that were damaged and set aside.
    pub damaged: u64,
    /// Bytes that its files take on the disk.
    pub file_bytes: u64,
    /// Closed blocks in it.
    pub blocks: u64,
    /// Transactions so far.
    pub commits: u64,
    /// Time the last transaction took, s.
    pub commit_seconds: f64,
}

impl StoreState {
    /// A store that nobody has opened yet.
    pub(in crate::history) fn opening(path: PathBuf) -> Self {
        Self { health: Health::Opening, path: Some(path), ..Self::default() }
    }
}

impl fmt::Display for StoreState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.health {
            Health::MemoryOnly => "history is kept in memory only",
            Health::Opening => "history is in memory until the store is open",
            Health::Stored => "history is stored",
            Health::Degraded => "history is in memory until the store can be written again",
        })?;
        if let Some(path) = &self.path {
            write!(f, " ({})", path.display())?;
        }
        match &self.reason {
            Some(reason) => write!(f, ": {reason}"),
            None => Ok(()),
        }
    }
}
