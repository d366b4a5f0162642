//! What is known of the process beside its heap when a snapshot is taken.

use crate::{HeapReport, Report};

/// The circumstances of a snapshot, for [`LeakWatch::add`](super::LeakWatch::add).
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Moment<'a> {
    /// When, nanoseconds of any clock that does not go back.
    pub at_ns: u64,
    /// Resident bytes of the process; without them there is no
    /// [`Retention`](super::LeakKind::Retention).
    pub rss_bytes: Option<u64>,
    /// Resident bytes that the process may have. Without it, the time left is not reported.
    pub limit_bytes: Option<u64>,
    /// Bytes in use, counted. The report knows them too. Without either, they are estimated from
    /// the samples.
    pub live_bytes: Option<u64>,
    /// The report of the same time: it knows calls, capacities in use, and where sites stand.
    pub report: Option<&'a Report>,
}

impl<'a> Moment<'a> {
    /// A time and nothing else.
    pub fn at(at_ns: u64) -> Self {
        Self { at_ns, ..Self::default() }
    }

    /// The time of a snapshot, with the resident bytes and the limit of its process at that time,
    /// if the system reports them.
    pub fn of(heap: &HeapReport) -> Self {
        Self {
            at_ns: heap.at_ns,
            rss_bytes: heap.rss_bytes,
            limit_bytes: heap.limit_bytes,
            ..Self::default()
        }
    }

    /// The same at another time.
    #[must_use]
    pub fn at_ns(self, at_ns: u64) -> Self {
        Self { at_ns, ..self }
    }

    /// The same with so many resident bytes.
    #[must_use]
    pub fn rss_bytes(self, bytes: u64) -> Self {
        Self { rss_bytes: Some(bytes), ..self }
    }

    /// The same under a limit of so many resident bytes.
    #[must_use]
    pub fn limit_bytes(self, bytes: u64) -> Self {
        Self { limit_bytes: Some(bytes), ..self }
    }

    /// The same with so many bytes in use, for snapshots without a report.
    #[must_use]
    pub fn live_bytes(self, bytes: u64) -> Self {
        Self { live_bytes: Some(bytes), ..self }
    }

    /// The same with the report of that time. Snapshots between two reports may go without: what
    /// the last one said of calls and capacities holds for them.
    #[must_use]
    pub fn report(self, report: &'a Report) -> Self {
        Self { report: Some(report), ..self }
    }
}
