//! Log reader: a program that sums up text files, as it is first written, and as it is after three
//! attributes.
//!
//! `whole.rs` reads every file, makes a `String` of each line and field, and keeps all rows until
//! it counts them. `lean.rs` gives the same rows out one at a time (`#[memopt::streamed]`) from one
//! buffer (`ChunkReader`), as rows that are used again (`#[derive(memopt::remedy::Pooled)]`), and
//! composes its names in a buffer from a pool (`#[memopt::pooled]`). Both run here, and the
//! difference of their two reports says what it brought.
//!
//! ```text
//! cargo run --release --example log_reader
//! cargo run --release --example log_reader -- --help
//! ```
#![forbid(unsafe_code)]

mod lean;
mod summary;
#[cfg(test)]
mod tests;
mod whole;

use crate::summary::Summary;
use memopt_examples::cli::{self, Args};
use memopt_examples::files::{Files, has_extension};
use memopt_examples::show;
use memopt_examples::units::{bytes, of};
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

const USAGE: &str = "\
usage: log_reader [--bytes N] [PATH..]

  --bytes N   read at most N bytes; K, M, G may follow. The first version holds about 8 times
              as much in memory  [default: 16M]
  PATH..      files or folders to read instead of the cargo registry
  --help      this text";

const DEFAULT_BYTES: u64 = 16 << 20;

/// What is text, line by line.
fn is_text(path: &Path) -> bool {
    has_extension(
        path,
        &["csv", "json", "lock", "log", "md", "rs", "stderr", "toml", "tsv", "txt", "yml"],
    )
}

fn main() -> ExitCode {
    cli::main(USAGE, |args| cli::parse(args, DEFAULT_BYTES), run)
}

fn run(args: &Args, out: &mut impl Write) -> io::Result<()> {
    if args.help {
        return writeln!(out, "{USAGE}");
    }
    let packages = args.packages();
    let mut files = Files::below(&packages, is_text);
    files.limit(args.bytes);
    writeln!(out, "reading {}", packages.origin)?;
    writeln!(out, "{}, {}\n", of(files.list.len() as u64, "file"), bytes(files.bytes()))?;
    if files.list.is_empty() {
        show::skipped(out, &files.skipped)?;
        return Err(io::Error::other(
            "nothing to read; give a PATH with text files, or more `--bytes`",
        ));
    }

    let before = memopt::record(|| whole::summarise(&files.list));
    let after = memopt::record(|| lean::summarise(&files.list));
    if before.value != after.value {
        return Err(io::Error::other(
            "the two versions differ; if files changed meanwhile, run again",
        ));
    }
    print(out, &after.value)?;
    files.skipped.extend(after.value.skipped);
    show::skipped(out, &files.skipped)?;

    writeln!(out, "\nbefore: all rows in a Vec; after: streamed, pooled. The same results.")?;
    writeln!(
        out,
        "most held at a time: {} before, {} after\n",
        bytes(before.peak_bytes),
        bytes(after.peak_bytes)
    )?;
    writeln!(out, "{}", before.report.diff(&after.report))
}

fn print(out: &mut impl Write, summary: &Summary) -> io::Result<()> {
    let Summary { rows, fields, bytes: size, .. } = *summary;
    writeln!(
        out,
        "{} with {}, {}; most begin with",
        of(rows, "row"),
        of(fields, "field"),
        bytes(size)
    )?;
    for (first, found) in summary.top(8) {
        let shown: String = first.chars().take(40).collect();
        writeln!(out, "  {shown:<40}  {:>14}  {:>10}", of(found.rows, "row"), bytes(found.bytes))?;
    }
    Ok(())
}
