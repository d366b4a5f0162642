//! The time futures are born at: a clock that is cheap rather than fine.

/// Births this near to each other may be given one time.
pub(super) const TICK_NS: u64 = 1_000_000;

/// Nanoseconds of a monotonic clock, never 0, to a tick of the kernel (1 to 10 ms).
///
/// PERF: 5 ns, where `Instant::now` takes 26.
#[cfg(all(target_os = "linux", not(miri)))]
pub(crate) fn now_ns() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `now` is a `timespec` to write to. The clock exists since Linux 2.6.32; where it
    // fails, the time is 1.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC_COARSE, &raw mut now) };
    (now.tv_sec.cast_unsigned() * 1_000_000_000 + now.tv_nsec.cast_unsigned()).max(1)
}

/// Nanoseconds of a monotonic clock, never 0.
#[cfg(not(all(target_os = "linux", not(miri))))]
pub(crate) fn now_ns() -> u64 {
    crate::thread::state::now_ns()
}
