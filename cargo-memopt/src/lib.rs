//! The command line of memopt: `cargo memopt run`, `test`, `bench`, `fix`, and what reads reports.
//!
//! Rooms, bottom to top: `exit` and `error` (what a command ends with), `console` (where people
//! read), `folder` (what is kept in `target/memopt`), `selection`
//! (cargo's own flags), `commands` (one file a command), `cli` (the words of the command line).

#![forbid(unsafe_code)]

mod cli;
mod commands;
mod console;
mod error;
mod exit;
mod folder;
mod selection;

use std::process::ExitCode;

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    cli::main(std::env::args_os().collect()).into()
}
