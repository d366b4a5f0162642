//! Heap reports written to files.

// Files: `pattern` (names and formats of the files), `watch` (when a signal arrives, or memory
// passes a mark; feature `dump`).

mod pattern;
#[cfg(feature = "dump")]
mod watch;

#[cfg(all(feature = "dump", feature = "autostart", unix, not(miri)))]
pub(crate) use self::watch::ring_at;
#[cfg(feature = "dump")]
pub use self::watch::{Dumps, dump_above, dump_on_signal};

use self::pattern::Pattern;
use crate::report::HeapReport;
use crate::report::error::Error;

/// The path that a setting asks for: `{pid}` is the number of this process, and of one file `{n}`
/// is 1.
pub(crate) fn path(text: &str) -> Result<std::path::PathBuf, Error> {
    pattern::check_braces(text)?;
    Ok(pattern::fill(text, 1))
}

/// Whether a path says what to write.
pub(crate) fn check_path(path: &std::path::Path) -> Result<(), Error> {
    Pattern::parse(&path.to_string_lossy()).map(|_| ())
}

/// Writes a report once, in the form that the ending of `path` says; whether it shows what was live
/// at the peak, as nothing is live any more.
pub(crate) fn write(report: &HeapReport, path: &std::path::Path) -> Result<bool, Error> {
    let pattern = Pattern::parse(&path.to_string_lossy())?;
    pattern.write(report, &pattern.path(1))?;
    Ok(pattern.shows_the_peak(report))
}

/// What is known of the heap, stacks named.
#[cfg(feature = "dump")]
fn named() -> HeapReport {
    let mut report = crate::heap::snapshot();
    crate::heap::resolve(&mut report);
    report
}
