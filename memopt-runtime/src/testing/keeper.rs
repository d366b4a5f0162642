//! Who keeps a block that a test left, where that is not the test: by the stack that allocated it.
//!
//! A block is the keeper's if the innermost function outside of the standard library is one in
//! which the keeper allocates for itself. Without stacks nobody is known.

use crate::report::{CallPath, HeapReport, Line};
use std::fmt;

/// Who keeps blocks for itself, whatever test made it allocate them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keeper {
    /// The queues, thread-locals and threads of tokio's runtime.
    Tokio,
    /// What the standard library has read of debug information, to print backtraces.
    Backtraces,
}

impl fmt::Display for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tokio => "tokio's runtime, which keeps them for itself",
            Self::Backtraces => "the standard library, which keeps what it prints backtraces by",
        })
    }
}

/// Where in tokio's sources the runtime allocates what it keeps.
///
/// Not here: `task/` (the cell of a task, which stays as long as who spawned the task or the task
/// itself stays), `builder.rs` and what it calls, `time/` (timers are in the futures of those who
/// wait).
const RUNTIME: [&str; 8] = [
    "runtime/blocking/pool.rs",
    "runtime/context",
    "runtime/driver",
    "runtime/io/",
    "runtime/park",
    "runtime/scheduler/",
    "runtime/signal/",
    "runtime/thread_id.rs",
];

/// The same where files are not known. Only functions that neither make the cell of a task nor call
/// the program's code: either may be inlined into them, and has no name then.
const FUNCTIONS: [&str; 8] = [
    "blocking::pool::InnerImpl::spawn_task",
    "blocking::pool::LockedImpl::spawn_task",
    "blocking::pool::Spawner::spawn_task",
    "blocking::pool::Spawner::spawn_thread",
    "park::CachedParkThread::with_current",
    "park::ParkThread::new",
    "scheduler::current_thread::Core::push_task",
    "scheduler::defer::Defer::defer",
];

/// Helpers of its sources: who called them tells.
const HELPERS: [&str; 3] = ["loom", "macros", "util"];

/// What tokio's runtime allocates for one resource of the program's, in such a function.
const RESOURCE: &str = "allocate";

impl Keeper {
    pub(super) const ALL: [Self; 2] = [Self::Tokio, Self::Backtraces];

    /// Who keeps what was allocated there; `None` for the test, and where it is not known.
    pub(super) fn of(heap: &HeapReport, call_path: &CallPath) -> Option<Self> {
        let frames = call_path.stack.iter().filter_map(|&frame| heap.frames.get(frame as usize));
        let lines = || frames.clone().flat_map(|frame| &frame.lines);
        if is_of_tokio(lines()) {
            Some(Self::Tokio)
        } else if is_of_backtraces(lines()) {
            Some(Self::Backtraces)
        } else {
            None
        }
    }
}

/// Whether the innermost function outside of the standard library is one of tokio's runtime, and
/// the runtime is not being built, which is for whoever builds it.
fn is_of_tokio<'a>(lines: impl Iterator<Item = &'a Line> + Clone) -> bool {
    let mut outside = lines.clone().filter(|line| !line.is_allocator()).map(Place::of);
    outside.find(|place| !place.is_helper()).is_some_and(|place| place.is_runtime())
        && !lines.map(Place::of).any(|place| place.is_builder())
}

/// Where a line is in tokio.
#[derive(Debug)]
enum Place<'a> {
    /// In this file of its sources, and this function.
    File(&'a str, &'a str),
    /// In this function, without the crate; the file is not known.
    Function(String),
    /// Not in tokio.
    Elsewhere,
}

impl<'a> Place<'a> {
    fn of(line: &'a Line) -> Self {
        if let Some(file) = in_tokio(line) {
            return Self::File(file, line.function.rsplit("::").next().unwrap_or_default());
        }
        // `<tokio::a::B>::c::{closure#0}` is `a::B::c`, as is `tokio::a::B::c::{{closure}}`.
        let name = line.function.replace(['<', '>'], "");
        let name = name.split("::{").next().and_then(|name| name.strip_prefix("tokio::"));
        match name {
            Some(name) if line.file.is_empty() => Self::Function(name.to_owned()),
            _ => Self::Elsewhere,
        }
    }

    fn is_helper(&self) -> bool {
        let first = match self {
            Self::File(file, _) => file.split('/').next(),
            Self::Function(name) => name.split("::").next(),
            Self::Elsewhere => None,
        };
        first.is_some_and(|first| HELPERS.contains(&first))
    }

    fn is_runtime(&self) -> bool {
        match self {
            Self::File(file, function) => {
                *function != RESOURCE && RUNTIME.iter().any(|place| file.starts_with(place))
            }
            Self::Function(name) => {
                name.strip_prefix("runtime::").is_some_and(|name| FUNCTIONS.contains(&name))
            }
            Self::Elsewhere => false,
        }
    }

    fn is_builder(&self) -> bool {
        match self {
            Self::File(file, _) => *file == "runtime/builder.rs",
            Self::Function(name) => name.starts_with("runtime::builder::"),
            Self::Elsewhere => false,
        }
    }
}

/// Where in tokio's sources a line is, wherever these are.
fn in_tokio(line: &Line) -> Option<&str> {
    let is_tokio = |folder: &str| {
        folder.strip_prefix("tokio").is_some_and(|version| {
            version.strip_prefix('-').map_or(version.is_empty(), |version| {
                version.starts_with(|digit: char| digit.is_ascii_digit())
            })
        })
    };
    let (at, src) = line
        .file
        .match_indices("/src/")
        .find(|(at, _)| is_tokio(line.file[..*at].rsplit('/').next().unwrap_or_default()))?;
    Some(&line.file[at + src.len()..])
}

/// Whether it was allocated to find the name of a function, and not handed to who asked for it.
///
/// By files: functions of the same code have one name, which may be that of another type.
fn is_of_backtraces<'a>(mut lines: impl Iterator<Item = &'a Line>) -> bool {
    let finds = |line: &Line| line.file.contains("/library/std/src/../../backtrace/src/symbolize/");
    let asks = |line: &Line| line.file.ends_with("/library/std/src/backtrace.rs");
    lines.find(|line| finds(line) || asks(line)).is_some_and(finds)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGISTRY: &str = "/home/me/.cargo/registry/src/index/tokio-1.54.1/src/";

    fn line(function: &str, file: &str) -> Line {
        Line::new(function, file, 1)
    }

    fn in_runtime(function: &str, file: &str) -> Line {
        line(function, &format!("{REGISTRY}{file}"))
    }

    fn is_runtimes(stack: &[Line]) -> bool {
        is_of_tokio(stack.iter())
    }

    #[test]
    fn the_innermost_function_tells() {
        let push = || line("alloc::vec::Vec<T>::push", "/rustc/59/library/alloc/src/vec/mod.rs");
        let defer = || in_runtime("tokio::runtime::scheduler::defer::Defer::defer", RUNTIME[5]);
        let helper = || in_runtime("tokio::loom::std::with_mut", "loom/std/unsafe_cell.rs");
        let own = || line("app::run", "/home/me/app/src/main.rs");
        let cell = || in_runtime("Cell<T,S>::new", "runtime/task/core.rs");
        assert!(is_runtimes(&[push(), defer(), own()]));
        assert!(is_runtimes(&[push(), helper(), defer(), own()]));
        assert!(!is_runtimes(&[push(), own(), defer()]), "the program's, in a poll");
        assert!(!is_runtimes(&[cell(), defer(), own()]), "a task");
        let build = in_runtime("tokio::runtime::builder::Builder::build", "runtime/builder.rs");
        assert!(!is_runtimes(&[push(), defer(), build, own()]), "a runtime of the program's");
        let socket = in_runtime("RegistrationSet::allocate", "runtime/io/registration_set.rs");
        assert!(!is_runtimes(&[socket, own()]), "a socket");
        assert!(!is_runtimes(&[push()]) && !is_runtimes(&[]));
    }

    #[test]
    fn other_crates_of_that_name_are_not_tokio() {
        for file in [
            "/home/me/tokio-util-0.7.1/src/runtime/park.rs",
            "/home/me/tokio/src/runtime.rs",
            "/home/me/app/src/runtime/park.rs",
        ] {
            assert!(!is_runtimes(&[line("new", file)]), "{file}");
        }
        for file in
            ["/home/me/tokio/src/runtime/park.rs", "vendor/tokio-1.54.1/src/runtime/park.rs"]
        {
            assert!(is_runtimes(&[line("new", file)]), "{file}");
        }
    }

    #[test]
    fn without_files_only_functions_tell_that_call_nothing_of_the_programs() {
        let is_runtimes = |function: &str| is_runtimes(&[line(function, "")]);
        assert!(is_runtimes("tokio::runtime::park::ParkThread::new"));
        assert!(is_runtimes("<tokio::runtime::park::ParkThread>::new"));
        assert!(is_runtimes("tokio::runtime::blocking::pool::Spawner::spawn_task::{{closure}}"));
        assert!(!is_runtimes("tokio::runtime::scheduler::current_thread::Handle::spawn"));
        assert!(!is_runtimes("tokio::runtime::scheduler::current_thread::CoreGuard::block_on"));
        assert!(!is_runtimes("app::tokio::runtime::park::ParkThread::new"));
    }

    #[test]
    fn what_names_functions_is_the_librarys_and_the_names_are_the_askers() {
        let std = "/rustc/59/library/std/src/../../backtrace/src/symbolize/gimli.rs";
        let asker = || line("resolve", "/rustc/59/library/std/src/backtrace.rs");
        let cache = || line("std::backtrace_rs::symbolize::gimli::Cache::new", std);
        assert!(is_of_backtraces([cache(), asker()].iter()));
        assert!(!is_of_backtraces([asker(), cache()].iter()));
        assert!(!is_of_backtraces([line("backtrace::symbolize", "src/symbolize.rs")].iter()));
    }
}
