//! `cargo memopt test`: runs the tests and tells what each test program allocated.

use crate::console::Console;
use crate::error::Error;
use crate::exit::Exit;
use crate::selection::Selection;
use crate::session::{Options, PROGRAMS, Session, Task};
use std::ffi::OsString;

/// Run the tests, instrumented.
///
/// The exit code is that of the tests. Doctests run as they are.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  cargo memopt test --lib
  cargo memopt test pool::tests
  cargo memopt test -p shop -- --exact pool::tests::takes")]
pub(crate) struct Args {
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    selection: Selection,
    /// Only tests whose names hold this.
    #[arg(value_name = "TESTNAME")]
    name: Option<OsString>,
    /// The arguments of the test programs.
    #[arg(last = true, value_name = "ARGS")]
    rest: Vec<OsString>,
}

/// Builds, runs and tells.
pub(crate) fn execute(args: &Args, console: Console) -> Result<Exit, Error> {
    let Args { options, selection, name, rest } = args;
    // As cargo does it: the name is the first argument of each program.
    let args: Vec<OsString> = name.iter().chain(rest).cloned().collect();
    let (task, programs) = (Task::Test, PROGRAMS);
    Session { task, options, selection, args: &args, console, programs }.execute()
}
