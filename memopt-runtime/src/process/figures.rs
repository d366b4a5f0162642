//! What a system may tell of a process and of the machine.

/// What the system counted for the process; `None` where it does not tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SystemUse {
    /// CPU time of all threads, ns.
    pub cpu_ns: Option<u64>,
    /// Bytes in main memory.
    pub resident_bytes: Option<u64>,
    /// The most resident bytes so far.
    pub peak_resident_bytes: Option<u64>,
    /// Resident bytes that belong to no file.
    pub anonymous_bytes: Option<u64>,
    /// Resident bytes of mapped files.
    pub file_bytes: Option<u64>,
    /// Bytes that were compressed or swapped out.
    pub swapped_bytes: Option<u64>,
    /// Address space.
    pub virtual_bytes: Option<u64>,
    /// Page faults served without a disk; on Windows all of them, which it counts as one.
    pub minor_faults: Option<u64>,
    /// Page faults that waited for a disk.
    pub major_faults: Option<u64>,
}

/// What takes long to count; `None` where the system does not tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SystemCounts {
    /// Threads of the process.
    pub threads: Option<u64>,
    /// Open file descriptors; on Windows open handles.
    pub descriptors: Option<u64>,
    /// The most descriptors that may be open.
    pub descriptor_limit: Option<u64>,
}

/// The memory of the machine; `None` where the system does not tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SystemMemory {
    /// Main memory.
    pub memory_bytes: Option<u64>,
    /// Main memory that programs can get without swapping.
    pub available_bytes: Option<u64>,
    /// Swap space.
    pub swap_bytes: Option<u64>,
    /// Swap space that is not in use.
    pub swap_free_bytes: Option<u64>,
}

/// What the system's allocator has: glibc's, or that of macOS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SystemAllocator {
    /// Bytes of blocks that the program holds, those mapped one by one included.
    pub in_use: u64,
    /// Bytes got from the system: heaps of all arenas, and blocks mapped one by one.
    pub mapped: u64,
    /// Free bytes within the heaps.
    pub free: u64,
    /// Free bytes at the end of the main heap, which can be given back; `None` on macOS.
    pub releasable: Option<u64>,
}

/// The time in two halves of a number of 100 ns, as Windows tells it, ns.
#[cfg(any(windows, test))]
pub(super) fn of_hundreds(low: u32, high: u32) -> u64 {
    ((u64::from(high) << 32) | u64::from(low)).saturating_mul(100)
}

#[cfg(test)]
mod tests {
    use super::of_hundreds;

    #[test]
    fn times_in_hundreds_of_nanoseconds() {
        assert_eq!(of_hundreds(15_625, 0), 1_562_500);
        // 2^32 hundreds of nanoseconds are 429.5 s.
        assert_eq!(of_hundreds(1, 1), 429_496_729_700);
        assert_eq!(of_hundreds(u32::MAX, u32::MAX), u64::MAX);
    }
}
