//! `cargo memopt run`: runs a program and keeps its report.

use crate::console::Console;
use crate::error::Error;
use crate::exit::Exit;
use crate::folder::Folder;
use crate::selection::Selection;
use std::ffi::OsString;
use std::process::Command;

/// Run a program, instrumented.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    selection: Selection,
    /// The program's own arguments.
    #[arg(last = true)]
    args: Vec<OsString>,
}

/// Runs the program; its report is in `target/memopt`.
pub(crate) fn execute(args: &Args, console: Console) -> Result<Exit, Error> {
    let folder = Folder::find(args.selection.manifest(), args.selection.target_dir())?;
    let report = folder.path().join("report.json");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.arg("run").args(args.selection.cargo_args()).arg("--").args(&args.args);
    cargo.env("MEMOPT_REPORT", format!("json:{}", report.display()));
    let status = cargo.status().map_err(|error| {
        Error::usage(format_args!("cannot run cargo: {error}"), "install it with rustup")
    })?;
    console.status("Wrote", report.display());
    Ok(Exit::Program(status.code().map_or(1, |code| code as u8)))
}
