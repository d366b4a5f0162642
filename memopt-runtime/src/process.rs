//! What the system says of this process: CPU time, resident bytes, and the limit it runs under.
//!
//! `since_start` has the time that it has run and its threads, `at_exit` what is done when it ends,
//! `per_process` what a forked child has of its own, `system_use` what a monitor asks for.

mod at_exit;
#[cfg(feature = "track")]
mod per_process;
mod since_start;
mod system_use;

pub(crate) use self::at_exit::at_exit;
#[cfg(feature = "track")]
pub(crate) use self::per_process::PerProcess;
pub use self::since_start::wall_ns as process_wall_ns;
#[cfg(feature = "track")]
pub(crate) use self::since_start::{threads, wall_ns};
pub use self::system_use::{SystemAllocator, SystemUse, system_allocator, system_use};

use std::fs;
use std::path::{Path, PathBuf};

/// CPU time that all threads of the process have taken, ns; `None` where the system does not tell.
pub(crate) fn cpu_ns() -> Option<u64> {
    #[cfg(all(unix, not(miri)))]
    return clock_ns(libc::CLOCK_PROCESS_CPUTIME_ID);
    #[cfg(any(not(unix), miri))]
    None
}

/// CPU time that this thread has taken, ns; `None` where the system does not tell.
pub fn thread_cpu_ns() -> Option<u64> {
    #[cfg(all(unix, not(miri)))]
    return clock_ns(libc::CLOCK_THREAD_CPUTIME_ID);
    #[cfg(any(not(unix), miri))]
    None
}

#[cfg(all(unix, not(miri)))]
fn clock_ns(clock: libc::clockid_t) -> Option<u64> {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call writes a timespec to the address given.
    let failed = unsafe { libc::clock_gettime(clock, &raw mut time) } != 0;
    (!failed).then(|| (time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64).max(1))
}

/// Resident bytes; `None` where the system does not tell.
pub(crate) fn resident_bytes() -> Option<u64> {
    resident().0
}

/// Resident bytes now and at most so far; `None` where the system does not tell. Reads a file, in
/// some 25 µs.
pub(crate) fn resident() -> (Option<u64>, Option<u64>) {
    if cfg!(miri) || !cfg!(target_os = "linux") {
        return (None, None);
    }
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let bytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
    };
    (bytes("VmRSS:"), bytes("VmHWM:"))
}

/// Bytes of memory the process's control group allows; `None` where there is no limit or it cannot
/// be read.
pub(crate) fn memory_limit() -> Option<u64> {
    if cfg!(miri) || !cfg!(target_os = "linux") {
        return None;
    }
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    limit_files(&groups)
        .into_iter()
        .filter_map(|file| limit(&fs::read_to_string(file).ok()?))
        // A group is held to the limits of those around it too.
        .min()
}

/// Where the limits of the process's groups stand, by the lines of `/proc/self/cgroup`; the
/// innermost first.
fn limit_files(groups: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else { continue };
        let (root, file) = if controllers.is_empty() {
            ("/sys/fs/cgroup", "memory.max")
        } else if controllers.split(',').any(|one| one == "memory") {
            ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")
        } else {
            continue;
        };
        let path = Path::new(path.trim_start_matches('/'));
        files.extend(path.ancestors().map(|group| Path::new(root).join(group).join(file)));
    }
    files
}

/// The number in such a file; none is `max`, or in version 1 more than any machine has.
fn limit(text: &str) -> Option<u64> {
    text.trim().parse().ok().filter(|bytes| *bytes < 1 << 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_of_version_2_and_those_around_it() {
        let files = limit_files("0::/shop/web\n");
        let expected = ["shop/web/memory.max", "shop/memory.max", "memory.max"]
            .map(|file| Path::new("/sys/fs/cgroup").join(file));
        assert_eq!(files, expected);
    }

    #[test]
    fn version_1_names_the_controller() {
        let files = limit_files("12:cpu,cpuacct:/a\n5:memory:/a\nnonsense\n");
        let root = Path::new("/sys/fs/cgroup/memory");
        assert_eq!(
            files,
            [root.join("a/memory.limit_in_bytes"), root.join("memory.limit_in_bytes")]
        );
    }

    #[test]
    fn no_limit_is_none() {
        assert_eq!(limit("max\n"), None);
        assert_eq!(limit("9223372036854771712\n"), None);
        assert_eq!(limit("536870912\n"), Some(512 << 20));
    }

    #[cfg(all(target_os = "linux", not(miri)))]
    #[test]
    fn this_process_is_resident() {
        assert!(resident_bytes().is_some_and(|bytes| bytes > 100_000));
        let (now, most) = resident();
        assert!(now.is_some() && most >= now);
    }

    #[cfg(all(unix, not(miri)))]
    #[test]
    fn cpu_time_of_a_thread_is_part_of_the_process() {
        let (thread, process) = (thread_cpu_ns().unwrap(), cpu_ns().unwrap());
        assert!(0 < thread && thread <= process, "{thread} of {process}");
    }
}
