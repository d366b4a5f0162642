//! The command line of memopt: `cargo memopt run`, `test`, `bench`, `fix`, and what reads reports.
//!
//! Rooms, bottom to top: `exit` and `error` (what a command ends with), `console` (where people
//! read), `folder` (what is kept in `target/memopt`), `selection`
//! (cargo's own flags), `commands` (one file a command), `cli` (the words of the command line).

#![forbid(unsafe_code)]

mod cli;
mod client;
mod commands;
mod compare;
mod configured;
mod console;
mod discover;
mod error;
mod exit;
mod export;
mod folder;
mod gate;
mod input;
mod insert;
mod instrument;
mod linked;
mod lock;
mod mcp;
mod message;
mod output;
mod page;
mod paint;
mod progress;
mod proof;
mod quantity;
mod selection;
mod session;
mod sources;
mod top;

use self::instrument::settings::Place;
use std::process::ExitCode;

/// Runs the command line of this process, or compiles a crate where cargo calls it as rustc.
pub fn main() -> ExitCode {
    let args: Vec<_> = std::env::args_os().collect();
    if let Some((place, settings)) = args.first().and_then(|own| Place::of_process(own.as_ref())) {
        let code = instrument::compile::main(&place, &settings, &args[1..]);
        return ExitCode::from(code as u8);
    }
    // What we did not foresee has a code of its own; its message was printed.
    std::panic::catch_unwind(|| cli::main(args)).unwrap_or(exit::Exit::Internal).into()
}
