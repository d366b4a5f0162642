//! Ctrl-C and `kill` end a program without an exit; here the report is written first.

use crate::dump::ring_at;
use crate::testing::write_now;
use crate::untracked;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::low_level::emulate_default_handler;
use std::io::Read;
use std::os::unix::net::UnixStream;
use std::thread;

/// From now on the reports that are due are written when one of the two signals arrives, and then
/// the signal does what it does. A signal that the program ignores or handles is the program's: it
/// ends by an exit, which writes the reports.
pub(super) fn write_before_they_end() {
    for signal in [SIGINT, SIGTERM] {
        if handler(signal) != libc::SIG_DFL {
            continue;
        }
        let Ok((mut bell, ring)) = UnixStream::pair() else { continue };
        if ring_at(signal, ring).is_err() {
            continue;
        }
        let own = handler(signal);
        let wait = move || {
            untracked(|| {
                let mut byte = [0];
                while bell.read_exact(&mut byte).is_ok() {
                    if handler(signal) == own {
                        write_now();
                        // Does not come back for these two signals.
                        let _ = emulate_default_handler(signal);
                    }
                }
            });
        };
        let _ = thread::Builder::new().name("memopt-signals".to_owned()).spawn(wait);
    }
}

/// The address of what handles a signal now.
fn handler(signal: i32) -> libc::sighandler_t {
    // SAFETY: all bits zero is a value of the struct; the call writes to it and changes nothing.
    unsafe {
        let mut now: libc::sigaction = std::mem::zeroed();
        libc::sigaction(signal, std::ptr::null(), &raw mut now);
        now.sa_sigaction
    }
}
