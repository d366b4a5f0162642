//! The stacks of a heap report as people read them: functions instead of addresses, scopes as outer frames, the
//! allocator's own frames left out; and which frame is the program's own.

use super::{HeapReport, Spot, StackFrame};
use crate::report::label::OUTSIDE;
use std::borrow::Cow;

/// One function that a stack goes through, or one scope.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Call<'a> {
    /// The function; `module+0x…` or `0x…` where there are no symbols; a scope in brackets.
    pub(crate) name: Cow<'a, str>,
    /// The source file; empty where it is not known.
    pub(crate) file: &'a str,
    /// The line; 0 where it is not known.
    pub(crate) line: u32,
    /// Where in memory; 0 for a scope.
    pub(crate) address: u64,
}

impl Call<'_> {
    /// Whether the function is the allocator's, or the part of a collection that does nothing but ask it for memory.
    ///
    /// Inlined calls may have lost the path of their name; then the file tells.
    fn is_allocator(&self) -> bool {
        is_allocator(&self.name) || crate::heap::is_ours(self.file)
    }

    /// Whether the program's author wrote it, as far as file and name tell.
    fn is_own(&self) -> bool {
        let name = self.name.trim_start_matches(['<', '&']);
        if ["memopt::", "memopt_runtime::"].iter().any(|ours| name.starts_with(ours)) {
            return false;
        }
        if self.file.is_empty() {
            let foreign = ["std::", "core::", "alloc::", "hashbrown::", "__rustc"];
            // Names without a path are C's, or addresses.
            name.contains("::") && !foreign.iter().any(|path| name.starts_with(path))
        } else {
            let file = self.file.replace('\\', "/");
            !["/rustc/", "/library/", "/.cargo/registry/", "/.cargo/git/"]
                .iter()
                .any(|folder| file.contains(folder))
        }
    }
}

impl HeapReport {
    /// The functions of a stack, innermost first, inlined ones by themselves. The allocator's, with which every stack
    /// begins, are left out, unless there is nothing else.
    pub(crate) fn calls<'a>(&'a self, spot: &'a Spot) -> Vec<Call<'a>> {
        let frames = spot.stack.iter().filter_map(|&index| self.frames.get(index as usize));
        let calls: Vec<Call<'a>> = frames.flat_map(|frame| self.calls_of(frame)).collect();
        let skipped = calls.iter().take_while(|call| call.is_allocator()).count();
        if skipped == calls.len() { calls } else { calls[skipped..].to_vec() }
    }

    /// As [`calls`](Self::calls), outermost first, below the scopes that were open.
    pub(crate) fn path<'a>(&'a self, spot: &'a Spot) -> Vec<Call<'a>> {
        let scope = |name: Cow<'a, str>| Call { name, file: "", line: 0, address: 0 };
        let mut path: Vec<Call<'a>> =
            spot.scopes.iter().map(|name| scope(format!("[{name}]").into())).collect();
        if path.is_empty() {
            path.push(scope(OUTSIDE.into()));
        }
        path.extend(self.calls(spot).into_iter().rev());
        path
    }

    /// The innermost function of a stack that the program's author wrote; where none is told apart, the innermost.
    pub(crate) fn own_call<'a>(&'a self, spot: &'a Spot) -> Option<Call<'a>> {
        let mut calls = self.calls(spot);
        let own = calls.iter().position(Call::is_own).unwrap_or(0);
        (own < calls.len()).then(|| calls.swap_remove(own))
    }

    fn calls_of<'a>(&'a self, frame: &'a StackFrame) -> Vec<Call<'a>> {
        let address = frame.address;
        if frame.lines.is_empty() {
            return vec![Call { name: self.unnamed(address).into(), file: "", line: 0, address }];
        }
        let call = |line: &'a super::Line| Call {
            name: Cow::Borrowed(line.function.as_str()),
            file: &line.file,
            line: line.line,
            address,
        };
        frame.lines.iter().map(call).collect()
    }

    /// What an address without symbols is called: where it lies in the module's file.
    fn unnamed(&self, address: u64) -> String {
        match self.modules.iter().find(|module| (module.start..module.end).contains(&address)) {
            None => format!("{address:#x}"),
            Some(module) => {
                let file = module.path.rsplit('/').next().unwrap_or_default();
                format!("{file}+{:#x}", address - module.start + module.file_offset)
            }
        }
    }
}

/// The rule of [`ALLOCATOR_FRAMES`], for a function's demangled name.
fn is_allocator(function: &str) -> bool {
    let last = function.rsplit("::").next().unwrap_or_default();
    let inner = function.strip_prefix('<').unwrap_or(function);
    ["__rust_", "__rdl_", "__rg_"].iter().any(|symbol| last.starts_with(symbol))
        || ["alloc::alloc::", "alloc::raw_vec::", "memopt_runtime::hook::", "memopt_runtime::heap::"]
            .iter()
            .any(|path| inner.starts_with(path))
        || (inner.len() < function.len() && function.contains(" as core::alloc::"))
        || ["malloc", "calloc", "realloc", "memalign", "aligned_alloc", "posix_memalign"]
            .contains(&function.trim_start_matches("__libc_"))
}

/// Names of the functions that [`HeapReport::calls`] leaves out, as the regular expression that pprof takes.
pub(crate) const ALLOCATOR_FRAMES: &str = concat!(
    r"(.*::)?(__rust_|__rdl_|__rg_)\w*",
    r"|<?(alloc::alloc|alloc::raw_vec|memopt_runtime::hook|memopt_runtime::heap)::.*",
    r"|<.* as core::alloc::.*",
    r"|(__libc_)?(malloc|calloc|realloc|memalign|aligned_alloc|posix_memalign)",
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Line, Module};

    fn line(function: &str, file: &str) -> Line {
        Line { function: function.to_owned(), file: file.to_owned(), line: 1 }
    }

    fn report(lines: Vec<Vec<Line>>) -> HeapReport {
        let spot = Spot { stack: (0..lines.len() as u32).collect(), ..Spot::default() };
        let frames = lines.into_iter().zip(1u64..);
        let frames = frames.map(|(lines, n)| StackFrame { address: n * 0x1000, lines }).collect();
        HeapReport { frames, spots: vec![spot], ..HeapReport::default() }
    }

    fn names(calls: &[Call<'_>]) -> Vec<String> {
        calls.iter().map(|call| call.name.to_string()).collect()
    }

    #[test]
    fn allocator_frames_are_told_by_name() {
        for name in [
            "__rustc::__rust_alloc",
            "__rustc[4e1b3a]::__rdl_realloc",
            "alloc::alloc::exchange_malloc",
            "alloc::raw_vec::RawVec<T,A>::grow_one",
            "<alloc::raw_vec::RawVecInner>::finish_grow",
            "<memopt_runtime::hook::counting::Alloc<A> as core::alloc::global::GlobalAlloc>::alloc",
            "malloc",
        ] {
            assert!(is_allocator(name), "{name}");
        }
        for name in [
            "alloc::vec::Vec<T,A>::push",
            "app::malloc::run",
            "app::realloc",
            "memopt_runtime::scope::recording::record",
        ] {
            assert!(!is_allocator(name), "{name}");
        }
    }

    #[test]
    fn the_allocator_is_left_out_and_inlined_calls_are_frames() {
        let report = report(vec![
            vec![line("__rustc::__rust_alloc", "")],
            vec![line("alloc::raw_vec::finish_grow", ""), line("alloc::vec::Vec<T,A>::push", "")],
            vec![line("app::add", "src/add.rs"), line("app::main", "src/main.rs")],
        ]);
        let spot = &report.spots[0];
        assert_eq!(names(&report.calls(spot)), ["alloc::vec::Vec<T,A>::push", "app::add", "app::main"]);
        assert_eq!(
            names(&report.path(spot)),
            ["(outside every scope)", "app::main", "app::add", "alloc::vec::Vec<T,A>::push"]
        );
        assert_eq!(report.own_call(spot).unwrap().name, "app::add");
    }

    #[test]
    fn a_stack_of_the_allocator_alone_keeps_its_frames() {
        let report = report(vec![vec![line("malloc", "")]]);
        assert_eq!(names(&report.calls(&report.spots[0])), ["malloc"]);
        assert_eq!(report.own_call(&report.spots[0]).unwrap().name, "malloc");
        assert_eq!(report.own_call(&Spot::default()), None);
    }

    #[test]
    fn files_of_toolchain_and_registry_are_not_the_programs_own() {
        let report = report(vec![
            vec![line("<T as app::Copied>::copied", "/rustc/59807616e/library/alloc/src/slice.rs")],
            vec![line(
                "serde_json::de::from_str",
                "/home/u/.cargo/registry/src/index/serde_json-1.0/src/de.rs",
            )],
            vec![line("memopt_runtime::scope::recording::record", "memopt-runtime/src/scope/recording.rs")],
            vec![line("<alloc::vec::Vec<T> as app::Load>::load", "src/load.rs")],
        ]);
        assert_eq!(
            report.own_call(&report.spots[0]).unwrap().name,
            "<alloc::vec::Vec<T> as app::Load>::load"
        );
    }

    #[test]
    fn an_address_without_symbols_is_told_by_its_module() {
        let mut report = report(vec![vec![], vec![]]);
        report.modules.push(Module {
            start: 0x2000,
            end: 0x3000,
            file_offset: 0x500,
            path: "/usr/lib/libx.so.1".to_owned(),
            ..Module::default()
        });
        report.frames[1].address = 0x2010;
        assert_eq!(names(&report.calls(&report.spots[0])), ["0x1000", "libx.so.1+0x510"]);
    }
}
