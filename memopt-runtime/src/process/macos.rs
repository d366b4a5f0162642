//! How macOS is asked for the memory, threads and descriptors of the process, for what its
//! allocator has, and for the memory of the machine.

use super::figures::{SystemAllocator, SystemCounts, SystemMemory, SystemUse};
use std::ffi::CStr;
use std::mem::{size_of, zeroed};

/// `task_vm_info` of `<mach/task_info.h>` as it was first; later ones only add to its end.
#[repr(C)]
#[derive(Clone, Copy, Default)]
#[allow(dead_code, reason = "the system writes all of it")]
struct TaskMemory {
    virtual_size: u64,
    region_count: i32,
    page_size: i32,
    resident_size: u64,
    resident_size_peak: u64,
    device: [u64; 2],
    internal: u64,
    internal_peak: u64,
    external: u64,
    external_peak: u64,
    reusable: [u64; 2],
    purgeable: [u64; 3],
    compressed: u64,
    compressed_peak: u64,
    compressed_lifetime: u64,
}

unsafe extern "C" {
    /// Gives a right back; of the system's own library, which every program has.
    fn mach_port_deallocate(
        task: libc::mach_port_t,
        name: libc::mach_port_t,
    ) -> libc::kern_return_t;
}

/// `TASK_VM_INFO`.
const TASK_VM_INFO: libc::task_flavor_t = 22;

/// A structure's length, in the words that Mach counts by.
const fn words<T>() -> libc::mach_msg_type_number_t {
    (size_of::<T>() / size_of::<libc::natural_t>()) as libc::mach_msg_type_number_t
}

/// Adds the memory of the process.
pub(super) fn add_memory(known: &mut SystemUse) {
    let mut told = TaskMemory::default();
    let mut count = words::<TaskMemory>();
    let at = (&raw mut told).cast::<libc::integer_t>();
    #[allow(deprecated, reason = "what is to replace it is a crate for one word")]
    // SAFETY: the right of this task to itself; the call writes at most `count` words, which is the
    // length of the structure at the address given.
    let outcome =
        unsafe { libc::task_info(libc::mach_task_self(), TASK_VM_INFO, at, &raw mut count) };
    if outcome != libc::KERN_SUCCESS {
        return;
    }
    known.virtual_bytes = Some(told.virtual_size);
    known.resident_bytes = Some(told.resident_size);
    known.peak_resident_bytes = Some(told.resident_size_peak);
    known.anonymous_bytes = Some(told.internal);
    known.file_bytes = Some(told.external);
    known.swapped_bytes = Some(told.compressed);
}

/// Adds threads and descriptors.
pub(super) fn add_counts(known: &mut SystemCounts) {
    const LENGTH: libc::c_int = size_of::<libc::proc_taskinfo>() as libc::c_int;
    // SAFETY: a plain structure of numbers, for which zero bytes are valid.
    let mut told: libc::proc_taskinfo = unsafe { zeroed() };
    let (pid, at) = (std::process::id() as libc::c_int, (&raw mut told).cast());
    // SAFETY: the call writes at most `LENGTH` bytes to the address given.
    let written = unsafe { libc::proc_pidinfo(pid, libc::PROC_PIDTASKINFO, 0, at, LENGTH) };
    if written == LENGTH {
        known.threads = u64::try_from(told.pti_threadnum).ok();
    }
    // One entry a descriptor; reading the folder opens one itself.
    known.descriptors =
        std::fs::read_dir("/dev/fd").ok().map(|open| (open.count() as u64).saturating_sub(1));
}

/// The memory of the machine.
pub(super) fn memory() -> SystemMemory {
    let mut known = SystemMemory { memory_bytes: value(c"hw.memsize"), ..SystemMemory::default() };
    if let Some(swap) = value::<libc::xsw_usage>(c"vm.swapusage") {
        (known.swap_bytes, known.swap_free_bytes) = (Some(swap.xsu_total), Some(swap.xsu_avail));
    }
    // SAFETY: a plain structure of numbers, for which zero bytes are valid.
    let mut told: libc::vm_statistics64 = unsafe { zeroed() };
    let mut count = words::<libc::vm_statistics64>();
    let at = (&raw mut told).cast::<libc::integer_t>();
    #[allow(deprecated, reason = "what is to replace it is a crate for one word")]
    // SAFETY: the name of this machine, which everybody may have.
    let host = unsafe { libc::mach_host_self() };
    // SAFETY: the call writes at most `count` words, which is the length of the structure at the
    // address given.
    let outcome =
        unsafe { libc::host_statistics64(host, libc::HOST_VM_INFO64, at, &raw mut count) };
    #[allow(deprecated, reason = "what is to replace it is a crate for one word")]
    // SAFETY: the call gave this task one more right to the name; it is given back.
    unsafe {
        mach_port_deallocate(libc::mach_task_self(), host);
    }
    if outcome == libc::KERN_SUCCESS {
        // SAFETY: a value that the system sets before `main`.
        let page = unsafe { libc::vm_page_size } as u64;
        // Pages that were not used for long can be had without swapping, but for those that no file
        // has; the system counts both as one.
        known.available_bytes =
            Some((u64::from(told.free_count) + u64::from(told.inactive_count)) * page);
    }
    known
}

/// What the zones of the system's allocator have together.
pub(super) fn allocator() -> SystemAllocator {
    // SAFETY: a plain structure of numbers, for which zero bytes are valid.
    let mut told: libc::malloc_statistics_t = unsafe { zeroed() };
    // SAFETY: no zone stands for all of them; the call writes to the address given.
    unsafe { libc::malloc_zone_statistics(std::ptr::null_mut(), &raw mut told) };
    let (in_use, mapped) = (told.size_in_use as u64, told.size_allocated as u64);
    SystemAllocator { in_use, mapped, free: mapped.saturating_sub(in_use), releasable: None }
}

/// Numbers and nothing else: any bits are valid.
trait Plain: Copy {}

impl Plain for u64 {}
impl Plain for libc::xsw_usage {}

/// What the system has by this name, if it is as long as a `T`.
fn value<T: Plain>(name: &CStr) -> Option<T> {
    // SAFETY: zero bytes are valid for what is plain.
    let mut told: T = unsafe { zeroed() };
    let mut length = size_of::<T>();
    let at = (&raw mut told).cast();
    // SAFETY: the name ends with a zero byte; the call writes at most `length` bytes, which is the
    // length of what lies at the address given; nothing is set.
    let outcome =
        unsafe { libc::sysctlbyname(name.as_ptr(), at, &raw mut length, std::ptr::null_mut(), 0) };
    (outcome == 0 && length == size_of::<T>()).then_some(told)
}
