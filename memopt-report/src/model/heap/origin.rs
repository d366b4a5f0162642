//! Whose a line of a stack is: the allocator's or on the way to it, the start of a thread, a
//! library's, the program's own. One rule for tables, verdicts and exports.

use super::Line;
use std::borrow::Cow;

/// Ours, and the shims the compiler makes for the allocator: whatever the file says.
const OURS: [&str; 3] = ["memopt_runtime", "memopt", "__rustc"];

/// Crates through which code gets memory: the standard library's.
const LIBRARY: [&str; 4] = ["alloc", "core", "std", "hashbrown"];

/// The C library's functions to allocate.
const FUNCTIONS: [&str; 6] =
    ["malloc", "calloc", "realloc", "memalign", "aligned_alloc", "posix_memalign"];

/// The compiler's functions to allocate begin with one of these.
const SHIMS: [&str; 3] = ["__rust_", "__rdl_", "__rg_"];

/// Where every thread begins: nobody's own.
const ENTRIES: [&str; 9] = [
    "main",
    "_start",
    "start_thread",
    "clone",
    "clone3",
    "__clone",
    "__clone3",
    "__libc_start_main",
    "__libc_start_call_main",
];

/// Functions below which there is nothing but the allocator, as the regular expression that pprof
/// takes for `drop_frames`.
///
/// pprof reads a stack from its outer end and drops the first function that matches with all it
/// calls. So this is a part of [`Line::is_allocator`] ([`is_hook`](Line::is_hook)): an iterator of
/// the standard library allocates too, and calls the program's closures.
pub(crate) const DROP_FRAMES: &str = concat!(
    r"(.*::)?(__rust_|__rdl_|__rg_)\w*",
    r"|<?(alloc::alloc|alloc::raw_vec|memopt_runtime::hook|memopt_runtime::heap)::.*",
    r"|<.* as core::alloc::.*",
    r"|(__libc_)?(malloc|calloc|realloc|memalign|aligned_alloc|posix_memalign)",
);

impl Line {
    /// Whether this only leads to the allocator: memopt's hook, the compiler's and the C library's
    /// functions to allocate, and everything of the standard library (`Vec::push`, `Box::new`,
    /// `RawVec`, iterator adapters, `hashbrown`).
    ///
    /// By the file, where it is known. Else by the function's name: what counts is the crate it is
    /// of, for an implementation that of the type, or of the trait where the type is a parameter or
    /// a primitive one.
    ///
    /// # Examples
    ///
    /// ```
    /// use memopt::report::Line;
    ///
    /// let is_allocator = |function: &str| Line::new(function, "", 0).is_allocator();
    /// assert!(is_allocator("alloc::raw_vec::RawVecInner<A>::grow_amortized"));
    /// assert!(is_allocator("<T as alloc::string::ToString>::to_string"));
    /// assert!(!is_allocator("<parser::Record as core::clone::Clone>::clone"));
    /// ```
    pub fn is_allocator(&self) -> bool {
        let home = home(&self.function);
        if self.is_hook() || home.is_some_and(|home| OURS.contains(&home)) {
            return true;
        }
        if self.file.is_empty() {
            home.is_some_and(|home| LIBRARY.contains(&home))
        } else {
            let file = slashed(&self.file);
            in_the_library(&file).is_some() || in_ours(&file).is_some()
        }
    }

    /// The crate whose function it is, where the name has one.
    pub(crate) fn package(&self) -> Option<&str> {
        home(&self.function)
    }

    /// Whether the program's author wrote it, as far as file and name tell: neither on the way to
    /// the allocator, nor of a library from the registry, nor C's.
    pub(crate) fn is_own(&self) -> bool {
        if self.is_allocator() || self.is_entry() {
            return false;
        }
        if self.file.is_empty() {
            // Names without a path are C's.
            return self.function.contains("::");
        }
        let file = slashed(&self.file);
        !["/.cargo/registry/", "/.cargo/git/"].iter().any(|folder| file.contains(folder))
    }

    /// Whether this is the allocator itself: [`DROP_FRAMES`] for names, and for inlined calls,
    /// which have no whole name, the file.
    pub(super) fn is_hook(&self) -> bool {
        let name = self.function.as_str();
        let last = name.rsplit("::").next().unwrap_or_default();
        let inner = name.strip_prefix('<').unwrap_or(name);
        let paths = [
            "alloc::alloc::",
            "alloc::raw_vec::",
            "memopt_runtime::hook::",
            "memopt_runtime::heap::",
        ];
        if SHIMS.iter().any(|shim| last.starts_with(shim))
            || paths.iter().any(|path| inner.starts_with(path))
            || (inner.len() < name.len() && name.contains(" as core::alloc::"))
            || FUNCTIONS.contains(&name.trim_start_matches("__libc_"))
        {
            return true;
        }
        let begins = |path: Option<&str>, parts: &[&str]| {
            path.is_some_and(|path| parts.iter().any(|part| path.starts_with(part)))
        };
        let file = slashed(&self.file);
        begins(in_the_library(&file), &["alloc/src/alloc.rs", "alloc/src/raw_vec"])
            || begins(in_ours(&file), &["hook", "heap"])
    }

    pub(super) fn is_entry(&self) -> bool {
        ENTRIES.contains(&self.function.as_str())
    }
}

/// A path as Unix writes it.
fn slashed(file: &str) -> Cow<'_, str> {
    if file.contains('\\') { file.replace('\\', "/").into() } else { file.into() }
}

/// Where in the standard library's sources, `hashbrown` among them, a file lies, wherever these
/// are.
fn in_the_library(file: &str) -> Option<&str> {
    if file.starts_with("/rustc/") || file.contains("/rustlib/src/rust/") {
        return file.split_once("/library/").map(|(_, inside)| inside);
    }
    file.split_once("/hashbrown-").map(|(_, inside)| inside)
}

/// Where in this crate's sources a file lies, wherever these are.
fn in_ours(file: &str) -> Option<&str> {
    let is_ours = |at: usize| {
        let folder = file[..at].rsplit('/').next().unwrap_or_default();
        folder == "memopt-runtime" || folder.starts_with("memopt-runtime-")
    };
    file.match_indices("/src/")
        .find(|(at, _)| is_ours(*at))
        .map(|(at, src)| &file[at + src.len()..])
}

/// The crate a function is of; `None` for names that have none.
fn home(function: &str) -> Option<&str> {
    let mut rest = function;
    loop {
        rest = rest.trim_start_matches(['<', '&', '[', '(', '*', ' ']);
        let word = rest.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next()?;
        let behind = &rest[word.len()..];
        if behind.starts_with("::") {
            return Some(word);
        }
        rest = match word {
            "mut" | "const" | "dyn" => behind,
            // A parameter or a primitive type: the trait tells.
            _ => behind.split_once(" as ")?.1,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(function: &str, file: &str) -> Line {
        Line { function: function.to_owned(), file: file.to_owned(), line: 1 }
    }

    #[test]
    fn a_function_is_of_the_crate_of_its_type_or_else_its_trait() {
        for (function, crate_name) in [
            ("alloc::vec::Vec<T,A>::push", Some("alloc")),
            (
                "<alloc::vec::Vec<T> as core::iter::traits::collect::FromIterator<T>>::from_iter",
                Some("alloc"),
            ),
            ("<str as alloc::string::ToString>::to_string", Some("alloc")),
            ("<T as alloc::slice::hack::ConvertVec>::to_vec", Some("alloc")),
            ("<&mut app::Tokens as core::iter::Iterator>::next", Some("app")),
            ("<[T] as app::Join>::join", Some("app")),
            ("<dyn app::Handler>::call", Some("app")),
            ("app::main::{{closure}}", Some("app")),
            ("__rustc::__rust_alloc", Some("__rustc")),
            ("malloc", None),
            ("main", None),
            ("", None),
        ] {
            assert_eq!(home(function), crate_name, "{function}");
        }
    }

    #[test]
    fn the_allocator_itself_is_told_by_name_or_file() {
        for (name, file) in [
            ("__rustc::__rust_alloc", ""),
            ("__rustc[4e1b3a]::__rdl_realloc", ""),
            ("alloc::alloc::exchange_malloc", ""),
            ("alloc::raw_vec::RawVec<T,A>::grow_one", ""),
            ("<alloc::raw_vec::RawVecInner>::finish_grow", ""),
            (
                "<memopt_runtime::hook::counting::Alloc<A> as \
                 core::alloc::global::GlobalAlloc>::alloc",
                "",
            ),
            ("malloc", ""),
            ("__libc_calloc", "/build/glibc/malloc/malloc.c"),
            (
                "grow_amortized<alloc::alloc::Global>",
                "/rustc/5980/library/alloc/src/raw_vec/mod.rs",
            ),
            ("add_stack<fn(&mut [usize]) -> usize>", "memopt-runtime/src/heap/call_paths.rs"),
            ("begin", "/home/me/src/memopt/memopt-runtime/src/heap/follow.rs"),
        ] {
            assert!(line(name, file).is_hook() && line(name, file).is_allocator(), "{name} {file}");
        }
        for (name, file) in [
            ("alloc::vec::Vec<T,A>::push", ""),
            ("push<u8>", "/rustc/5980/library/alloc/src/vec/mod.rs"),
            ("memopt_runtime::scope::recording::record", ""),
            ("record<u8>", "memopt-runtime/src/scope/recording.rs"),
        ] {
            assert!(
                !line(name, file).is_hook() && line(name, file).is_allocator(),
                "{name} {file}"
            );
        }
        for name in ["app::malloc::run", "app::realloc", "main"] {
            assert!(!line(name, "").is_allocator(), "{name}");
        }
    }

    #[test]
    fn a_file_tells_more_than_a_name() {
        for file in [
            "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/alloc/src/raw_vec/mod.rs",
            "/home/me/.rustup/toolchains/stable/lib/rustlib/src/rust/library/core/src/iter/mod.rs",
            r"C:\rust\lib\rustlib\src\rust\library\core\src\iter\mod.rs",
            "/rust/deps/hashbrown-0.16.1/src/raw/mod.rs",
            "/home/me/.cargo/registry/src/index/memopt-runtime-0.1.0/src/hook/counting.rs",
        ] {
            assert!(line("push<u8>", file).is_allocator(), "{file}");
        }
        for file in [
            "/home/me/app/library/src/lib.rs",
            "src/main.rs",
            "/home/me/memopt-runtime/tests/stacks.rs",
        ] {
            assert!(!line("push<u8>", file).is_allocator(), "{file}");
            assert!(line("push<u8>", file).is_own(), "{file}");
        }
        // The trait's function is the program's, though the type is not.
        assert!(line("<alloc::vec::Vec<T> as app::Load>::load", "src/load.rs").is_own());
        assert!(
            !line("<T as app::Copied>::copied", "/rustc/5980/library/alloc/src/slice.rs").is_own()
        );
    }

    #[test]
    fn libraries_and_c_are_not_the_programs_own() {
        let registry = "/home/me/.cargo/registry/src/index/serde_json-1.0/src/de.rs";
        for (name, file) in [
            ("serde_json::de::from_str", registry),
            ("memopt_runtime::scope::recording::record", "memopt-runtime/src/scope/recording.rs"),
            ("sqlite3_step", ""),
            ("main", ""),
        ] {
            assert!(!line(name, file).is_own(), "{name}");
        }
        assert!(line("app::main", "").is_own());
    }
}
