//! Makes the pictures of the README: the report of a small program as a terminal shows it, and the
//! flamegraph of the same run.
//!
//! The program is ordinary: a search engine over the Rust sources below the folders it is given, or
//! of this workspace.
//!
//! ```text
//! cargo run --release --example pictures -- docs/pictures            # report.svg, flamegraph.svg
//! cargo run --release --example pictures -- docs/pictures DIR..      # of other sources
//! ```
#![forbid(unsafe_code)]

mod engine;
mod terminal;

use crate::engine::Index;
use memopt::report::Weight;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs, io};

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

const USAGE: &str = "usage: pictures OUT [DIR..]";
const QUERIES: [&str; 8] = [
    "lock free list",
    "write the report as json",
    "unsafe block",
    "async task",
    "panic while unwinding",
    "thread local storage",
    "bytes freed by another thread",
    "histogram bucket",
];
/// How often each query is asked.
const TIMES: usize = 20;

fn main() -> ExitCode {
    let mut args = env::args_os().skip(1).map(PathBuf::from);
    let Some(out) = args.next() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let folders: Vec<PathBuf> = args.collect();
    let made = if folders.is_empty() { run(&out, &[workspace()]) } else { run(&out, &folders) };
    match made {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pictures: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(out: &Path, folders: &[PathBuf]) -> io::Result<()> {
    let mut sources = Vec::new();
    for folder in folders {
        collect(folder, &mut sources)?;
    }
    sources.sort();
    if sources.is_empty() {
        return Err(io::Error::other("no Rust source to read; give a DIR that has some"));
    }
    let searched = memopt::record(|| measured(&sources));
    let pages: usize = searched.value?.iter().map(String::len).sum();
    println!("{} files, {pages} bytes of answers\n", sources.len());

    let report = &searched.report;
    // One finding is enough for a picture; the others are in the report.
    let findings = report.findings();
    let text = format!("{report}\n\n{}", findings.table().color(true).limit(1));
    let text = text.rsplit_once("\n\n").map_or(text.as_str(), |(text, _)| text);
    println!("{text}");

    fs::create_dir_all(out)?;
    fs::write(out.join("report.svg"), terminal::svg("println!(\"{}\", memopt::report());", text))?;
    let mut flamegraph = Vec::new();
    report.write_flamegraph(&mut flamegraph, Weight::Bytes)?;
    fs::write(out.join("flamegraph.svg"), flamegraph)
}

/// The work: an index of all sources, and the answers to the queries.
#[memopt::track_alloc(name = "main")]
fn measured(sources: &[PathBuf]) -> io::Result<Vec<String>> {
    let index = Index::build(sources)?;
    let queries = QUERIES.iter().cycle().take(TIMES * QUERIES.len());
    Ok(queries.map(|query| index.search(query)).collect())
}

/// Every Rust source below a folder; what cargo builds and hidden folders are left out.
fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, kind, name) = (entry.path(), entry.file_type()?, entry.file_name());
        if kind.is_dir() && name != "target" && !name.to_string_lossy().starts_with('.') {
            collect(&path, found)?;
        } else if kind.is_file() && path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
    Ok(())
}

/// The folder above this package.
fn workspace() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}
