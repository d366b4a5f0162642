//! What a monitor asks the system and its allocator for, where no file tells it.

use super::figures::{SystemAllocator, SystemCounts, SystemMemory, SystemUse};

/// Asks the system by a few calls. On Linux files tell more: there it is CPU time, faults and the
/// peak alone, as on other Unix.
pub fn system_use() -> SystemUse {
    let mut known = SystemUse { cpu_ns: super::cpu::cpu_ns(), ..SystemUse::default() };
    if let Some((peak, minor, major)) = usage() {
        known.peak_resident_bytes = Some(peak);
        (known.minor_faults, known.major_faults) = (Some(minor), Some(major));
    }
    #[cfg(all(target_os = "macos", not(miri)))]
    super::macos::add_memory(&mut known);
    #[cfg(all(windows, not(miri)))]
    super::windows::add_memory(&mut known);
    known
}

/// Asks the system for what takes up to milliseconds to count; on Linux and other Unix the limit
/// alone.
pub fn system_counts() -> SystemCounts {
    #[allow(unused_mut, reason = "some systems add to it")]
    let mut known = SystemCounts { descriptor_limit: descriptor_limit(), ..Default::default() };
    #[cfg(all(target_os = "macos", not(miri)))]
    super::macos::add_counts(&mut known);
    #[cfg(all(windows, not(miri)))]
    super::windows::add_counts(&mut known);
    known
}

/// Asks macOS and Windows for the memory of the machine; nothing is known elsewhere.
pub fn system_memory() -> SystemMemory {
    #[cfg(all(target_os = "macos", not(miri)))]
    return super::macos::memory();
    #[cfg(all(windows, not(miri)))]
    return super::windows::memory();
    #[cfg(any(not(any(target_os = "macos", windows)), miri))]
    SystemMemory::default()
}

/// The name of the machine; `None` where the system does not tell.
pub fn host_name() -> Option<String> {
    #[cfg(all(unix, not(miri)))]
    {
        let mut name = [0_u8; 256];
        // SAFETY: the call writes at most as many bytes as there are to the address given.
        let failed = unsafe { libc::gethostname(name.as_mut_ptr().cast(), name.len()) } != 0;
        // A name that fills all of it may lack the zero byte.
        let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
        (!failed && !name.is_empty()).then(|| String::from_utf8_lossy(name).into_owned())
    }
    #[cfg(windows)]
    return std::env::var("COMPUTERNAME").ok();
    #[cfg(not(any(all(unix, not(miri)), windows)))]
    None
}

/// The soft limit of open descriptors.
fn descriptor_limit() -> Option<u64> {
    #[cfg(all(unix, not(miri)))]
    {
        let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // SAFETY: the call writes a `rlimit` to the address given.
        let failed = unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) } != 0;
        #[allow(clippy::unnecessary_cast, reason = "signed on some systems")]
        (!failed && limit.rlim_cur != libc::RLIM_INFINITY).then_some(limit.rlim_cur as u64)
    }
    #[cfg(not(all(unix, not(miri))))]
    None
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

/// Asks glibc 2.33 or later, or the allocator of macOS, for its own figures; `None` elsewhere.
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
            releasable: Some(info.keepcost as u64),
        })
    }
    #[cfg(all(target_os = "macos", not(miri)))]
    return Some(super::macos::allocator());
    #[cfg(not(all(
        any(target_os = "macos", all(target_os = "linux", target_env = "gnu")),
        not(miri)
    )))]
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
    fn the_system_tells_the_limit_of_descriptors_as_its_file_does() {
        let limits = std::fs::read_to_string("/proc/self/limits").expect("it is there");
        let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
        let told = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        assert_eq!(system_counts().descriptor_limit, told);
        assert_eq!(system_memory(), SystemMemory::default(), "files tell it here");
    }

    #[test]
    fn the_machine_has_the_name_that_its_file_tells() {
        let told = std::fs::read_to_string("/proc/sys/kernel/hostname").expect("it is there");
        assert_eq!(host_name().as_deref(), Some(told.trim()));
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
