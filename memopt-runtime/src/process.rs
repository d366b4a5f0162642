//! What the system says of this process: CPU time, resident bytes, and the limit it runs under.
//!
//! `cpu` has the CPU time, `since_start` the time it has run and its threads, `at_exit` what is
//! done when it ends, `built_at` when the program was written, `per_process` what a forked child
//! has of its own, `system_use` what a monitor asks for, `figures` what it is told, `macos` and
//! `windows` how these systems are asked.

mod at_exit;
#[cfg(feature = "track")]
mod built_at;
mod cpu;
mod figures;
#[cfg(all(target_os = "macos", not(miri)))]
mod macos;
#[cfg(feature = "track")]
mod per_process;
mod since_start;
mod system_use;
#[cfg(all(windows, not(miri)))]
mod windows;

pub(crate) use self::at_exit::at_exit;
#[cfg(feature = "track")]
pub(crate) use self::built_at::built_at_unix_ns;
pub use self::cpu::thread_cpu_ns;
#[cfg(feature = "track")]
pub(crate) use self::cpu::{apart, cpu_ns, program_begins, program_cpu_ns};
pub use self::figures::{SystemAllocator, SystemCounts, SystemMemory, SystemUse};
#[cfg(feature = "track")]
pub(crate) use self::per_process::PerProcess;
pub use self::since_start::wall_ns as process_wall_ns;
#[cfg(feature = "track")]
pub(crate) use self::since_start::{threads, wall_ns};
pub use self::system_use::{host_name, system_allocator, system_counts, system_memory, system_use};

use std::fs;
use std::path::{Path, PathBuf};

/// Resident bytes; `None` where the system does not tell.
pub(crate) fn resident_bytes() -> Option<u64> {
    resident().0
}

/// Resident bytes now and at most so far; `None` where the system does not tell. Reads a file on
/// Linux, in some 25 µs.
pub(crate) fn resident() -> (Option<u64>, Option<u64>) {
    if cfg!(miri) {
        return (None, None);
    }
    if !cfg!(target_os = "linux") {
        let known = system_use();
        return (known.resident_bytes, known.peak_resident_bytes);
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
}
