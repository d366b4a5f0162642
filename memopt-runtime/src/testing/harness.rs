//! What the test harness and the standard library allocate for themselves while a test runs, and
//! keep: no limit of the test counts it.
//!
//! - The harness keeps what a test prints in a buffer ([`captured`]). It is given room before the
//!   test begins and set apart, so that no scope counts it when it grows.
//! - What the standard library makes once for a process or a thread is made before the test begins
//!   ([`warm_up`]).
//!
//! Nothing is printed here.

#[cfg(all(unix, not(miri)))]
mod captured;

use crate::thread::set_apart::SetApart;
use crate::thread::untracked::untracked;
use std::hint::black_box;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

/// The harness around a test that runs; the buffer is counted again when this is dropped.
#[derive(Debug)]
pub(super) struct Harness {
    buffer: Option<(SetApart, usize)>,
}

/// The buffer in which the harness keeps what a test prints.
#[derive(Clone, Copy, Debug)]
struct Buffer {
    address: usize,
    capacity: usize,
    len: usize,
}

impl Harness {
    /// Makes the harness ready for a test whose limits do not count it.
    ///
    /// # Cost
    ///
    /// Some 30 µs without optimisation, and 4 KiB for what the test prints.
    pub(super) fn prepare() -> Self {
        untracked(|| {
            warm_up();
            let buffer = buffer(true);
            let set_apart = |buffer: Buffer| Some((SetApart::new(buffer.address)?, buffer.len));
            Self { buffer: buffer.and_then(set_apart) }
        })
    }

    /// Lines for a failure: what was not counted.
    pub(super) fn not_counted(&self) -> Option<String> {
        let (set_apart, len) = self.buffer.as_ref()?;
        let now = untracked(|| buffer(false))?;
        // An async test may end on another thread, which has another buffer or none.
        (now.address == set_apart.address() && now.len > *len).then(|| {
            format!(
                "    not counted: {} bytes in 1 block of the test harness, which keeps what the \
                 test prints",
                now.capacity
            )
        })
    }
}

/// What the standard library makes once and keeps: the buffers of the standard streams, the handle
/// of the current thread, and what a thread waits with in a channel.
fn warm_up() {
    black_box((std::io::stdin(), std::io::stdout(), std::io::stderr(), std::thread::current()));
    let (_sender, receiver) = sync_channel::<()>(0);
    // A channel without room makes it before it looks at the time; nothing is waited for.
    let _ = black_box(receiver.recv_timeout(Duration::ZERO));
}

/// The buffer of the calling thread, with room if that is asked for; `None` where nothing is kept
/// of what it prints, or where that cannot be told.
#[cfg(all(unix, not(miri)))]
fn buffer(with_room: bool) -> Option<Buffer> {
    captured::buffer(with_room)
}

/// As above: here it cannot be told.
#[cfg(not(all(unix, not(miri))))]
fn buffer(_with_room: bool) -> Option<Buffer> {
    None
}
