//! Functions and lines of the addresses in a report: read from the files, after the fact.

#[cfg(all(
    feature = "heap",
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(miri)
))]
mod files;

#[cfg(all(
    feature = "heap",
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(miri)
))]
use self::files::{modules, name};

use super::modules::refresh;
use crate::report::HeapReport;
#[cfg(not(all(
    feature = "heap",
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(miri)
)))]
use crate::report::{Module, StackFrame};
use crate::thread::untracked::Untracked;

/// Gives [`frames`](HeapReport::frames) their functions and lines, inlined calls included, and
/// fills [`modules`](HeapReport::modules).
///
/// Frames that have lines stay as they are. Names are demangled, without their hash. Frames stay
/// empty if their file was stripped or is gone, or if their code is in no file.
///
/// # Cost
///
/// For each executable or library with new frames, the file is opened and the units of debug
/// information with these frames are read: some milliseconds each. Results are kept for the
/// lifetime of the process, a few hundred bytes for each address. Do not call it where the program
/// must not wait.
///
/// # Limits
///
/// Lines need debug information (`debug = "line-tables-only"` in the profile is enough; `"limited"`
/// names inlined calls better); without it, functions are taken from the symbol table. Linux on
/// `x86_64` and `aarch64` only.
///
/// # Examples
///
/// ```
/// use memopt::report::{HeapReport, StackFrame};
///
/// fn parse() {}
///
/// let frame = StackFrame::new(parse as fn() as usize as u64, Vec::new());
/// let mut report = HeapReport::default();
/// report.frames = vec![frame];
/// memopt::heap::resolve(&mut report);
/// # #[cfg(all(feature = "heap", target_os = "linux", target_arch = "x86_64"))]
/// assert!(report.frames[0].lines[0].function.ends_with("parse"));
/// ```
pub fn resolve(report: &mut HeapReport) {
    // So that libraries are known that were opened lately.
    refresh();
    // Found untracked, and then copied: what a report holds is the caller's, who frees it.
    let found = Untracked::new(|| {
        let mut frames = report.frames.clone();
        name(&mut frames);
        (frames, modules())
    });
    (report.frames, report.modules) = (*found).clone();
}

#[cfg(not(all(
    feature = "heap",
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(miri)
)))]
fn name(_frames: &mut [StackFrame]) {}

#[cfg(not(all(
    feature = "heap",
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(miri)
)))]
fn modules() -> Vec<Module> {
    Vec::new()
}
