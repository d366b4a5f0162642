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
  cargo memopt bench --bench parse
  cargo memopt bench parse -- --sample-size 10")]
pub(crate) struct Args {
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    selection: Selection,
    /// Only benchmarks whose names hold this.
    #[arg(value_name = "BENCHNAME")]
    name: Option<OsString>,
    /// The arguments of the benchmarks.
    #[arg(last = true, value_name = "ARGS")]
    rest: Vec<OsString>,
}

/// Builds, runs and tells.
pub(crate) fn execute(args: &Args, console: Console) -> Result<Exit, Error> {
    let Args { options, selection, name, rest } = args;
    // As cargo does it: the name is the first argument of each program.
    let args: Vec<OsString> = name.iter().chain(rest).cloned().collect();
    let (task, programs) = (Task::Bench, PROGRAMS);
    Session { task, options, selection, args: &args, console, programs }.execute()
}
