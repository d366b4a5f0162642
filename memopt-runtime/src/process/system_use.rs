//! What a monitor asks the system and its allocator for, where no file tells it.

/// What the system counted for the process; `None` where it does not tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SystemUse {
    /// CPU time of all threads, ns.
    pub cpu_ns: Option<u64>,
    /// The most resident bytes so far.
    pub peak_resident_bytes: Option<u64>,
    /// Page faults served without a disk.
    pub minor_faults: Option<u64>,
    /// Page faults that waited for a disk.
    pub major_faults: Option<u64>,
}

/// Asks the system, on Unix; nothing is known elsewhere.
pub fn system_use() -> SystemUse {
    let mut known = SystemUse { cpu_ns: super::cpu_ns(), ..SystemUse::default() };
    if let Some((peak, minor, major)) = usage() {
        known.peak_resident_bytes = Some(peak);
        (known.minor_faults, known.major_faults) = (Some(minor), Some(major));
    }
    known
}

/// The peak of resident bytes, and the faults of both kinds.
#[cfg(all(unix, not(miri)))]
fn usage() -> Option<(u64, u64, u64)> {
    // Apple counts bytes, the others kilobytes.
    const UNIT: u64 = if cfg!(target_vendor = "apple") { 1 } else { 1024 };
    // SAFETY: a plain structure of numbers, for which zero bytes are valid.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: the call writes a `rusage` to the address given.
    let failed = unsafe { libc::getrusage(libc::RUSAGE_SELF, &raw mut usage) } != 0;
    let number = |value: libc::c_long| u64::try_from(value).unwrap_or(0);
    (!failed)
        .then(|| (number(usage.ru_maxrss) * UNIT, number(usage.ru_minflt), number(usage.ru_majflt)))
}

#[cfg(not(all(unix, not(miri))))]
fn usage() -> Option<(u64, u64, u64)> {
    None
}

/// What glibc's allocator has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SystemAllocator {
    /// Bytes of blocks that the program holds, those mapped one by one included.
    pub in_use: u64,
    /// Bytes got from the system: heaps of all arenas, and blocks mapped one by one.
    pub mapped: u64,
    /// Free bytes within the heaps.
    pub free: u64,
    /// Free bytes at the end of the main heap, which can be given back.
    pub releasable: u64,
}

/// Asks glibc 2.33 or later for its own figures; `None` elsewhere.
///
/// # Cost
///
/// It walks the lists of free blocks, each arena's behind that arena's lock: microseconds, or
/// milliseconds where a heap has a million free blocks. Threads that allocate from that arena wait
/// meanwhile, so it is not for every second.
pub fn system_allocator() -> Option<SystemAllocator> {
    #[cfg(all(target_os = "linux", target_env = "gnu", not(miri)))]
    {
        type Mallinfo2 = unsafe extern "C" fn() -> libc::mallinfo2;
        // Looked up by name: a program that is linked to it does not start on an older glibc.
        // SAFETY: a name that ends with a zero byte.
        let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"mallinfo2".as_ptr()) };
        if found.is_null() {
            return None;
        }
        // SAFETY: the function of this name takes nothing and returns the structure by value since
        // it exists (glibc 2.33).
        let mallinfo2: Mallinfo2 = unsafe { std::mem::transmute(found) };
        // SAFETY: it takes the allocator's own locks and reads its lists.
        let info = unsafe { mallinfo2() };
        Some(SystemAllocator {
            in_use: (info.uordblks + info.hblkhd) as u64,
            mapped: (info.arena + info.hblkhd) as u64,
            free: info.fordblks as u64,
            releasable: info.keepcost as u64,
        })
    }
    #[cfg(not(all(target_os = "linux", target_env = "gnu", not(miri))))]
    None
}

#[cfg(all(test, target_os = "linux", target_env = "gnu", not(miri)))]
mod tests {
    use super::*;

    #[test]
    fn the_system_counts_faults_and_the_peak() {
        let known = system_use();
        assert!(known.minor_faults.is_some_and(|faults| faults > 10), "{known:?}");
        assert!(known.peak_resident_bytes.is_some_and(|bytes| bytes > 100_000), "{known:?}");
    }

    #[test]
    fn a_block_shows_in_the_figures_of_the_allocator() {
        let Some(before) = system_allocator() else { return };
        let block = std::hint::black_box(vec![1_u8; 64 << 20]);
        let after = system_allocator().expect("it was there before");
        assert!(after.in_use >= before.in_use + (60 << 20), "{before:?} {after:?}");
        assert!(after.mapped >= after.in_use.max(64 << 20) / 2);
        drop(block);
    }
}
