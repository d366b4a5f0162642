//! Leak verdicts: snapshots of the heap one after another, and what they say of each place that
//! allocates.
//!
//! Snapshots are plain values: a [`LeakWatch`] also judges those of another process.

// `watch` takes snapshots in: `moment` is what is known beside the heap, `place` where memory is
// allocated, `series` what was seen, in bounded memory, `recent` the newest of it. `growth`, `idle`
// and `retention` are one file a verdict, on the rank statistics of `trend` and the thresholds of
// `limits`; `verdicts` is the list a reader gets. Nothing here reads a counter.

mod growth;
mod idle;
mod limits;
mod moment;
mod place;
mod process;
mod recent;
mod retention;
mod series;
mod trend;
mod verdict;
mod verdicts;
mod watch;

pub use self::moment::Moment;
pub use self::trend::{Slope, Trend};
pub use self::verdict::{Growth, LeakKind, LeakVerdict};
pub use self::verdicts::Verdicts;
pub use self::watch::LeakWatch;

#[cfg(test)]
mod tests;
