//! Which part of a stack is shown: the program's own, by the rule of `origin`.

use super::{CallPath, HeapReport, Line, StackFrame};
use std::ops::Range;

impl StackFrame {
    /// Whether all lines here only lead to the allocator, see [`Line::is_allocator`]. A frame
    /// without lines is not.
    pub fn is_allocator(&self) -> bool {
        !self.lines.is_empty() && self.lines.iter().all(Line::is_allocator)
    }
}

impl HeapReport {
    /// The lines of a call path's stack, innermost first: from the first on that does not only lead
    /// to the allocator, to the last that is not the start of the thread (the C library's, the
    /// standard library's).
    ///
    /// Frames without lines are passed over. Where there is nothing but the standard library,
    /// memory that it takes for itself, all lines from its call of the allocator on are given. The
    /// whole stack remains in [`CallPath::stack`].
    pub fn lines<'a>(&'a self, call_path: &'a CallPath) -> impl Iterator<Item = &'a Line> {
        self.shown(call_path).filter_map(|(_, line)| line)
    }

    /// As [`lines`](Self::lines), each with its frame; a frame without lines is given once.
    pub(crate) fn shown<'a>(
        &'a self,
        call_path: &'a CallPath,
    ) -> impl Iterator<Item = (&'a StackFrame, Option<&'a Line>)> {
        let visible = self.visible(call_path);
        self.all(call_path).skip(visible.start).take(visible.len())
    }

    /// Which of [`all`](Self::all) are shown.
    pub(crate) fn visible(&self, call_path: &CallPath) -> Range<usize> {
        let (mut leads, mut hook, mut len) = (0, 0, 0);
        // Where the first of the program's functions is found, and where the last ends.
        let (mut start, mut end) = (None, 0);
        for (at, (frame, line)) in self.all(call_path).enumerate() {
            len = at + 1;
            let is_allocator = line.is_some_and(Line::is_allocator);
            if is_allocator && start.is_none() {
                leads = len;
                hook = if line.is_some_and(Line::is_hook) { len } else { hook };
            }
            // A frame without lines may be anyone's: what lies behind it tells.
            if line.is_some_and(|line| !is_allocator && !line.is_entry()) {
                start = start.or(Some(leads));
            }
            let begins =
                line.map_or_else(|| self.is_in_libc(frame), |line| is_allocator || line.is_entry());
            end = if begins { end } else { len };
        }
        match start {
            Some(start) => start..end,
            // Nobody's own code is on it.
            None if hook == len => 0..len,
            None => hook..len,
        }
    }

    /// Whether a frame without lines is one of the C library's, in which every thread begins.
    pub(super) fn is_in_libc(&self, frame: &StackFrame) -> bool {
        let module = self.module_of(frame.address);
        let file = module.map_or("", |module| module.path.rsplit('/').next().unwrap_or_default());
        ["libc.so", "libc-", "libpthread"].iter().any(|name| file.starts_with(name))
    }

    /// All of a stack, innermost first; a frame without lines is one item.
    pub(crate) fn all<'a>(
        &'a self,
        call_path: &'a CallPath,
    ) -> impl Iterator<Item = (&'a StackFrame, Option<&'a Line>)> {
        let frames = call_path.stack.iter().filter_map(|&frame| self.frames.get(frame as usize));
        frames.flat_map(|frame| {
            let nameless = frame.lines.is_empty().then_some((frame, None));
            nameless.into_iter().chain(frame.lines.iter().map(move |line| (frame, Some(line))))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Module;

    fn frame(functions: &[&str]) -> StackFrame {
        let line = |function: &&str| Line { function: (*function).to_owned(), ..Line::default() };
        StackFrame { address: 1, lines: functions.iter().map(line).collect() }
    }

    #[test]
    fn a_stack_is_shown_from_the_programs_first_line_to_its_last() {
        let mut report = HeapReport {
            frames: vec![
                frame(&["memopt_runtime::heap::unwind::capture", "__rust_alloc"]),
                frame(&["alloc::raw_vec::finish_grow"]),
                frame(&["alloc::vec::Vec<T>::push", "app::parse"]),
                frame(&["app::main", "std::rt::lang_start"]),
                frame(&[]),
                frame(&["main"]),
                frame(&["core::iter::Iterator::for_each"]),
            ],
            ..HeapReport::default()
        };
        let shown = |report: &HeapReport, stack: &[u32]| {
            let call_path = CallPath { stack: stack.to_vec(), ..CallPath::default() };
            report.lines(&call_path).map(|line| line.function.clone()).collect::<Vec<_>>()
        };
        assert_eq!(shown(&report, &[0, 1, 4, 2, 3, 5]), ["app::parse", "app::main"]);
        let between = ["app::parse", "core::iter::Iterator::for_each", "app::main"];
        assert_eq!(shown(&report, &[0, 1, 2, 6, 3, 5]), between);
        // The standard library for itself.
        assert_eq!(shown(&report, &[0, 1, 6, 4, 5]), ["core::iter::Iterator::for_each", "main"]);
        assert_eq!(shown(&report, &[1]), ["alloc::raw_vec::finish_grow"]);
        assert_eq!(shown(&report, &[4, 9]), [""; 0]);
        // Code without names is shown, but for the C library's in which threads begin.
        let call_path = |stack: &[u32]| CallPath { stack: stack.to_vec(), ..CallPath::default() };
        assert_eq!(report.visible(&call_path(&[0, 1, 4])), 3..4);
        assert_eq!(report.visible(&call_path(&[0, 2, 4])), 3..5);
        report.modules.push(Module {
            end: 2,
            path: "/usr/lib/libc.so.6".to_owned(),
            ..Module::default()
        });
        assert_eq!(report.visible(&call_path(&[0, 2, 4])), 3..4);
        let is_allocator: Vec<bool> = report.frames.iter().map(StackFrame::is_allocator).collect();
        assert_eq!(is_allocator, [true, true, false, false, false, false, true]);
    }
}
