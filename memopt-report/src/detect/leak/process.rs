//! The process at the last snapshot.

/// What a watch knows of the process as a whole.
#[derive(Debug, Default)]
pub(super) struct Process {
    /// Bytes held at its peak.
    pub(super) peak: u64,
    /// Bytes held now.
    pub(super) total: u64,
    pub(super) rss: Option<u64>,
    pub(super) limit: Option<u64>,
    /// When the program was built, where a report told.
    pub(super) built_at_unix_ns: Option<u64>,
}
