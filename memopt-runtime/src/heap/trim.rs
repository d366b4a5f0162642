//! Which lines of a stack are the person's own, and which only lead from there to the allocator.

use crate::report::{HeapReport, Line, Spot, StackFrame};

/// Crates through which code gets memory: the standard library's, and ours.
const CRATES: [&str; 7] = ["alloc", "core", "std", "hashbrown", "__rustc", "memopt_runtime", "memopt"];

/// The compiler's and the C library's functions to allocate.
const FUNCTIONS: [&str; 15] = [
    "__rust_alloc",
    "__rust_alloc_zeroed",
    "__rust_realloc",
    "__rdl_alloc",
    "__rdl_alloc_zeroed",
    "__rdl_realloc",
    "__rg_alloc",
    "__rg_alloc_zeroed",
    "__rg_realloc",
    "malloc",
    "calloc",
    "realloc",
    "aligned_alloc",
    "posix_memalign",
    "memalign",
];

impl Line {
    /// Whether this only leads to the allocator: memopt's hook, the compiler's and the C library's functions to allocate, and
    /// everything of the standard library (`Vec::push`, `Box::new`, `RawVec`, iterator adapters, `hashbrown`).
    ///
    /// By the function's name: what counts is the crate it is of, for an implementation that of the type, or of the trait where
    /// the type is a parameter or a primitive one. By the file, where debug information has no whole name (`line-tables-only`,
    /// for inlined calls).
    ///
    /// # Examples
    ///
    /// ```
    /// use memopt_runtime::report::Line;
    ///
    /// let is_allocator = |function: &str| Line { function: function.into(), ..Line::default() }.is_allocator();
    /// assert!(is_allocator("alloc::raw_vec::RawVecInner<A>::grow_amortized"));
    /// assert!(is_allocator("<T as alloc::string::ToString>::to_string"));
    /// assert!(!is_allocator("<parser::Record as core::clone::Clone>::clone"));
    /// ```
    pub fn is_allocator(&self) -> bool {
        match home(&self.function) {
            Some(home) => CRATES.contains(&home),
            None => FUNCTIONS.contains(&self.function.as_str()) || is_of_the_library(&self.file),
        }
    }
}

impl StackFrame {
    /// Whether all lines here only lead to the allocator, see [`Line::is_allocator`]. A frame without lines is not.
    pub fn is_allocator(&self) -> bool {
        !self.lines.is_empty() && self.lines.iter().all(Line::is_allocator)
    }
}

impl HeapReport {
    /// The lines of a spot's stack, innermost first, from the first on that does not only lead to the allocator.
    ///
    /// Frames without lines are passed over. Where every line leads to the allocator all are given: memory that the standard
    /// library takes for itself. The whole stack remains in [`Spot::stack`].
    pub fn lines<'a>(&'a self, spot: &'a Spot) -> impl Iterator<Item = &'a Line> {
        let all = || {
            let frames = spot.stack.iter().filter_map(|&frame| self.frames.get(frame as usize));
            frames.flat_map(|frame| &frame.lines)
        };
        let leads = all().take_while(|line| line.is_allocator()).count();
        let hidden = if leads == all().count() { 0 } else { leads };
        all().skip(hidden)
    }
}

/// Whether a source file is one of the standard library's or ours, wherever they lie.
fn is_of_the_library(file: &str) -> bool {
    let standard = file.starts_with("/rustc/") || file.contains("/rustlib/src/rust/");
    (standard && file.contains("/library/")) || file.starts_with("/rust/deps/hashbrown-") || is_ours(file)
}

/// Whether a source file is one of this crate's, wherever it lies.
pub(crate) fn is_ours(file: &str) -> bool {
    let folder = |folder: &str| folder == "memopt-runtime" || folder.starts_with("memopt-runtime-");
    file.split('/').any(folder) && file.contains("/src/")
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
    use super::{HeapReport, Line, Spot, StackFrame, home, is_of_the_library};

    fn frame(functions: &[&str]) -> StackFrame {
        let line = |function: &&str| Line { function: (*function).to_owned(), ..Line::default() };
        StackFrame { address: 1, lines: functions.iter().map(line).collect() }
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
    fn a_file_tells_where_a_name_does_not() {
        for file in [
            "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/alloc/src/raw_vec/mod.rs",
            "/home/me/.rustup/toolchains/stable/lib/rustlib/src/rust/library/core/src/iter/mod.rs",
            "/rust/deps/hashbrown-0.16.1/src/raw/mod.rs",
            "/home/me/.cargo/registry/src/index/memopt-runtime-0.1.0/src/hook/counting.rs",
        ] {
            assert!(is_of_the_library(file), "{file}");
        }
        for file in
            ["", "/home/me/app/library/src/lib.rs", "src/main.rs", "/home/me/memopt-runtime/tests/stacks.rs"]
        {
            assert!(!is_of_the_library(file), "{file}");
        }
        let line = |file: &str| Line { function: "push<u8>".into(), file: file.into(), line: 1 };
        assert!(
            line("/rustc/5980/library/alloc/src/vec/mod.rs").is_allocator()
                && !line("src/main.rs").is_allocator()
        );
    }

    #[test]
    fn a_stack_begins_with_the_first_line_that_is_no_allocator() {
        let report = HeapReport {
            frames: vec![
                frame(&["memopt_runtime::heap::unwind::capture", "__rust_alloc"]),
                frame(&["alloc::raw_vec::finish_grow"]),
                frame(&["alloc::vec::Vec<T>::push", "app::parse"]),
                frame(&["std::rt::lang_start"]),
                frame(&[]),
            ],
            ..HeapReport::default()
        };
        let shown = |stack: &[u32]| {
            let spot = Spot { stack: stack.to_vec(), ..Spot::default() };
            report.lines(&spot).map(|line| line.function.clone()).collect::<Vec<_>>()
        };
        assert_eq!(shown(&[0, 1, 4, 2, 3]), ["app::parse", "std::rt::lang_start"]);
        assert_eq!(shown(&[1, 3]), ["alloc::raw_vec::finish_grow", "std::rt::lang_start"]);
        assert_eq!(shown(&[4, 9]), [""; 0]);
        let is_allocator: Vec<bool> = report.frames.iter().map(StackFrame::is_allocator).collect();
        assert_eq!(is_allocator, [true, true, false, true, false]);
    }
}
