//! Quickstart: index every Rust source that cargo has unpacked on this machine.
#![forbid(unsafe_code)]

mod args;
mod index;
mod lex;
mod pass;
mod top;
mod walk;

use crate::args::Args;
use crate::pass::Pass;
use crate::walk::Skipped;
use indicatif::{ProgressBar, ProgressStyle};
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
    let (all, bytes) = (found.sources.len(), found.bytes());
    writeln!(out, "reading {}", packages.origin)?;
    if let Some(limit) = args.bytes {
        found.limit(limit);
    }
    writeln!(out, "{} of {all} files, {} of {bytes} bytes", found.sources.len(), found.bytes())?;
    if found.sources.is_empty() {
        return Err(io::Error::other("nothing to index: give more `--bytes`, or a PATH with Rust sources"));
    }

    let bar = progress("1 thread", found.bytes());
    let start = Instant::now();
    let single = pass::single(&found.sources, &bar);
    bar.finish();
    writeln!(out, "1 thread: {:.2} s", start.elapsed().as_secs_f64())?;

    let threads =
        args.threads.unwrap_or_else(|| thread::available_parallelism().map_or(2, |n| n.get().max(2)));
    let bar = progress("threads", found.bytes());
    let start = Instant::now();
    let threaded = pass::threaded(&found.sources, threads, &bar);
    bar.finish();
    writeln!(out, "{threads} threads: {:.2} s", start.elapsed().as_secs_f64())?;

    compare(&single, &threaded)?;
    writeln!(out, "{} tokens, {} identifiers", single.index.tokens(), single.index.identifiers.len())?;
    found.skipped.extend(single.skipped);
    report_skipped(out, &found.skipped)?;
    top::print(out, &single.index)
}

fn compare(single: &Pass, threaded: &Pass) -> io::Result<()> {
    if single.skipped != threaded.skipped {
        return Err(io::Error::other("files came or went between the passes; run again"));
    }
    if single != threaded {
        return Err(io::Error::other("one thread and several disagree"));
    }
    Ok(())
}

fn report_skipped(out: &mut impl Write, skipped: &[Skipped]) -> io::Result<()> {
    writeln!(out, "{} skipped", skipped.len())?;
    for skipped in skipped.iter().take(10) {
        writeln!(out, "  {skipped}")?;
    }
    Ok(())
}

fn progress(what: &'static str, bytes: u64) -> ProgressBar {
    let style =
        ProgressStyle::with_template("{prefix:>10} [{bar:40}] {bytes}/{total_bytes} {bytes_per_sec} {eta}")
            .expect("the template is a constant");
    ProgressBar::new(bytes).with_style(style).with_prefix(what)
}
