//! A recording: a part of the scope tree that is kept apart and read alone.

use crate::site::Site;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// One recording. Threads that carry its context keep their part under a node of its own.
#[derive(Debug)]
pub(crate) struct Realm {
    id: u64,
    closed: AtomicBool,
}

impl Realm {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self { id: NEXT.fetch_add(1, Ordering::Relaxed), closed: AtomicBool::new(false) }
    }

    /// Its number, never 0.
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// What arrives from now on belongs to what surrounds the recording.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }
}

/// One step of the way from a thread's root to a node.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Site(&'static Site),
    Realm(Arc<Realm>),
}
