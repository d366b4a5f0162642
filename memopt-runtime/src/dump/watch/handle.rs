//! What is handed out when dumps begin: how many there were, what went wrong, and the end of their
//! thread.

use super::LOOK_EVERY;
use crate::report::error::Error;
use crate::untracked;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// Running dumps and their results; dropping it ends them, after a dump that is being written.
///
/// [`dump_on_signal`](super::dump_on_signal) and [`dump_above`](super::dump_above) start them.
#[derive(Debug)]
#[must_use = "dumps end when this is dropped"]
pub struct Dumps(Option<Running>);

impl Dumps {
    /// What is shared with the thread; `None` in a child that was forked, which has no such thread,
    /// and which may find the lock closed for ever.
    fn here(&self) -> Option<&Shared> {
        self.0.as_ref().filter(|running| running.is_here()).map(|running| &*running.shared)
    }

    pub(super) fn new(shared: Arc<Shared>, thread: JoinHandle<()>, stop: Stop) -> Self {
        let owner = std::process::id();
        Self(Some(Running { owner, shared, thread: Some(thread), stop }))
    }

    #[cfg(all(test, unix, feature = "track"))]
    pub(super) fn shared(&self) -> &Shared {
        &self.0.as_ref().expect("taken only when dropped").shared
    }

    /// Files written.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(unix)]
    /// # fn main() -> Result<(), memopt::Error> {
    /// let dumps = memopt::heap::dump_on_signal(12, "/tmp/heap-{n}.json")?;
    /// assert_eq!(dumps.written(), 0); // no signal came
    /// # Ok(())
    /// # }
    /// # #[cfg(not(unix))]
    /// # fn main() {}
    /// ```
    pub fn written(&self) -> u64 {
        self.here().map_or(0, |shared| shared.lock().written)
    }

    /// The file written last.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(unix)]
    /// # fn main() -> Result<(), memopt::Error> {
    /// let dumps = memopt::heap::dump_on_signal(12, "/tmp/heap-{n}.json")?;
    /// if let Some(path) = dumps.last_path() {
    ///     eprintln!("heap written to {}", path.display());
    /// }
    /// # Ok(())
    /// # }
    /// # #[cfg(not(unix))]
    /// # fn main() {}
    /// ```
    pub fn last_path(&self) -> Option<PathBuf> {
        self.here()?.lock().last.clone()
    }

    /// Errors since the last call, the oldest first; at most 16, later ones are dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(unix)]
    /// # fn main() -> Result<(), memopt::Error> {
    /// let dumps = memopt::heap::dump_on_signal(12, "/tmp/heap-{n}.json")?;
    /// for error in dumps.take_errors() {
    ///     eprintln!("{error}");
    /// }
    /// # Ok(())
    /// # }
    /// # #[cfg(not(unix))]
    /// # fn main() {}
    /// ```
    pub fn take_errors(&self) -> Vec<Error> {
        self.here().map(|shared| std::mem::take(&mut shared.lock().errors)).unwrap_or_default()
    }

    /// Lets the thread of [`dump_above`](super::dump_above) check memory now instead of within a
    /// second, without waiting for it. Dumps by signal do not need it.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[global_allocator]
    /// # static ALLOC: memopt::Alloc = memopt::Alloc::system();
    /// # fn main() -> Result<(), memopt::Error> {
    /// # if !cfg!(feature = "track") { return Ok(()) }
    /// let dumps = memopt::heap::dump_above(1 << 40, "/tmp/heap-{n}.json")?;
    /// let job = vec![0u8; 1000];
    /// dumps.look(); // while the job's memory is there
    /// drop(job);
    /// # Ok(())
    /// # }
    /// ```
    pub fn look(&self) {
        if let Some(shared) = self.here() {
            shared.lock().asked = true;
            shared.bell.notify_all();
        }
    }
}

impl Drop for Dumps {
    fn drop(&mut self) {
        untracked(|| drop(self.0.take()));
    }
}

/// A thread that makes dumps, and what ends it.
#[derive(Debug)]
struct Running {
    /// The process that has the thread.
    owner: u32,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
    stop: Stop,
}

impl Running {
    fn is_here(&self) -> bool {
        self.owner == std::process::id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.is_here() {
            // Neither the thread nor the signal is this process's. Not dropped: that would detach a
            // thread that does not exist.
            std::mem::forget(self.thread.take());
            return;
        }
        self.shared.lock().stopped = true;
        self.stop.ring();
        self.shared.bell.notify_all();
        if let Some(thread) = self.thread.take() {
            // Its panics are caught, so there is nothing to learn.
            let _ = thread.join();
        }
    }
}

/// What wakes a thread that is to end.
#[derive(Debug)]
pub(super) enum Stop {
    /// The condition variable.
    Bell,
    /// A byte in the socket that the signal's handler writes to.
    #[cfg(unix)]
    Signal(signal_hook::SigId, std::os::unix::net::UnixStream),
}

impl Stop {
    pub(super) fn ring(&self) {
        match self {
            Self::Bell => {}
            #[cfg(unix)]
            Self::Signal(id, ring) => {
                use std::io::Write;
                signal_hook::low_level::unregister(*id);
                // A full socket wakes the thread as well.
                let _ = (&mut &*ring).write(&[0]);
            }
        }
    }
}

/// What the thread and its handle share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    state: Mutex<State>,
    bell: Condvar,
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) stopped: bool,
    asked: bool,
    pub(super) written: u64,
    pub(super) last: Option<PathBuf>,
    pub(super) errors: Vec<Error>,
}

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until it is time to look; `false` when there is no more to do.
    pub(super) fn sleep(&self) -> bool {
        let waits = |state: &mut State| !state.stopped && !state.asked;
        let (mut state, _) = self
            .bell
            .wait_timeout_while(self.lock(), LOOK_EVERY, waits)
            .unwrap_or_else(PoisonError::into_inner);
        state.asked = false;
        !state.stopped
    }
}
