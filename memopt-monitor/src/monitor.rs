//! The monitor: its thread, how it is started, and the handle that stops it.

mod builder;
mod handle;
mod snapshot;
mod worker;

pub use self::builder::{Builder, StartError};
pub use self::handle::Handle;
pub use self::snapshot::Snapshot;

use memopt_report::untracked;
use std::ops::Deref;
use std::thread::JoinHandle;
use std::time::Duration;

/// Starts the monitor with the settings of `memopt.toml`, if there is one, and of the environment.
///
/// # Errors
///
/// Where the settings are wrong, each fault with its place; where a monitor runs already; and where
/// no thread can be started.
///
/// # Examples
///
/// ```
/// # mod memopt { pub use memopt_monitor as monitor; }
/// let monitor = memopt::monitor::start()?;
/// // .. the program ..
/// drop(monitor);
/// # Ok::<(), memopt_monitor::StartError>(())
/// ```
///
/// Guide: [Watch a service](https://docs.rs/memopt/latest/memopt/docs/watch_a_service/).
pub fn start() -> Result<Monitor, StartError> {
    Monitor::builder().of_process().start()
}

/// How long the worker's end is waited for. It keeps its states and tells its sinks in less, unless
/// the disk or a source stalls.
const END: Duration = Duration::from_secs(10);

/// A monitor that runs. Dropping it stops it, and waits until its last states are kept: for ten
/// seconds at most, so that a disk that stalls does not keep the program from its end.
///
/// In a child that was forked it does nothing: the thread stayed with the parent. A child may start
/// its own.
///
/// # Limits
///
/// A child that was forked and starts no other program has the parent's open files for as long as
/// it lives, also when the parent has ended: the lock of the store and the socket by which the name
/// of the instance is known to be taken. A parent that is started anew meanwhile has a store of its
/// own beside the old one, and an instance with its process id.
#[must_use = "the monitor stops when this is dropped: bind it with `let _monitor = ..`"]
#[derive(Debug)]
pub struct Monitor {
    /// There until it is dropped.
    handle: Option<Handle>,
    thread: Option<JoinHandle<()>>,
}

impl Monitor {
    /// A monitor that is put together: settings, sources, sinks, call-backs.
    pub fn builder() -> Builder {
        Builder::default()
    }
}

/// What a handle can do, a monitor can.
impl Deref for Monitor {
    type Target = Handle;

    fn deref(&self) -> &Handle {
        self.handle.as_ref().expect("it is there until it is dropped")
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        let Some(handle) = self.handle.take() else { return };
        if std::process::id() != handle.pid() {
            // The thread is the parent's: there is nothing to wait for, and what it holds is left
            // as it was when the process was forked.
            std::mem::forget((self.thread.take(), handle));
            return;
        }
        handle.stop();
        if let Some(thread) = self.thread.take() {
            if untracked(|| handle.has_ended(END)) {
                // A panic of the worker was caught, and told as a fault.
                let _ = untracked(|| thread.join());
            } else {
                untracked(|| drop(thread));
                // Before another may start: what that one samples is not to be ended later.
                handle.leave_behind();
                tracing::warn!(
                    target: "memopt::monitor",
                    "the monitor's thread is left behind: it waits for a disk or a source and ends \
                     when that answers"
                );
            }
            builder::let_another_start();
        }
        untracked(|| drop(handle));
    }
}
