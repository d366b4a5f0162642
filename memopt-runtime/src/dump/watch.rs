//! Heap reports written to files while the program runs: when a signal arrives, or when memory
//! passes a mark.
//!
//! Each call here starts one thread, which sleeps otherwise; nothing is printed. Rooms: `handle`
//! (what is handed out), `mark` (when memory has grown enough for the next), `signal` (what wakes
//! the thread).

mod handle;
mod mark;
#[cfg(unix)]
mod signal;

#[cfg(all(feature = "autostart", unix, not(miri)))]
pub(crate) use self::signal::ring_at;

pub use self::handle::Dumps;
use self::handle::{Shared, Stop};
use self::mark::Mark;
use super::named;
use super::pattern::Pattern;
use crate::report::HeapReport;
use crate::report::error::{Error, Kind};
use crate::untracked;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How often memory is compared with the mark, and what is loaded with what stacks have met.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Errors kept for who asks; a full disk makes one a dump.
const ERRORS: usize = 16;

/// Writes a heap report each time the signal arrives, in the form that the ending of `path` says:
/// `.pb.gz` (pprof), `.dhat.json`, `.speedscope.json`, `.json`, `.csv`, `.folded` (live bytes, or
/// the peak's where nothing is live), `.svg` (the same, with the feature `flamegraph`) or `.txt`.
///
/// In `path`, `{pid}` becomes the process id and `{n}` the number of the dump, from 1; without
/// `{n}` each dump replaces the last. Other handlers of the signal stay in force. Dropping the
/// returned value ends the dumps.
///
/// # Errors
///
/// If `path` has another ending or other braces, or names a folder that does not exist; if the
/// signal cannot be caught; or if no thread can be started. Later errors are in
/// [`Dumps::take_errors`].
///
/// # Cost
///
/// One thread, which checks once a second whether a library was loaded. It also makes the dumps;
/// their memory is not counted.
///
/// # Limits
///
/// Signals that arrive while a dump is written make one more dump together. After the drop the
/// signal is ignored; its earlier action is not restored. In a forked child the signal does
/// nothing, and the inherited value counts no dumps. The child may start its own.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), memopt::Error> {
/// # let folder = std::env::temp_dir();
/// # let path = folder.join("memopt-doc-{pid}-{n}.pb.gz");
/// # let path = path.to_str().unwrap();
/// const SIGUSR2: i32 = 12; // `libc::SIGUSR2`
/// let dumps = memopt::heap::dump_on_signal(SIGUSR2, path)?;
/// // .. `kill -USR2` ..
/// assert_eq!(dumps.written(), 0);
/// # Ok(())
/// # }
/// ```
#[cfg(unix)]
pub fn dump_on_signal(signal: i32, path: &str) -> Result<Dumps, Error> {
    on_signal(signal, path, named)
}

/// As on Unix; here signals are not caught.
///
/// # Errors
///
/// Always: the platform has no such signals.
#[cfg(not(unix))]
pub fn dump_on_signal(_signal: i32, _path: &str) -> Result<Dumps, Error> {
    let message = "signals are caught on Unix alone; use `dump_above`, or write \
                   `heap::snapshot()` where you want it";
    Err(Error::new(Kind::Setting, message))
}

/// As [`dump_on_signal`], of what `snapshot` gives.
#[cfg(unix)]
fn on_signal(
    signal: i32,
    path: &str,
    snapshot: impl Fn() -> HeapReport + Send + 'static,
) -> Result<Dumps, Error> {
    use signal_hook::consts::FORBIDDEN;
    use std::io::{ErrorKind::Interrupted, ErrorKind::TimedOut, ErrorKind::WouldBlock, Read};
    use std::os::unix::net::UnixStream;

    untracked(|| {
        let pattern = Pattern::parse(path)?;
        pattern.check_folder()?;
        if FORBIDDEN.contains(&signal) {
            let message =
                format!("signal {signal} cannot be caught; take another, such as SIGUSR2");
            return Err(Error::new(Kind::Setting, message));
        }
        let catch = |error| Error::failed(format!("catch signal {signal}"), error);
        let (mut bell, ring) = UnixStream::pair().map_err(catch)?;
        bell.set_read_timeout(Some(LOOK_EVERY)).map_err(catch)?;
        let stop = ring.try_clone().map_err(catch)?;
        let id = signal::ring_at(signal, ring).map_err(catch)?;
        let dumper = Dumper::new(pattern, snapshot);
        let shared = Arc::clone(&dumper.shared);
        let started = start(move || {
            // One byte a signal, or from the drop; an error but these would be a closed socket,
            // which is the end as well.
            loop {
                match bell.read(&mut [0; 64]) {
                    // What went wrong is with the handle.
                    Ok(bytes) if bytes > 0 && !dumper.shared.lock().stopped => _ = dumper.dump(),
                    Err(error) if matches!(error.kind(), WouldBlock | TimedOut | Interrupted) => {
                        crate::heap::keep_up();
                    }
                    _ => break,
                }
            }
        });
        let stop = Stop::Signal(id, stop);
        match started {
            Ok(thread) => Ok(Dumps::new(shared, thread, stop)),
            Err(error) => {
                stop.ring();
                Err(error)
            }
        }
    })
}

/// Writes a heap report when the process has more than `bytes` in use, and again each time that has
/// doubled: at most one a doubling, so a leak leaves few files and the last one shows it best.
/// `path` is as for [`dump_on_signal`].
///
/// # Errors
///
/// If `path` has another ending or other braces, or names a folder that does not exist; if bytes
/// are not counted (without the feature `track`, or without `memopt::Alloc` as the global
/// allocator); or if no thread can be started. Later errors are in [`Dumps::take_errors`].
///
/// # Cost
///
/// One thread, which adds up the counters of all threads once a second, and checks whether a
/// library was loaded.
///
/// # Limits
///
/// Memory that is in use for less than a second may be missed; [`Dumps::look`] checks at once.
///
/// # Examples
///
/// ```
/// #[global_allocator]
/// static ALLOC: memopt::Alloc = memopt::Alloc::system();
///
/// # fn main() -> Result<(), memopt::Error> {
/// # if !cfg!(feature = "track") { return Ok(()) }
/// let gigabyte = 1 << 30;
/// let dumps = memopt::heap::dump_above(gigabyte, "/tmp/heap-{pid}-{n}.pb.gz")?;
/// assert_eq!(dumps.written(), 0);
/// # Ok(())
/// # }
/// ```
pub fn dump_above(bytes: u64, path: &str) -> Result<Dumps, Error> {
    untracked(|| {
        let pattern = Pattern::parse(path)?;
        pattern.check_folder()?;
        if crate::live_bytes().is_none() {
            let message = "bytes in use are not counted; make `memopt::Alloc` the global \
                           allocator and keep memopt's feature \
                           `track`";
            return Err(Error::new(Kind::Setting, message));
        }
        let dumper = Dumper::new(pattern, named);
        let shared = Arc::clone(&dumper.shared);
        let mut mark = Mark::new(bytes);
        let thread = start(move || {
            while dumper.shared.sleep() {
                crate::heap::keep_up();
                let Some(live) = crate::live_bytes().filter(|live| mark.is_reached(*live)) else {
                    continue;
                };
                // One that failed is made again at the next look: the disk may have room by then.
                if dumper.dump() {
                    mark.pass(live);
                }
            }
        })?;
        Ok(Dumps::new(shared, thread, Stop::Bell))
    })
}

/// A thread whose own memory does not show.
fn start(work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, Error> {
    let started =
        thread::Builder::new().name("memopt-dump".to_owned()).spawn(move || untracked(work));
    started.map_err(|error| Error::failed("start a thread for dumps", error))
}

/// Makes the dumps, on its thread.
struct Dumper<S> {
    pattern: Pattern,
    snapshot: S,
    shared: Arc<Shared>,
}

impl<S: Fn() -> HeapReport> Dumper<S> {
    fn new(pattern: Pattern, snapshot: S) -> Self {
        Self { pattern, snapshot, shared: Arc::default() }
    }

    /// Makes one; whether it was written.
    fn dump(&self) -> bool {
        let path = self.pattern.path(self.shared.lock().written + 1);
        let write = || self.pattern.write(&(self.snapshot)(), &path);
        // The thread must live on, and who holds the handle must learn of it.
        let result = catch_unwind(AssertUnwindSafe(write)).unwrap_or_else(|_| {
            let message = format!("cannot write {}: the snapshot panicked", path.display());
            Err(Error::new(Kind::Io, message))
        });
        let mut state = self.shared.lock();
        let written = result.is_ok();
        match result {
            Ok(()) => {
                state.written += 1;
                state.last = Some(path);
            }
            Err(error) if state.errors.len() < ERRORS => state.errors.push(error),
            Err(_) => {}
        }
        written
    }
}

#[cfg(all(test, unix, feature = "track"))]
mod tests {
    use super::*;
    use std::time::Instant;

    /// Waits for what the thread does; a minute is for a machine that stands still.
    fn wait(until: impl Fn() -> bool) {
        let start = Instant::now();
        while !until() {
            assert!(start.elapsed() < Duration::from_secs(60), "the thread did nothing");
            thread::sleep(Duration::from_millis(2));
        }
    }

    #[test]
    fn a_signal_writes_a_file_and_errors_come_through_the_handle() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("heap-{n}.json");
        let dumps = on_signal(libc::SIGUSR1, path.to_str().unwrap(), HeapReport::default).unwrap();
        signal_hook::low_level::raise(libc::SIGUSR1).unwrap();
        wait(|| dumps.written() == 1);
        signal_hook::low_level::raise(libc::SIGUSR1).unwrap();
        wait(|| dumps.written() == 2);
        assert_eq!(dumps.last_path().unwrap(), folder.path().join("heap-2.json"));
        let text = std::fs::read_to_string(folder.path().join("heap-1.json")).unwrap();
        assert_eq!(HeapReport::from_json(&text).unwrap(), HeapReport::default());

        folder.close().unwrap();
        signal_hook::low_level::raise(libc::SIGUSR1).unwrap();
        wait(|| !dumps.shared().lock().errors.is_empty());
        let errors = dumps.take_errors();
        assert!(errors[0].is_io() && errors[0].to_string().contains("heap-3.json"), "{errors:?}");
        assert!(dumps.take_errors().is_empty());
        drop(dumps);
    }

    #[test]
    fn a_snapshot_that_panics_is_an_error_and_the_next_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("heap.json");
        let first = std::sync::atomic::AtomicBool::new(true);
        let snapshot = move || {
            assert!(!first.swap(false, std::sync::atomic::Ordering::Relaxed), "as the test wants");
            HeapReport::default()
        };
        let dumps = on_signal(libc::SIGUSR2, path.to_str().unwrap(), snapshot).unwrap();
        signal_hook::low_level::raise(libc::SIGUSR2).unwrap();
        wait(|| !dumps.shared().lock().errors.is_empty());
        assert!(dumps.take_errors()[0].to_string().ends_with("the snapshot panicked"));
        signal_hook::low_level::raise(libc::SIGUSR2).unwrap();
        wait(|| dumps.written() == 1);
    }

    #[test]
    fn a_signal_that_cannot_be_caught_is_refused() {
        let error = dump_on_signal(libc::SIGKILL, "heap.txt").unwrap_err();
        assert!(error.is_setting());
        assert_eq!(error.to_string(), "signal 9 cannot be caught; take another, such as SIGUSR2");
    }

    #[test]
    fn a_mark_without_counted_bytes_is_refused() {
        // This crate's own tests run under the plain allocator.
        let error = dump_above(1, "heap.txt").unwrap_err();
        assert!(error.is_setting());
        assert!(error.to_string().starts_with("bytes in use are not counted"), "{error}");
    }
}
