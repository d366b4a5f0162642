//! How Windows is asked for the CPU time, memory, threads and handles of the process, and for the
//! memory of the machine.

use super::figures::{SystemCounts, SystemMemory, SystemUse, of_hundreds};
use std::ffi::c_void;
use std::mem::size_of;
use windows_sys::Win32::Foundation::{CloseHandle, FILETIME, HANDLE, INVALID_HANDLE_VALUE};
use windows_sys::Win32::System::Diagnostics::ToolHelp::{
    CreateToolhelp32Snapshot, PROCESSENTRY32W, Process32FirstW, Process32NextW, TH32CS_SNAPPROCESS,
};
use windows_sys::Win32::System::ProcessStatus::{
    ENUM_PAGE_FILE_INFORMATION, K32EnumPageFilesW, K32GetPerformanceInfo, K32GetProcessMemoryInfo,
    PERFORMANCE_INFORMATION, PROCESS_MEMORY_COUNTERS, PROCESS_MEMORY_COUNTERS_EX2,
};
use windows_sys::Win32::System::SystemInformation::{GlobalMemoryStatusEx, MEMORYSTATUSEX};
use windows_sys::Win32::System::Threading::{
    GetCurrentProcess, GetCurrentThread, GetProcessHandleCount, GetProcessTimes, GetThreadTimes,
};
use windows_sys::core::{BOOL, PCWSTR};

/// A call that writes when something began and ended, and its CPU time in the system and outside.
type Times = unsafe extern "system" fn(
    HANDLE,
    *mut FILETIME,
    *mut FILETIME,
    *mut FILETIME,
    *mut FILETIME,
) -> BOOL;

/// CPU time of all threads, ns.
pub(super) fn process_cpu_ns() -> Option<u64> {
    // SAFETY: a name for this process that is always valid.
    times(GetProcessTimes, unsafe { GetCurrentProcess() })
}

/// CPU time of this thread, ns.
pub(super) fn thread_cpu_ns() -> Option<u64> {
    // SAFETY: a name for this thread that is always valid.
    times(GetThreadTimes, unsafe { GetCurrentThread() })
}

fn times(ask: Times, of: HANDLE) -> Option<u64> {
    let mut times = [FILETIME::default(); 4];
    let [began, ended, system, user] = &mut times;
    // SAFETY: the call writes a time to each of the four addresses given.
    let done = unsafe { ask(of, began, ended, system, user) } != 0;
    let ns = |time: &FILETIME| of_hundreds(time.dwLowDateTime, time.dwHighDateTime);
    done.then(|| (ns(&times[2]) + ns(&times[3])).max(1))
}

/// Adds the memory of the process.
pub(super) fn add_memory(known: &mut SystemUse) {
    // Windows 10 22H2 knows the longer form, those before it the plain one.
    let long = size_of::<PROCESS_MEMORY_COUNTERS_EX2>();
    if let Some(told) = counters(long).or_else(|| counters(size_of::<PROCESS_MEMORY_COUNTERS>())) {
        known.resident_bytes = Some(told.WorkingSetSize as u64);
        known.peak_resident_bytes = Some(told.PeakWorkingSetSize as u64);
        known.minor_faults = Some(u64::from(told.PageFaultCount));
        // Zero bytes are what a shorter form left; a process has pages of its own.
        known.anonymous_bytes = Some(told.PrivateWorkingSetSize as u64).filter(|bytes| *bytes > 0);
    }
    if let Some(status) = status() {
        known.virtual_bytes = Some(status.ullTotalVirtual.saturating_sub(status.ullAvailVirtual));
    }
}

/// The counters of the process, as far as a form of this length has them.
fn counters(length: usize) -> Option<PROCESS_MEMORY_COUNTERS_EX2> {
    let length = length as u32;
    let mut told = PROCESS_MEMORY_COUNTERS_EX2 { cb: length, ..Default::default() };
    let at = (&raw mut told).cast::<PROCESS_MEMORY_COUNTERS>();
    // SAFETY: the call writes at most `length` bytes to the address given, and the longest form
    // lies there; the shorter forms are its beginning.
    let done = unsafe { K32GetProcessMemoryInfo(GetCurrentProcess(), at, length) } != 0;
    done.then_some(told)
}

fn status() -> Option<MEMORYSTATUSEX> {
    let length = size_of::<MEMORYSTATUSEX>() as u32;
    let mut told = MEMORYSTATUSEX { dwLength: length, ..Default::default() };
    // SAFETY: the call writes a structure of the length that it has to the address given.
    let done = unsafe { GlobalMemoryStatusEx(&raw mut told) } != 0;
    done.then_some(told)
}

/// Adds threads and handles.
pub(super) fn add_counts(known: &mut SystemCounts) {
    let mut handles = 0;
    // SAFETY: the call writes a number to the address given.
    if unsafe { GetProcessHandleCount(GetCurrentProcess(), &raw mut handles) } != 0 {
        known.descriptors = Some(u64::from(handles));
    }
    known.threads = threads();
}

/// The threads of this process, by the list of all processes.
fn threads() -> Option<u64> {
    // SAFETY: a call without addresses.
    let list = unsafe { CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0) };
    if list == INVALID_HANDLE_VALUE {
        return None;
    }
    let length = size_of::<PROCESSENTRY32W>() as u32;
    let mut entry = PROCESSENTRY32W { dwSize: length, ..Default::default() };
    // SAFETY: the list is open; the call writes an entry of the length that it has.
    let mut is_there = unsafe { Process32FirstW(list, &raw mut entry) } != 0;
    while is_there && entry.th32ProcessID != std::process::id() {
        // SAFETY: as above.
        is_there = unsafe { Process32NextW(list, &raw mut entry) } != 0;
    }
    // SAFETY: the list was opened above, and is used no more.
    unsafe { CloseHandle(list) };
    is_there.then(|| u64::from(entry.cntThreads))
}

/// The memory of the machine.
pub(super) fn memory() -> SystemMemory {
    let mut known = SystemMemory::default();
    if let Some(status) = status() {
        known.memory_bytes = Some(status.ullTotalPhys);
        known.available_bytes = Some(status.ullAvailPhys);
    }
    if let Some((total, used)) = page_files() {
        known.swap_bytes = Some(total);
        known.swap_free_bytes = Some(total.saturating_sub(used));
    }
    known
}

/// Bytes of all page files, and how many of them are in use.
fn page_files() -> Option<(u64, u64)> {
    let length = size_of::<PERFORMANCE_INFORMATION>() as u32;
    let mut machine = PERFORMANCE_INFORMATION::default();
    // SAFETY: the call writes a structure of this length to the address given.
    let knows = unsafe { K32GetPerformanceInfo(&raw mut machine, length) } != 0;
    let mut pages = (0_u64, 0_u64);
    let context = (&raw mut pages).cast();
    // SAFETY: the function given is called with this context before the call returns.
    let done = knows && unsafe { K32EnumPageFilesW(Some(add_page_file), context) } != 0;
    let bytes = |pages: u64| pages * machine.PageSize as u64;
    done.then(|| (bytes(pages.0), bytes(pages.1)))
}

/// Adds the pages of one file to the sums at `context`.
unsafe extern "system" fn add_page_file(
    context: *mut c_void,
    file: *mut ENUM_PAGE_FILE_INFORMATION,
    _name: PCWSTR,
) -> BOOL {
    // SAFETY: `page_files` gives the address of its sums, which nothing else uses meanwhile; the
    // system gives the address of a structure that it has filled.
    let (sums, file) = unsafe { (&mut *context.cast::<(u64, u64)>(), &*file) };
    sums.0 += file.TotalSize as u64;
    sums.1 += file.TotalInUse as u64;
    1
}
