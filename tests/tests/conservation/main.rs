//! Conservation: over any program of scopes, threads, tasks, panics and cancellations, what the
//! sites did themselves plus what is unattributed is what the process did, exactly.
//!
//! Random programs are run on real threads, one move at a time, and every report they make is
//! compared with a plain model: the whole tree, every site, the totals. A failing program is made
//! smaller before it is shown. `MEMOPT_SEED` runs one program, `MEMOPT_PROGRAMS` says how many.

mod layers;
mod machine;
mod model;
mod program;
mod view;

use machine::{MACHINE, REPORTS, size_of_future};
use model::Model;
use program::{Do, Move, Random, THREADS, Wrap};
use std::cell::Cell;
use std::fmt::Write;
use std::panic::{catch_unwind, resume_unwind};
use std::sync::OnceLock;
use std::thread::JoinHandle;
use view::View;

/// The system's allocator, which counts by itself what a thread allocates.
struct Counted;

thread_local! {
    static BYTES: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: forwards to `System` unchanged.
unsafe impl std::alloc::GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: std::alloc::Layout) -> *mut u8 {
        BYTES.set(BYTES.get() + layout.size());
        // SAFETY: the caller's contract.
        unsafe { std::alloc::System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: std::alloc::Layout) {
        // SAFETY: the caller's contract.
        unsafe { std::alloc::System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOC: memopt_runtime::Alloc<Counted> = memopt_runtime::Alloc::new(Counted);

/// Bytes of the one block that the language's panic runtime allocates.
fn panic_bytes() -> usize {
    let panic = || drop(catch_unwind(|| resume_unwind(Box::new(()))));
    panic();
    let before = BYTES.get();
    panic();
    BYTES.get() - before
}

fn bytes_of_futures(wrap: Wrap) -> usize {
    static SIZES: OnceLock<[usize; 6]> = OnceLock::new();
    let all = [
        Wrap::Tracked,
        Wrap::InContext,
        Wrap::ContextThenTracked,
        Wrap::TrackedThenContext,
        Wrap::Recorded,
        Wrap::RecordedThenTracked,
    ];
    SIZES.get_or_init(|| all.map(size_of_future))[wrap as usize]
}

struct Threads([Option<JoinHandle<()>>; THREADS]);

impl Threads {
    fn start() -> Self {
        Self(std::array::from_fn(|t| Some(Self::one(t))))
    }

    /// A thread that has begun, so that what its start allocates is over.
    fn one(thread: usize) -> JoinHandle<()> {
        let handle = std::thread::spawn(move || MACHINE.work(thread));
        MACHINE.make(Move { thread, what: Do::Begin { wrapped: false } });
        MACHINE.make(Move { thread, what: Do::Finish });
        handle
    }

    /// Ends one thread and starts another in its place.
    fn renew(&mut self, thread: usize) {
        MACHINE.make(Move { thread, what: Do::Finish });
        self.0[thread].take().expect("it runs").join().expect("a worker does not panic");
        self.0[thread] = Some(Self::one(thread));
    }
}

/// Runs a program; what was found that should not be.
fn check(program: &[Move], seed: u64) -> (String, Vec<Move>) {
    let mut random = Random(!seed);
    let mut model = Model::new(panic_bytes(), bytes_of_futures);
    let wrapped = std::array::from_fn(|_| random.below(2) == 0);
    model.run(program, wrapped, random.below(THREADS));
    assert!(model.views.len() < REPORTS);
    let end = View::of(&model, None);

    MACHINE.reports.lock().unwrap().reserve(REPORTS);
    // Nothing is allocated from one report to the other but by the moves.
    let before = memopt_runtime::report();
    model.moves.iter().for_each(|step| MACHINE.make(*step));
    let after = memopt_runtime::report();

    let (before, after) = (View::read(&before, false), View::read(&after, false));
    let mut text = end.differences(&after.since(&before), model.crossed);
    let reports = std::mem::take(&mut *MACHINE.reports.lock().unwrap());
    assert_eq!(reports.len(), model.views.len());
    for (i, ((report, peak), right)) in reports.iter().zip(&model.views).enumerate() {
        let mut found = View::read(report, right.of_recording);
        if !right.of_recording {
            found = found.since(&before);
        }
        let wrong = right.differences(&found, model.crossed);
        if !wrong.is_empty() {
            _ = write!(text, "report {i} (of a recording: {}):\n{wrong}", right.of_recording);
        }
        let peaks = right.peak.zip(peak.map(u64::cast_signed)).filter(|_| !model.crossed);
        if let Some((right, found)) = peaks.filter(|(right, found)| right != found) {
            _ = writeln!(text, "report {i}: expected a peak of {right}, found {found}");
        }
    }
    (text, model.moves)
}

/// A smaller part of the program that fails too.
fn shrink(mut program: Vec<Move>, seed: u64) -> Vec<Move> {
    let mut chunk = program.len() / 2;
    while chunk > 0 {
        let mut at = 0;
        while at < program.len() {
            let mut smaller = program.clone();
            smaller.drain(at..(at + chunk).min(program.len()));
            if check(&smaller, seed).0.is_empty() { at += chunk } else { program = smaller }
        }
        chunk /= 2;
    }
    program
}

fn from_env(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Every byte and block is charged once and to the right scope. Without the harness, which
/// allocates when a test takes long.
fn main() {
    let mut threads = Threads::start();
    let seeds = match from_env("MEMOPT_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..from_env("MEMOPT_PROGRAMS").unwrap_or(320),
    };
    for seed in seeds {
        let program = program::generate(seed);
        let (wrong, _) = check(&program, seed);
        if !wrong.is_empty() {
            let (still_wrong, moves) = check(&shrink(program, seed), seed);
            let moves: Vec<String> =
                moves.iter().map(|m| format!("  {} {:?}", m.thread, m.what)).collect();
            let moves = moves.join("\n");
            panic!(
                "program {seed} gives\n{wrong}and made small\n{still_wrong}by these moves:\n{moves}"
            );
        }
        // Threads come and go.
        if seed % 5 == 0 {
            threads.renew(seed as usize / 5 % THREADS);
        }
    }
    println!("every byte and block is charged once");
}
