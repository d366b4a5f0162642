//! What a signal does: it wakes the thread that makes dumps, in the process that asked for them.

use signal_hook::SigId;
use signal_hook::low_level::register;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;

/// Has a byte written to `ring` each time the signal arrives. Not in a child that was forked: the
/// socket is the parent's too, which would make a dump for a signal that it did not get.
pub(crate) fn ring_at(signal: i32, ring: UnixStream) -> io::Result<SigId> {
    let owner = std::process::id();
    let action = move || {
        if std::process::id() == owner {
            // SAFETY: the descriptor is open as long as the action is. A full socket wakes the
            // thread as well, so that it may fail.
            unsafe {
                libc::send(ring.as_raw_fd(), [1u8].as_ptr().cast(), 1, libc::MSG_DONTWAIT);
            }
        }
    };
    // SAFETY: the action makes two system calls that a signal's handler may make; it neither
    // allocates, locks nor panics, and the error number is put back around it.
    unsafe { register(signal, action) }
}
