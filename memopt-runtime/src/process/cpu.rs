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

/// What [`apart`] took so far.
#[cfg(feature = "track")]
static APART: AtomicU64 = AtomicU64::new(0);

/// CPU time that all threads have taken since the program began, without [`apart`], or since the
/// process began if it was forked later, ns; `None` where the system does not tell.
#[cfg(feature = "track")]
pub(crate) fn program_cpu_ns() -> Option<u64> {
    let all = cpu_ns()?;
    let not_ours =
        if is_where_the_program_began() { BEFORE.0.load(Relaxed) + APART.load(Relaxed) } else { 0 };
    Some(all.saturating_sub(not_ours).max(1))
}

/// Runs `work` of memopt itself, whose CPU time on this thread is not the program's. Within itself
/// it would count twice.
#[cfg(feature = "track")]
pub(crate) fn apart<T>(work: impl FnOnce() -> T) -> T {
    let before = thread_cpu_ns();
    let value = work();
    let took = thread_cpu_ns().zip(before).map_or(0, |(now, then)| now.saturating_sub(then));
    // A child that was forked has a clock of its own, and the sum of its parent.
    if is_where_the_program_began() {
        APART.fetch_add(took, Relaxed);
    }
    value
}

#[cfg(feature = "track")]
fn is_where_the_program_began() -> bool {
    BEFORE.1.load(Relaxed) == std::process::id()
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
