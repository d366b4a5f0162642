//! `cargo memopt bench`: runs the benchmarks and tells what they allocated.

use crate::console::Console;
use crate::error::Error;
use crate::exit::Exit;
use crate::selection::Selection;
use crate::session::{Options, PROGRAMS, Session, Task};
use std::ffi::OsString;

/// Run the benchmarks, instrumented.
///
/// Times are those of an instrumented program; allocations are the program's own.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  cargo memopt bench --bench parse")]
pub(crate) struct Args {
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    selection: Selection,
    /// The arguments of the benchmarks.
    #[arg(last = true, value_name = "ARGS")]
    rest: Vec<OsString>,
}

/// Builds, runs and tells.
pub(crate) fn execute(args: &Args, console: Console) -> Result<Exit, Error> {
    let Args { options, selection, rest } = args;
    let (task, programs) = (Task::Bench, PROGRAMS);
    Session { task, options, selection, args: rest, console, programs }.execute()
}
