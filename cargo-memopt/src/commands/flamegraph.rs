//! `cargo memopt flamegraph`: a report as a picture.

use crate::console::Console;
use crate::error::Error;
use crate::exit::Exit;
use crate::export::{self, Counted, Form};
use crate::input::Input;
use crate::output;
use crate::sources::reports;
use std::path::PathBuf;

/// Draw a report or profile as a flamegraph; two, as what changed between them.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  cargo memopt flamegraph                       the last run, to flamegraph.svg
  cargo memopt flamegraph heap.json --weight live -o live.svg
  cargo memopt flamegraph before.json after.json")]
pub(crate) struct Args {
    /// A report of sites or a heap report; with two, frames are as wide as in the second, red where
    /// they grew and blue where they shrank. Without one, the report of the last run.
    #[arg(num_args = 0..=2)]
    files: Vec<PathBuf>,
    /// What the width of a frame counts.
    #[arg(long, value_enum)]
    weight: Option<Counted>,
    /// The file to write; `-` is the standard output.
    #[arg(short, long, value_name = "FILE", default_value = "flamegraph.svg")]
    output: PathBuf,
}

/// Writes the picture.
pub(crate) fn execute(args: &Args, console: Console) -> Result<Exit, Error> {
    let files = reports(&args.files)?;
    let svg = match files.as_slice() {
        [before, after] => {
            export::difference(&Input::read(before)?, &Input::read(after)?, args.weight)?
        }
        files => {
            let file = files.first().map_or_else(|| "-".as_ref(), PathBuf::as_path);
            export::weighed(&Input::read(file)?, Form::Svg, args.weight)?
        }
    };
    output::write(Some(&args.output), &svg, console)?;
    Ok(Exit::Success)
}
