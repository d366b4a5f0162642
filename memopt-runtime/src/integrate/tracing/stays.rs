//! The spans this thread is in, and the order they are left in.
//!
//! A frame of the engine can only be left when it is the innermost. A span can be left at any time: then the stays above
//! it are left too and entered anew without it. Stays are parts of calls, so that changes no count.

use crate::alloc::quiet::{aloud, quiet};
use crate::scope::{Call, Part};
use crate::site::Site;
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
struct Stay {
    key: Key,
    span: Arc<Span>,
    part: Part,
}

impl Stay {
    fn leave(self) {
        self.part.close(&mut self.span.call());
        give_back(self.span);
    }
}

/// Frees it quietly where it is the last; mostly the registry has it still.
fn give_back(span: Arc<Span>) {
    if Arc::strong_count(&span) == 1 {
        quiet(|| drop(span));
    }
}

/// The stays of one thread, innermost last.
#[derive(Debug)]
struct Stays(RefCell<Vec<Stay>>);

impl Drop for Stays {
    fn drop(&mut self) {
        // The thread ends, and its frames are closed or will be.
        quiet(|| drop(std::mem::take(self.0.get_mut())));
    }
}

thread_local! {
    static STAYS: Stays = const { Stays(RefCell::new(Vec::new())) };
}

/// Runs `work` with this thread's stays. Nothing is done while the thread's storage is torn down.
fn with(work: impl FnOnce(&mut Vec<Stay>)) {
    _ = STAYS.try_with(|stays| {
        if let Ok(mut stays) = stays.0.try_borrow_mut() {
            aloud(|| work(&mut stays));
        }
    });
}

/// Enters a span on this thread.
pub(super) fn enter(key: Key, span: Arc<Span>) {
    with(|stays| {
        // Stays the scope around them has closed: their guards were forgotten, or are dropped later.
        while stays.pop_if(|last| !last.part.is_open()).map(Stay::leave).is_some() {}
        if stays.len() == stays.capacity() {
            quiet(|| stays.reserve(8));
        }
        let part = Part::open(span.site);
        stays.push(Stay { key, span, part });
    });
}

/// Leaves the span this thread has entered last under `key`; nothing where it has not.
pub(super) fn leave(key: Key) {
    with(|stays| {
        if let Some(at) = stays.iter().rposition(|stay| stay.key == key) {
            leave_at(stays, at);
        }
    });
}

fn leave_at(stays: &mut Vec<Stay>, at: usize) {
    if at + 1 == stays.len() {
        return stays.pop().map_or((), Stay::leave);
    }
    let stay = stays.remove(at);
    for index in (at..stays.len()).rev() {
        if !stays[index].part.is_open() {
            stays.remove(index).leave();
        }
    }
    // Where a guard or a context stands between them, only the engine can close what is above.
    if !stay.part.is_open() || stay.part.frames_above() != stays.len() - at {
        return stay.leave();
    }
    for above in stays[at..].iter_mut().rev() {
        let none = std::mem::replace(&mut above.part, Part::NONE);
        none.close(&mut above.span.call());
    }
    stay.leave();
    for above in &mut stays[at..] {
        above.part = Part::open(above.span.site);
    }
}

/// Ends the call of a span that has closed.
pub(super) fn close(key: Key, span: Arc<Span>) {
    with(|stays| {
        // Guards of it that were forgotten on this thread.
        while Arc::strong_count(&span) > 1
            && let Some(at) = stays.iter().rposition(|stay| stay.key == key)
        {
            leave_at(stays, at);
        }
    });
    aloud(|| span.call().end(span.site));
    give_back(span);
}
