//! memopt's remedies, in a program whose allocator is memopt's.

use std::hint::black_box;
use std::sync::Once;
use std::time::Duration;

use memopt::remedy::Arena;
use memopt::remedy::Lazy;
use memopt_subjects::bench::timed;
use memopt_subjects::buffer::{Buffer, cycle, handoff, nothing, touch};
use memopt_subjects::rows::{ROWS, Reader, Row, consume};
use memopt_subjects::scopes::{BOXES, object, spacer};
use memopt_subjects::vectors::{self, length, push};
use memopt_subjects::{Bench, alloc, lazy, minus, plus, serve, stack};

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

mod work {
    memopt_subjects::scoped!([#[memopt::arena]], [#[memopt::arena(reuse)]]);
}

/// The hook outside any scope, once it knows that there are arenas.
fn idle(iterations: u64) -> Duration {
    static USED: Once = Once::new();
    USED.call_once(|| _ = work::boxes(1));
    alloc::pairs(iterations)
}

/// A buffer that is left as it is when it comes back. What is handed out is a pointer to it, as
/// with the boxes of the others.
#[derive(memopt::remedy::Pooled)]
struct Frame {
    #[pool(keep, new = [0; size_of::<Buffer>()])]
    bytes: Buffer,
}

#[inline(always)]
fn touched() -> memopt::remedy::PoolGuard<Frame> {
    let mut frame = Frame::acquire();
    touch(&mut frame.bytes);
    frame
}

fn pool(iterations: u64) -> Duration {
    cycle(iterations, touched, drop)
}

fn pool_handoff(iterations: u64) -> Duration {
    handoff(iterations, touched, drop)
}

static LAZY: Lazy<u64> = Lazy::new();

fn lazy_reads(iterations: u64) -> Duration {
    lazy::reads(iterations, || black_box(&LAZY).get_or_load(|| black_box(7)))
}

fn arena(iterations: u64) -> Duration {
    let _spacer = spacer();
    let mut arena = Arena::new();
    timed(iterations, |i| {
        for number in 0..BOXES as u64 {
            black_box(arena.alloc(object(i + number)));
        }
        arena.reset();
    })
}

/// A vector made and dropped; its capacity.
#[memopt::track_alloc]
#[inline(never)]
fn presized(length: u64) -> usize {
    #[presize]
    let mut numbers = Vec::new();
    push(&mut numbers, length);
    black_box(&numbers).capacity()
}

/// The same without help.
#[inline(never)]
fn grown(length: u64) -> usize {
    let mut numbers = Vec::new();
    push(&mut numbers, length);
    black_box(&numbers).capacity()
}

/// The share of reallocations that a place saves from its first call on, and the share of the room
/// it asked for that stays unused.
fn presize_facts() -> Vec<(&'static str, f64)> {
    const CALLS: u64 = 2000;
    let reallocs = |grow: fn(u64) -> usize| {
        let recording =
            memopt::record(|| (0..CALLS).map(|call| grow(length(call)) as u64).sum::<u64>());
        (recording.report.total().reallocs as f64, recording.value as f64)
    };
    let (before, _) = reallocs(grown);
    let (after, room) = reallocs(presized);
    let used: u64 = (0..CALLS).map(length).sum();
    vec![("reallocs_gone", 1.0 - after / before), ("waste", 1.0 - used as f64 / room)]
}

#[memopt::streamed]
fn all_rows(count: u64) -> Vec<Row> {
    let mut reader = Reader::new();
    let mut rows = Vec::new();
    for _ in 0..count {
        rows.push(reader.next_row());
    }
    rows
}

/// The same with 64 rows at a time.
#[memopt::streamed(chunk = 64)]
fn rows_in_chunks(count: u64) -> Vec<Row> {
    let mut reader = Reader::new();
    let mut rows = Vec::new();
    for _ in 0..count {
        rows.push(reader.next_row());
    }
    rows
}

fn streamed_in_chunks(rows: u64) -> Duration {
    consume(rows, rows_in_chunks)
}

fn streamed(rows: u64) -> Duration {
    consume(rows, all_rows)
}

/// The most bytes in use at once while all rows are read.
fn peak(read: fn(u64) -> Duration) -> Vec<(&'static str, f64)> {
    let report = memopt::record(|| {
        let _scope = memopt::scope!("all rows");
        read(ROWS)
    })
    .report;
    vec![("peak_bytes", report.site("all rows").expect("it was entered").peak.max() as f64)]
}

fn walk(frames: &mut [usize; stack::FRAMES]) -> usize {
    memopt::__private::unwind::capture(frames)
}

fn walks(iterations: u64) -> Duration {
    memopt::__private::modules::refresh();
    stack::walks(iterations, walk)
}

fn taken() -> Vec<(&'static str, f64)> {
    memopt::__private::modules::refresh();
    stack::taken(walk)
}

const BENCHES: &[Bench] = &[
    Bench::new("pool4k", &[plus(pool)]),
    Bench::pair("pool4k_handoff", &[plus(pool_handoff), minus(nothing)]),
    Bench::new("hook_idle_arena", &[plus(idle)]),
    Bench::new("lazy_read", &[plus(lazy_reads)]),
    Bench::new("arena1000", &[plus(arena)]),
    Bench::new("presize", &[plus(|calls| vectors::calls(calls, |length| _ = presized(length)))])
        .with_facts(presize_facts),
    Bench::new("unwind40", &[plus(walks)]).with_facts(taken),
    Bench::fixed("streamed", &[plus(streamed)], ROWS).with_facts(|| peak(streamed)),
    Bench::fixed("streamed/memopt_chunk_64", &[plus(streamed_in_chunks)], ROWS)
        .with_facts(|| peak(streamed_in_chunks)),
];

fn main() {
    let benches: Vec<Bench> = work::BENCHES.iter().chain(BENCHES).copied().collect();
    serve(&benches, || ());
}
