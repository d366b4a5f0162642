//! Ctrl-C, `kill` and the end of the terminal: from the first program that is run, the command
//! hears of them and is not ended by them.

use crate::error::Error;
use crate::exit::Exit;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};

/// What `kill` sends.
pub(super) const TERM: u8 = 15;

/// The last signal; 0 before there is one.
static LAST: OnceLock<Arc<AtomicUsize>> = OnceLock::new();

/// From now on these signals are only noted.
pub(super) fn catch() {
    LAST.get_or_init(|| {
        let last = Arc::new(AtomicUsize::new(0));
        #[cfg(unix)]
        for signal in {
            use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
            [SIGHUP, SIGINT, SIGQUIT, SIGTERM]
        } {
            // Where it cannot be caught the command ends with the program.
            let _ = signal_hook::flag::register_usize(signal, Arc::clone(&last), signal as usize);
        }
        last
    });
}

/// The signal that came last.
pub(crate) fn last() -> Option<u8> {
    let last = LAST.get()?.load(Relaxed);
    u8::try_from(last).ok().filter(|signal| *signal > 0)
}

/// Whether the command may go on.
///
/// # Errors
///
/// Where a signal came: the command is to end as if by it.
pub(crate) fn check() -> Result<(), Error> {
    let Some(signal) = last() else { return Ok(()) };
    let next = "run it again; no file changed, and a patch has what was proven before";
    Err(Error::new(Exit::Program(128 + signal), "interrupted", next))
}
