//! Quickstart: what does each part of a program allocate, and what to do about the worst?
//!
//! The program is ordinary: it indexes every Rust source that cargo has unpacked on this machine,
//! first with one thread, then with several, and lists the most frequent identifiers. It is written
//! the way such programs are first written. What memopt needs is marked with a number:
//!
//! 1. the allocator that counts (below);
//! 2. `#[memopt::track_alloc]` on what should have a line in the report: functions (`index.rs`,
//!    `top.rs`), or a whole `impl` (`lex.rs`);
//! 3. `memopt::scope!` for a part of a function (`pass.rs`);
//! 4. `memopt::Context` to carry the scope to another thread (`pass.rs`);
//! 5. `memopt::record` to look at one piece of work by itself (below);
//! 6. `memopt::report` for everything (below, and `files.rs` for its other forms);
//! 7. `memopt::optimizer` to let memopt apply what it suggests (`--optimize`; below and `pass.rs`);
//! 8. `memopt::heap` to follow blocks by site and stack (`--heap`; below).
//!
//! ```text
//! cargo run --release --example quickstart             # about 15 s, or less where there is less to read
//! cargo run --release --example quickstart -- --help
//! ```
#![forbid(unsafe_code)]

mod args;
mod files;
mod index;
mod lex;
mod pass;
mod show;
mod top;
mod walk;

use crate::args::Args;
use crate::index::Index;
use crate::pass::Pass;
use crate::walk::Walk;
use memopt_examples::{cli, input, units};
use std::io::{self, Write};
use std::process::ExitCode;
use std::thread;
use std::time::Instant;

// (1) Everything this program allocates passes through here and is counted.
#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

fn main() -> ExitCode {
    cli::main(args::USAGE, args::parse, run)
}

fn run(args: &Args, out: &mut impl Write) -> io::Result<()> {
    if args.help {
        return writeln!(out, "{}", args::USAGE);
    }
    let packages =
        if args.paths.is_empty() { input::packages() } else { input::named(&args.paths) };
    let mut found = walk::walk(&packages.list);
    let all = found.bytes();
    if let Some(limit) = args.bytes {
        found.limit(limit);
    }
    show::input(out, &packages.origin, &found, all)?;
    if found.sources.is_empty() {
        show::skipped(out, &found.skipped)?;
        return Err(io::Error::other(
            "nothing to index; give a PATH with Rust sources, or more `--bytes`",
        ));
    }
    if args.optimize {
        memopt::optimizer().set_mode(memopt::optimizer::Mode::Apply);
    }
    if args.heap {
        // (8) One sample in 512 KiB on average: cheap enough to leave on in production.
        memopt::heap::start_sampling(512 << 10).map_err(io::Error::other)?;
    }
    let index = passes(args, out, &mut found)?;
    show::skipped(out, &found.skipped)?;
    top::print(out, &index)?;

    // (6) What every site allocated since the program started, and what is worth changing.
    let report = memopt::report();
    show::report(out, &report)?;
    if let Some(heap) = report.heap() {
        writeln!(out, "\n{heap}")?;
    }
    show::files(out, &files::write(&report, &args.out)?)
}

/// Reads everything twice, by one thread and by several, and makes sure that they agree.
fn passes(args: &Args, out: &mut impl Write, found: &mut Walk) -> io::Result<Index> {
    let bytes = found.bytes();
    let bar = show::progress("1 thread".to_owned(), bytes);
    let start = Instant::now();
    // (5) The value of the closure, and a report of only what ran within.
    let single = memopt::record(|| pass::single(&found.sources, &bar));
    bar.finish_and_clear();
    show::pass(out, 1, start.elapsed(), bytes, &single.report)?;

    let threads = args
        .threads
        .unwrap_or_else(|| thread::available_parallelism().map_or(2, |n| n.get().max(2)));
    let bar = show::progress(units::of(threads as u64, "thread"), bytes);
    let start = Instant::now();
    let threaded = memopt::record(|| pass::threaded(&found.sources, threads, &bar));
    bar.finish_and_clear();
    show::pass(out, threads, start.elapsed(), bytes, &threaded.report)?;

    compare(&single.value, &threaded.value)?;
    show::agreement(out, &single.value.index)?;
    found.skipped.extend(single.value.skipped);
    Ok(single.value.index)
}

/// However many threads read: the same sources give the same index.
fn compare(single: &Pass, threaded: &Pass) -> io::Result<()> {
    if single.skipped != threaded.skipped {
        return Err(io::Error::other("files came or went between the two passes; run again"));
    }
    if single.index != threaded.index {
        return Err(io::Error::other(
            "the two passes read different sources, or counted them differently",
        ));
    }
    Ok(())
}
