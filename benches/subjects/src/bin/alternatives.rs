//! What people write instead of the other remedies: crates, the standard library, and code by hand.

use std::hint::black_box;
use std::sync::LazyLock;
use std::time::Duration;

use bumpalo::Bump;
use memopt_subjects::bench::timed;
use memopt_subjects::rows::{ROWS, Reader, Row, consume};
use memopt_subjects::scopes::{BOXES, fill, object, spacer};
use memopt_subjects::vectors::{self, push};
use memopt_subjects::wrapped::Wrapped;
use memopt_subjects::{Bench, lazy, plus, serve, stack};
use once_cell::sync::Lazy;
use typed_arena::Arena;

#[global_allocator]
static ALLOC: Wrapped = Wrapped;

fn bumpalo(iterations: u64) -> Duration {
    let _spacer = spacer();
    let mut arena = Bump::new();
    timed(iterations, |i| {
        for number in 0..BOXES as u64 {
            black_box(arena.alloc(object(i + number)));
        }
        arena.reset();
    })
}

/// It has no reset; a new one with room for all objects is the nearest to it.
fn typed_arena(iterations: u64) -> Duration {
    timed(iterations, |i| {
        let arena = Arena::with_capacity(BOXES);
        for number in 0..BOXES as u64 {
            black_box(arena.alloc(object(i + number)));
        }
    })
}

fn system(iterations: u64) -> Duration {
    let mut list = Vec::with_capacity(BOXES);
    timed(iterations, |i| {
        fill::<3>(&mut list, i);
        black_box(&mut list).clear();
    })
}

#[inline(never)]
fn grow(length: u64) {
    let mut numbers = Vec::new();
    push(&mut numbers, length);
    black_box(&numbers);
}

#[inline(never)]
fn exact(length: u64) {
    let mut numbers = Vec::with_capacity(length as usize);
    push(&mut numbers, length);
    black_box(&numbers);
}

static STANDARD: LazyLock<u64> = LazyLock::new(|| black_box(7));
#[allow(clippy::non_std_lazy_statics, reason = "it is what is measured")]
static ONCE_CELL: Lazy<u64> = Lazy::new(|| black_box(7));

/// An iterator as one writes it by hand: the reader and how many rows are left.
struct Rows {
    reader: Reader,
    left: u64,
}

impl Iterator for Rows {
    type Item = Row;

    #[inline]
    fn next(&mut self) -> Option<Row> {
        self.left = self.left.checked_sub(1)?;
        Some(self.reader.next_row())
    }
}

fn iterator(rows: u64) -> Duration {
    consume(rows, |rows| Rows { reader: Reader::new(), left: rows })
}

#[inline(never)]
fn all_rows(count: u64) -> Vec<Row> {
    let mut reader = Reader::new();
    let mut rows = Vec::new();
    for _ in 0..count {
        rows.push(reader.next_row());
    }
    rows
}

fn vector(rows: u64) -> Duration {
    consume(rows, all_rows)
}

/// The `backtrace` crate over the system's unwinder, without its lock and without symbols.
fn backtrace(frames: &mut [usize; stack::FRAMES]) -> usize {
    let mut taken = 0;
    // SAFETY: this program has one thread.
    unsafe {
        backtrace::trace_unsynchronized(|frame| {
            frames[taken] = frame.ip().addr();
            taken += 1;
            taken < stack::FRAMES
        });
    }
    taken
}

const BENCHES: &[Bench] = &[
    Bench::new("arena1000/bumpalo", &[plus(bumpalo)]),
    Bench::new("arena1000/typed-arena", &[plus(typed_arena)]),
    Bench::new("arena1000/system", &[plus(system)]),
    Bench::new("presize/Vec::new", &[plus(|calls| vectors::calls(calls, grow))]),
    Bench::new("presize/Vec::with_capacity", &[plus(|calls| vectors::calls(calls, exact))]),
    Bench::new("lazy_read/LazyLock", &[plus(|reads| lazy::reads(reads, || black_box(&STANDARD)))]),
    Bench::new(
        "lazy_read/once_cell",
        &[plus(|reads| lazy::reads(reads, || black_box(&ONCE_CELL)))],
    ),
    Bench::new("unwind40/backtrace", &[plus(|walks| stack::walks(walks, backtrace))])
        .with_facts(|| stack::taken(backtrace)),
    Bench::fixed("streamed/iterator", &[plus(iterator)], ROWS),
    Bench::fixed("streamed/Vec", &[plus(vector)], ROWS),
];

fn main() {
    serve(BENCHES, || ());
}
