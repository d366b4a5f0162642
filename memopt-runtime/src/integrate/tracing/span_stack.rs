//! The spans this thread is in, and the order they are left in.
//!
//! A frame can only be left when it is the innermost. A span can be left at any time: then the
//! spans above it are left too and entered anew without it. Spans are parts of calls, so that
//! changes no count.

use crate::scope::{Call, Part};
use crate::site::Site;
use crate::thread::untracked::{resume_tracking, untracked};
use std::cell::RefCell;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Number of the layer and of the span.
pub(super) type Key = (u64, u64);

/// A span from its making to its close.
#[derive(Debug)]
pub(super) struct Span {
    site: &'static Site,
    call: Mutex<Call>,
}

impl Span {
    pub(super) fn new(site: &'static Site) -> Self {
        Self { site, call: Mutex::new(Call::default()) }
    }

    fn call(&self) -> MutexGuard<'_, Call> {
        self.call.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One span this thread has entered and not left.
#[derive(Debug)]
struct Entered {
    key: Key,
    span: Arc<Span>,
    part: Part,
}

impl Entered {
    fn leave(self) {
        self.part.close(&mut self.span.call());
        give_back(self.span);
    }
}

/// Frees it untracked where it is the last; mostly the registry has it still.
fn give_back(span: Arc<Span>) {
    if Arc::strong_count(&span) == 1 {
        untracked(|| drop(span));
    }
}

/// The spans of one thread, innermost last.
#[derive(Debug)]
struct SpanStack(RefCell<Vec<Entered>>);

impl Drop for SpanStack {
    fn drop(&mut self) {
        // The thread ends, and its frames are closed or will be.
        untracked(|| drop(std::mem::take(self.0.get_mut())));
    }
}

thread_local! {
    static SPAN_STACK: SpanStack = const { SpanStack(RefCell::new(Vec::new())) };
}

/// Runs `work` with this thread's spans. Nothing is done while the thread's storage is torn down.
fn with(work: impl FnOnce(&mut Vec<Entered>)) {
    _ = SPAN_STACK.try_with(|span_stack| {
        if let Ok(mut span_stack) = span_stack.0.try_borrow_mut() {
            resume_tracking(|| work(&mut span_stack));
        }
    });
}

/// Enters a span on this thread.
pub(super) fn enter(key: Key, span: Arc<Span>) {
    with(|span_stack| {
        // SpanStack the scope around them has closed: their guards were forgotten, or are dropped
        // later.
        while span_stack.pop_if(|last| !last.part.is_open()).map(Entered::leave).is_some() {}
        if span_stack.len() == span_stack.capacity() {
            untracked(|| span_stack.reserve(8));
        }
        let part = Part::open(span.site);
        span_stack.push(Entered { key, span, part });
    });
}

/// Leaves the span this thread has entered last under `key`; nothing where it has not.
pub(super) fn leave(key: Key) {
    with(|span_stack| {
        if let Some(at) = span_stack.iter().rposition(|stay| stay.key == key) {
            leave_at(span_stack, at);
        }
    });
}

fn leave_at(span_stack: &mut Vec<Entered>, at: usize) {
    if at + 1 == span_stack.len() {
        return span_stack.pop().map_or((), Entered::leave);
    }
    let stay = span_stack.remove(at);
    for index in (at..span_stack.len()).rev() {
        if !span_stack[index].part.is_open() {
            span_stack.remove(index).leave();
        }
    }
    // Where a guard or a context stands between them, only the scopes can close what is above.
    if !stay.part.is_open() || stay.part.frames_above() != span_stack.len() - at {
        return stay.leave();
    }
    for above in span_stack[at..].iter_mut().rev() {
        let none = std::mem::replace(&mut above.part, Part::NONE);
        none.close(&mut above.span.call());
    }
    stay.leave();
    for above in &mut span_stack[at..] {
        above.part = Part::open(above.span.site);
    }
}

/// Ends the call of a span that has closed.
pub(super) fn close(key: Key, span: Arc<Span>) {
    with(|span_stack| {
        // Guards of it that were forgotten on this thread.
        while Arc::strong_count(&span) > 1
            && let Some(at) = span_stack.iter().rposition(|stay| stay.key == key)
        {
            leave_at(span_stack, at);
        }
    });
    resume_tracking(|| span.call().end(span.site));
    give_back(span);
}
