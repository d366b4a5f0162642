//! `cargo memopt run`: runs a program and tells what it allocated.

use crate::console::Console;
use crate::error::Error;
use crate::exit::Exit;
use crate::selection::Selection;
use crate::session::{Options, PROGRAMS, Session, Task};
use std::ffi::OsString;

/// Run a program, instrumented.
///
/// The program is built with memopt in it, without a change to its source, and run. At the end
/// come a table of what its functions allocated, the findings, and the files written. The exit code
/// is the program's.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  cargo memopt run --release -- --input big.txt
  cargo memopt run --bin till --only shop::pool --flamegraph
  cargo memopt run --crates serde_json
  cargo memopt run --no-attributes --heap=exact")]
pub(crate) struct Args {
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    selection: Selection,
    /// The program's own arguments.
    #[arg(last = true, value_name = "ARGS")]
    rest: Vec<OsString>,
}

/// Builds, runs and tells.
pub(crate) fn execute(args: &Args, console: Console) -> Result<Exit, Error> {
    let Args { options, selection, rest } = args;
    let (task, programs) = (Task::Run, PROGRAMS);
    Session { task, options, selection, args: rest, console, programs }.execute()
}
