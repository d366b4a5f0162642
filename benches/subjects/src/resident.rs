//! The memory of this process.

/// Resident bytes of this process.
///
/// # Panics
///
/// On systems other than Linux.
pub fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("this needs Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes: Option<u64> =
        line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse().ok());
    1024 * kilobytes.expect("the kernel names VmRSS in kB")
}
