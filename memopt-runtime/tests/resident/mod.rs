//! What a process has in memory of its own, told so that chance changes little of it.

/// Pages stay small: whether the system joins them to large ones is chance.
pub(crate) fn in_small_pages() {
    let (zero, one): (libc::c_ulong, libc::c_ulong) = (0, 1);
    // SAFETY: sets a property of this process.
    unsafe { libc::prctl(libc::PR_SET_THP_DISABLE, one, zero, zero, zero) };
}

/// Bytes of the process alone, in memory or swapped. Pages of files are not among them: they come
/// and go with what else the machine does. Nor are pages that are free.
pub(crate) fn resident() -> u64 {
    #[cfg(target_env = "gnu")]
    // SAFETY: gives back what is free, and touches no block.
    unsafe {
        libc::malloc_trim(0);
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let bytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kib| kib << 10)
    };
    let own = bytes("RssAnon:").or_else(|| bytes("VmRSS:")).unwrap();
    own + bytes("VmSwap:").unwrap_or(0)
}
