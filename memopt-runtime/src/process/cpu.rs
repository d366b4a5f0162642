//! CPU time of the process and of a thread.

#[cfg(feature = "track")]
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

/// CPU time that all threads of the process have taken, ns; `None` where the system does not tell.
pub(crate) fn cpu_ns() -> Option<u64> {
    #[cfg(all(unix, not(miri)))]
    return clock_ns(libc::CLOCK_PROCESS_CPUTIME_ID);
    #[cfg(all(windows, not(miri)))]
    return super::windows::process_cpu_ns();
    #[cfg(any(not(any(unix, windows)), miri))]
    None
}

/// What the process had taken when the program began, and in which process: a program that replaces
/// another, as one does that `cargo run` starts, has its CPU time on its clock.
#[cfg(feature = "track")]
static BEFORE: (AtomicU64, AtomicU32) = (AtomicU64::new(0), AtomicU32::new(0));

/// The program begins. To be called once; it neither allocates nor locks.
#[cfg(feature = "track")]
pub(crate) fn program_begins() {
    if let Some(ns) = cpu_ns() {
        BEFORE.0.store(ns, Relaxed);
        BEFORE.1.store(std::process::id(), Relaxed);
    }
}

/// CPU time that all threads have taken since the program began, or the process if it was forked
/// later, ns; `None` where the system does not tell.
#[cfg(feature = "track")]
pub(crate) fn program_cpu_ns() -> Option<u64> {
    let all = cpu_ns()?;
    let is_of_this = BEFORE.1.load(Relaxed) == std::process::id();
    let before = if is_of_this { BEFORE.0.load(Relaxed) } else { 0 };
    Some(all.saturating_sub(before).max(1))
}

/// CPU time that this thread has taken, ns; `None` where the system does not tell. Windows counts
/// it in steps of its timer, which are up to 16 ms.
pub fn thread_cpu_ns() -> Option<u64> {
    #[cfg(all(unix, not(miri)))]
    return clock_ns(libc::CLOCK_THREAD_CPUTIME_ID);
    #[cfg(all(windows, not(miri)))]
    return super::windows::thread_cpu_ns();
    #[cfg(any(not(any(unix, windows)), miri))]
    None
}

#[cfg(all(unix, not(miri)))]
fn clock_ns(clock: libc::clockid_t) -> Option<u64> {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call writes a timespec to the address given.
    let failed = unsafe { libc::clock_gettime(clock, &raw mut time) } != 0;
    (!failed).then(|| (time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(all(unix, not(miri)))]
    #[test]
    fn cpu_time_of_a_thread_is_part_of_the_process() {
        let (thread, process) = (thread_cpu_ns().unwrap(), cpu_ns().unwrap());
        assert!(0 < thread && thread <= process, "{thread} of {process}");
    }
}
