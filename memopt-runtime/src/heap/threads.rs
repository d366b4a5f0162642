//! The threads that allocated or freed sampled blocks, by number.

use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64};

/// Threads told apart; further ones share the last number.
pub(super) const LEN: usize = 512;
/// Bytes of a name: what Linux keeps.
const NAME: usize = 16;

/// Names of threads. Zeroed memory is an empty list.
#[derive(Debug)]
pub(super) struct Threads {
    names: [[AtomicU8; NAME]; LEN],
    ready: [AtomicU32; LEN],
    next: AtomicU64,
}

impl Threads {
    /// A number for the calling thread, which keeps it.
    pub(super) fn add(&self) -> u16 {
        let number = (self.next.fetch_add(1, Relaxed) as usize).min(LEN - 1);
        let name = own_name();
        for (place, byte) in self.names[number].iter().zip(name) {
            place.store(byte, Relaxed);
        }
        // Pairs with the Acquire in `read`.
        self.ready[number].store(1, Release);
        number as u16
    }

    /// The names, by number.
    pub(super) fn read(&self) -> Vec<String> {
        let len = (self.next.load(Relaxed) as usize).min(LEN);
        let name = |number: usize| {
            if self.ready[number].load(Acquire) == 0 {
                return String::new();
            }
            let bytes: Vec<u8> = self.names[number].iter().map(|byte| byte.load(Relaxed)).collect();
            let name = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
            String::from_utf8_lossy(name).into_owned()
        };
        let mut names: Vec<String> = (0..len).map(name).collect();
        // Threads of one name are told apart by their order.
        let plain = names.clone();
        for (at, name) in names.iter_mut().enumerate() {
            let before = plain[..at].iter().filter(|other| *other == name).count();
            if before > 0 {
                *name = format!("{name} #{}", before + 1);
            }
        }
        if len == LEN {
            "(further threads)".clone_into(&mut names[LEN - 1]);
        }
        names
    }
}

/// The name of the calling thread, as the system knows it.
#[cfg(all(target_os = "linux", not(miri)))]
fn own_name() -> [u8; NAME] {
    let mut name = [0; NAME];
    // SAFETY: writes 16 bytes at most, which there are.
    unsafe { libc::prctl(libc::PR_GET_NAME, name.as_mut_ptr()) };
    name
}

#[cfg(not(all(target_os = "linux", not(miri))))]
fn own_name() -> [u8; NAME] {
    [0; NAME]
}
