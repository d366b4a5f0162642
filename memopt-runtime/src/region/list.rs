//! Chunks in a row, for one owner.

use super::chunk::Chunk;
use std::ptr;
use std::sync::atomic::Ordering::Relaxed;

/// Chunks in a row, linked through their heads; only the owner of the chunks walks it.
#[derive(Debug)]
pub(super) struct List {
    first: *const Chunk,
    last: *const Chunk,
    pub(super) len: usize,
}

impl List {
    pub(super) const fn new() -> Self {
        Self { first: ptr::null(), last: ptr::null(), len: 0 }
    }

    pub(super) fn first(&self) -> Option<&'static Chunk> {
        // SAFETY: null, or a chunk, which is never unmapped.
        unsafe { self.first.as_ref() }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &'static Chunk> {
        std::iter::successors(self.first(), |chunk| after(chunk))
    }

    pub(super) fn push_last(&mut self, chunk: &'static Chunk) {
        link(chunk, self.last, ptr::null());
        // SAFETY: null, or a chunk, which is never unmapped.
        match unsafe { self.last.as_ref() } {
            Some(last) => last.after.store(ptr::from_ref(chunk).cast_mut(), Relaxed),
            None => self.first = chunk,
        }
        self.last = chunk;
        self.len += 1;
    }

    pub(super) fn push_first(&mut self, chunk: &'static Chunk) {
        link(chunk, ptr::null(), self.first);
        match self.first() {
            Some(first) => first.before.store(ptr::from_ref(chunk).cast_mut(), Relaxed),
            None => self.last = chunk,
        }
        self.first = chunk;
        self.len += 1;
    }

    /// Takes a chunk out that is in this list.
    pub(super) fn remove(&mut self, chunk: &Chunk) {
        let (left, right) = (chunk.before.load(Relaxed), chunk.after.load(Relaxed));
        // SAFETY: null, or chunks, which are never unmapped.
        let (before, behind) = unsafe { (left.as_ref(), right.as_ref()) };
        match before {
            Some(before) => before.after.store(right, Relaxed),
            None => self.first = right,
        }
        match behind {
            Some(behind) => behind.before.store(left, Relaxed),
            None => self.last = left,
        }
        self.len -= 1;
    }
}

fn link(chunk: &Chunk, before: *const Chunk, behind: *const Chunk) {
    chunk.before.store(before.cast_mut(), Relaxed);
    chunk.after.store(behind.cast_mut(), Relaxed);
}

fn after(chunk: &Chunk) -> Option<&'static Chunk> {
    // SAFETY: null, or a chunk, which is never unmapped.
    unsafe { chunk.after.load(Relaxed).as_ref() }
}
