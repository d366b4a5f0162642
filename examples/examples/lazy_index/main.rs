//! Lazy index: the identifiers of every package, loaded at the start, or when somebody asks for
//! them.
//!
//! `eager.rs` reads all sources before the first query. `lazy.rs` knows the same packages and
//! files, but a package's identifiers are a lazily loaded field, and those of a file come from a
//! cache of 1 MiB: `#[memopt::lazy_load]` on a struct and on a function. Both answer the same
//! queries; then memory gets short, and the cache gives back what it holds.
//!
//! ```text
//! cargo run --release --example lazy_index
//! cargo run --release --example lazy_index -- --help
//! ```
#![forbid(unsafe_code)]

mod eager;
mod lazy;
mod query;
#[cfg(test)]
mod tests;
mod words;

use crate::query::Query;
use memopt::remedy::{Pressure, reclaim};
use memopt::runtime::Recording;
use memopt_examples::cli::{self, Args};
use memopt_examples::files::{Files, has_extension};
use memopt_examples::show;
use memopt_examples::units::{bytes, of};
use std::io::{self, Write};
use std::process::ExitCode;

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

const USAGE: &str = "\
usage: lazy_index [--bytes N] [PATH..]

  --bytes N   index at most N bytes of source; K, M, G may follow  [default: 48M]
  PATH..      packages to index instead of the cargo registry
  --help      this text";

const DEFAULT_BYTES: u64 = 48 << 20;
const QUERIES: usize = 20;

fn main() -> ExitCode {
    cli::main(USAGE, |args| cli::parse(args, DEFAULT_BYTES), run)
}

fn run(args: &Args, out: &mut impl Write) -> io::Result<()> {
    if args.help {
        return writeln!(out, "{USAGE}");
    }
    let packages = args.packages();
    let mut files = Files::below(&packages, |path| has_extension(path, &["rs"]));
    files.limit(args.bytes);
    writeln!(out, "sources of {}", packages.origin)?;
    let queries = query::some(&files.list, QUERIES);
    writeln!(
        out,
        "{}, {}; {} queries",
        of(files.list.len() as u64, "file"),
        bytes(files.bytes()),
        queries.len(),
    )?;
    if files.list.is_empty() {
        show::skipped(out, &files.skipped)?;
        return Err(io::Error::other(
            "nothing to index; give a PATH with Rust sources, or more `--bytes`",
        ));
    }

    let before = memopt::record(|| {
        let index = eager::Index::load(&files.list);
        let answers: Vec<String> = queries.iter().map(|query| index.answer(query)).collect();
        (index, answers)
    });
    let after = memopt::record(|| {
        let index = lazy::Index::new(&files.list);
        let answers: Vec<String> = queries.iter().map(|query| index.answer(query)).collect();
        (index, answers)
    });
    if before.value.1 != after.value.1 {
        return Err(io::Error::other(
            "the two indexes differ; if files changed meanwhile, run again",
        ));
    }
    files.skipped.extend(before.value.0.skipped());
    show::skipped(out, &files.skipped)?;
    print(out, &queries, &after.value.1)?;

    writeln!(
        out,
        "\nbefore: all loaded at the start; after: {}. The same answers.",
        after.value.0.loaded()
    )?;
    for (when, (peak, live)) in [("before", figures(&before)), ("after", figures(&after))] {
        writeln!(
            out,
            "  {when:<6}  most held at a time {peak:>9}, still held after the queries {live:>9}"
        )?;
    }
    writeln!(out, "\n{}", before.report.diff(&after.report))?;

    drop(before);
    writeln!(
        out,
        "the eager index is dropped; then memory is short, `reclaim(Pressure::Critical)`:\n{}",
        reclaim(Pressure::Critical)
    )?;
    let Recording { value: (mut index, _), .. } = after;
    writeln!(out, "and by hand, the fields that were loaded: {}", bytes(index.unload() as u64))
}

fn figures<T>(recording: &Recording<T>) -> (String, String) {
    let live = recording.report.total().live_bytes();
    (bytes(recording.peak_bytes), bytes(live.try_into().unwrap_or(0)))
}

fn print(out: &mut impl Write, queries: &[Query], answers: &[String]) -> io::Result<()> {
    for (query, answer) in queries.iter().zip(answers).take(4) {
        writeln!(
            out,
            "  {:<46}  {}",
            show::end_of(&query.to_string(), 46),
            show::end_of(answer, 48)
        )?;
    }
    Ok(())
}
