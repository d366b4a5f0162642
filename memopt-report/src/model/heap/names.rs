//! Functions for addresses: whoever took the stacks can name them, and does so when a report is
//! printed or exported.
//!
//! This crate reads no file of the program's. The runtime sets one function, which names the frames
//! of a report of this process and keeps what it found.

use super::{HeapReport, Line, Module, StackFrame};
use crate::untracked;
use std::ops::Deref;
use std::sync::OnceLock;

/// Names frames, and fills in what is mapped.
type Resolve = fn(&mut HeapReport);

static RESOLVE: OnceLock<Resolve> = OnceLock::new();

/// Tells this crate how frames get their names. The first call wins; the runtime makes it.
#[doc(hidden)]
pub fn set_resolve(resolve: Resolve) {
    // Later calls bring the same function: there is one runtime a process.
    let _ = RESOLVE.set(resolve);
}

/// A report with the names of its frames. What was made to name them is not counted.
pub(crate) enum Resolved<'a> {
    /// As it was given.
    Given(&'a HeapReport),
    /// A copy; none only while it is dropped.
    Named(Option<Box<HeapReport>>),
}

impl Deref for Resolved<'_> {
    type Target = HeapReport;

    fn deref(&self) -> &HeapReport {
        match self {
            Self::Given(report) => report,
            Self::Named(report) => report.as_ref().expect("taken only when dropped"),
        }
    }
}

impl Drop for Resolved<'_> {
    fn drop(&mut self) {
        if let Self::Named(report) = self {
            untracked(|| drop(report.take()));
        }
    }
}

impl HeapReport {
    /// The report with the names of its frames: itself where it has them, where it is another
    /// process's, and where no runtime is there to ask.
    pub(crate) fn resolved(&self) -> Resolved<'_> {
        // A report that was resolved says what was mapped, whether or not there were names.
        let is_raw = !self.frames.is_empty() && self.modules.is_empty();
        match RESOLVE.get() {
            Some(resolve) if is_raw && self.pid == std::process::id() => untracked(|| {
                let mut report = Box::new(self.clone());
                resolve(&mut report);
                Resolved::Named(Some(report))
            }),
            _ => Resolved::Given(self),
        }
    }

    /// The module that an address lies in.
    pub(crate) fn module_of(&self, address: u64) -> Option<&Module> {
        self.modules.iter().find(|module| (module.start..module.end).contains(&address))
    }

    /// What an address without a name is called: `module+0x…`, with the address that the module's
    /// file has for it, as `addr2line -e module` takes it.
    pub(crate) fn unnamed(&self, address: u64) -> String {
        match self.module_of(address) {
            None => format!("{address:#x}"),
            Some(module) => {
                let file = module.path.rsplit('/').next().unwrap_or_default();
                match module.bias {
                    Some(bias) => format!("{file}+{:#x}", address.wrapping_sub(bias)),
                    // An old report does not say what the file's own address is.
                    None => format!("{file}@{address:#x}"),
                }
            }
        }
    }

    /// Whether nothing is named in the module of a frame. Of the C library's, in which threads
    /// begin, some functions never are.
    fn is_without_symbols(&self, frame: &StackFrame) -> bool {
        let Some(module) = self.module_of(frame.address) else { return true };
        let inside = |other: &&StackFrame| (module.start..module.end).contains(&other.address);
        let is_named = |other: &StackFrame| !other.lines.is_empty();
        !self.is_in_libc(frame) && !self.frames.iter().filter(inside).any(is_named)
    }

    /// How to get names, where a call path has no frame with one; `None` where each has. A command
    /// to copy has a line of its own.
    pub(crate) fn how_to_name(&self) -> Option<String> {
        let frame = self.call_paths.iter().find_map(|call_path| {
            // That the thread began, or that the allocator was called, is known of every one.
            let tells = |line: &Line| !line.is_entry() && !line.is_allocator();
            let is_named = self.shown(call_path).any(|(_, line)| line.is_some_and(tells));
            let first = self.shown(call_path).next().map(|(frame, _)| frame);
            first.filter(|frame| !is_named && self.is_without_symbols(frame))
        })?;
        Some(match self.module_of(frame.address).map(|module| (module, module.bias)) {
            Some((module, Some(bias))) => {
                let at = frame.address.wrapping_sub(bias);
                format!(
                    "no symbols for some addresses; with the file before it was stripped, this \
                     names {}:\n  addr2line -Cfie {} {at:#x}",
                    self.unnamed(frame.address),
                    module.path
                )
            }
            Some((module, None)) => format!(
                "no symbols for some addresses in {}, and this report of an earlier version does \
                 not say what `addr2line` takes for them; take it anew",
                module.path
            ),
            _ if self.modules.is_empty() => "no names for some addresses: call \
                 `memopt::heap::resolve(&mut heap)` in the process that took the report, or \
                 write its JSON there"
                .to_owned(),
            _ => "no names for some addresses: they lie in no file that could be read".to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CallPath;

    fn report(bias: Option<u64>) -> HeapReport {
        let call_path = CallPath { stack: vec![0, 1], ..CallPath::default() };
        let frame = |address| StackFrame { address, lines: Vec::new() };
        let module = Module {
            start: 0x2000,
            end: 0x3000,
            file_offset: 0x500,
            bias,
            path: "/usr/lib/libx.so.1".to_owned(),
            ..Module::default()
        };
        HeapReport {
            call_paths: vec![call_path],
            frames: vec![frame(0x1000), frame(0x2010)],
            modules: vec![module],
            ..HeapReport::default()
        }
    }

    #[test]
    fn an_address_without_symbols_is_told_as_its_file_has_it() {
        let report = report(Some(0x1800));
        assert_eq!(report.unnamed(0x1000), "0x1000");
        // Loaded 0x1800 above its own addresses: not the offset in the file, which is 0x510.
        assert_eq!(report.unnamed(0x2010), "libx.so.1+0x810");
    }

    #[test]
    fn an_old_report_claims_no_address_of_the_file() {
        assert_eq!(report(None).unnamed(0x2010), "libx.so.1@0x2010");
    }

    #[test]
    fn a_line_says_how_to_get_names() {
        let mut heap = report(Some(0x1800));
        heap.frames.swap(0, 1);
        let told = heap.how_to_name().unwrap();
        assert!(
            told.ends_with("names libx.so.1+0x810:\n  addr2line -Cfie /usr/lib/libx.so.1 0x810"),
            "{told}"
        );
        heap.modules[0].bias = None;
        assert!(heap.how_to_name().unwrap().contains("report of an earlier version"));
        heap.frames.swap(0, 1);
        assert!(heap.how_to_name().unwrap().contains("in no file that could be read"));
        heap.modules.clear();
        assert!(heap.how_to_name().unwrap().contains("`memopt::heap::resolve(&mut heap)`"));
        // Nobody names all of the C library.
        let libc = Module { path: "/lib/libc.so.6".to_owned(), end: 0x9000, ..Module::default() };
        let in_libc = HeapReport { modules: vec![libc], ..heap.clone() };
        assert_eq!(in_libc.how_to_name(), None);
        for frame in &mut heap.frames {
            frame.lines.push(crate::Line::new("app::parse", "", 0));
        }
        assert_eq!(heap.how_to_name(), None);
    }
}
