//! Quickstart: index every Rust source that cargo has unpacked on this machine.
#![forbid(unsafe_code)]

mod args;
mod index;
mod lex;
mod pass;
mod show;
mod top;
mod units;
mod walk;

use crate::args::Args;
use crate::pass::Pass;
use memopt_examples::input;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;
use std::time::Instant;
use std::{env, thread};

fn main() -> ExitCode {
    let given = env::args_os().skip(1).map(|arg| arg.to_string_lossy().into_owned());
    let args = match args::parse(given) {
        Ok(args) => args,
        Err(message) => {
            eprintln!("error: {message}\n\n{}", args::USAGE);
            return ExitCode::from(2);
        }
    };
    match run(&args, &mut io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads this output has seen enough of it (`quickstart | head`).
        Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args, out: &mut impl Write) -> io::Result<()> {
    if args.help {
        return writeln!(out, "{}", args::USAGE);
    }
    let packages = if args.paths.is_empty() { input::packages() } else { input::named(&args.paths) };
    let mut found = walk::walk(&packages.list);
    let all = found.bytes();
    if let Some(limit) = args.bytes {
        found.limit(limit);
    }
    show::input(out, &packages.origin, &found, all)?;
    let Some(index) = passes(args, out, &mut found)? else {
        show::skipped(out, &found.skipped)?;
        return Err(io::Error::other("nothing to index; give a PATH with Rust sources, or more `--bytes`"));
    };
    show::skipped(out, &found.skipped)?;
    top::print(out, &index)
}

/// Reads everything twice, by one thread and by several, and makes sure that they agree.
fn passes(args: &Args, out: &mut impl Write, found: &mut walk::Walk) -> io::Result<Option<index::Index>> {
    if found.sources.is_empty() {
        return Ok(None);
    }
    let bytes = found.bytes();
    let bar = show::progress("1 thread".to_owned(), bytes);
    let start = Instant::now();
    let single = pass::single(&found.sources, &bar);
    bar.finish_and_clear();
    show::pass(out, 1, start.elapsed(), bytes)?;

    let threads =
        args.threads.unwrap_or_else(|| thread::available_parallelism().map_or(2, |n| n.get().max(2)));
    let bar = show::progress(units::of(threads as u64, "thread"), bytes);
    let start = Instant::now();
    let threaded = pass::threaded(&found.sources, threads, &bar);
    bar.finish_and_clear();
    show::pass(out, threads, start.elapsed(), bytes)?;

    compare(&single, &threaded)?;
    show::agreement(out, &single.index)?;
    found.skipped.extend(single.skipped);
    Ok(Some(single.index))
}

/// However many threads read: the same sources give the same index.
fn compare(single: &Pass, threaded: &Pass) -> io::Result<()> {
    if single.skipped != threaded.skipped {
        return Err(io::Error::other("files came or went between the two passes; run again"));
    }
    if single.index != threaded.index {
        return Err(io::Error::other("the two passes read different sources, or counted them differently"));
    }
    Ok(())
}
