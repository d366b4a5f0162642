//! The stacks of a heap report as people read them: functions instead of addresses, scopes as outer
//! frames, only the program's own part (by the rule of `trim`).

use super::{CallPath, HeapReport, Line, StackFrame};
use crate::label::OUTSIDE;
use std::borrow::Cow;

/// One function that a stack goes through, or one scope.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
    /// Itself as a place in the source: code made of one line lies at many addresses. Where no line
    /// is known the address stays.
    pub(crate) fn place(self) -> Self {
        Self { address: if self.line == 0 { self.address } else { 0 }, ..self }
    }
}

impl HeapReport {
    /// The functions of a stack, innermost first, inlined ones by themselves, as far as they are
    /// shown, see [`lines`](Self::lines).
    pub(crate) fn calls<'a>(&'a self, call_path: &'a CallPath) -> Vec<Call<'a>> {
        self.shown(call_path).map(|(frame, line)| self.call(frame, line)).collect()
    }

    /// As [`calls`](Self::calls), outermost first, below the scopes that were open.
    pub(crate) fn path<'a>(&'a self, call_path: &'a CallPath) -> Vec<Call<'a>> {
        let scope = |name: Cow<'a, str>| Call { name, file: "", line: 0, address: 0 };
        let mut path: Vec<Call<'a>> =
            call_path.scopes.iter().map(|name| scope(format!("[{name}]").into())).collect();
        if path.is_empty() {
            path.push(scope(OUTSIDE.into()));
        }
        path.extend(self.calls(call_path).into_iter().rev());
        path
    }

    /// The innermost function of a stack that the program's author wrote; where none is told apart,
    /// the innermost.
    pub(crate) fn own_call<'a>(&'a self, call_path: &'a CallPath) -> Option<Call<'a>> {
        let own = self.shown(call_path).find(|(_, line)| line.is_some_and(Line::is_own));
        let (frame, line) = own.or_else(|| self.shown(call_path).next())?;
        Some(self.call(frame, line))
    }

    fn call<'a>(&'a self, frame: &'a StackFrame, line: Option<&'a Line>) -> Call<'a> {
        let address = frame.address;
        match line {
            None => Call { name: self.unnamed(address).into(), file: "", line: 0, address },
            Some(line) => Call {
                name: line.function.as_str().into(),
                file: &line.file,
                line: line.line,
                address,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(function: &str, file: &str) -> Line {
        Line { function: function.to_owned(), file: file.to_owned(), line: 1 }
    }

    fn report(lines: Vec<Vec<Line>>) -> HeapReport {
        let call_path =
            CallPath { stack: (0..lines.len() as u32).collect(), ..CallPath::default() };
        let frames = lines.into_iter().zip(1u64..);
        let frames = frames.map(|(lines, n)| StackFrame { address: n * 0x1000, lines }).collect();
        HeapReport { frames, call_paths: vec![call_path], ..HeapReport::default() }
    }

    fn names(calls: &[Call<'_>]) -> Vec<String> {
        calls.iter().map(|call| call.name.to_string()).collect()
    }

    #[test]
    fn the_allocator_is_left_out_and_inlined_calls_are_frames() {
        let report = report(vec![
            vec![line("__rustc::__rust_alloc", "")],
            vec![line("alloc::raw_vec::finish_grow", ""), line("alloc::vec::Vec<T,A>::push", "")],
            vec![line("app::add", "src/add.rs"), line("app::main", "src/main.rs")],
        ]);
        let call_path = &report.call_paths[0];
        assert_eq!(names(&report.calls(call_path)), ["app::add", "app::main"]);
        assert_eq!(
            names(&report.path(call_path)),
            ["(outside every site)", "app::main", "app::add"]
        );
        assert_eq!(report.own_call(call_path).unwrap().name, "app::add");
    }

    #[test]
    fn a_stack_of_the_allocator_alone_keeps_its_frames() {
        let report = report(vec![vec![line("malloc", "")]]);
        assert_eq!(names(&report.calls(&report.call_paths[0])), ["malloc"]);
        assert_eq!(report.own_call(&report.call_paths[0]).unwrap().name, "malloc");
        assert_eq!(report.own_call(&CallPath::default()), None);
    }
}
